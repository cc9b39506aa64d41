"""What a run leaves on the terminal: at most one screen, with what matters last."""

from collections import Counter
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.invariants import INVARIANTS
from deadstop.latency import LEGS
from deadstop.report.details import failure_line, failures_of
from deadstop.report.page.matrix import worst_of
from deadstop.report.page.saved import command_of
from deadstop.report.terminal import MARKS, print_legs, proof, put, say
from deadstop.report.text import counted, how_to_mend, milliseconds, safe
from deadstop.results import JointStop, Outcome, RunResult

__all__ = ["print_summary"]

_SHORT: Final = {
    Outcome.PASS: "pass",
    Outcome.MARGINAL: "marg",
    Outcome.FAIL: "fail",
    Outcome.UNCHECKED: "unch",
}
_COUNT_COLUMNS: Final = 4  # a run has some hundred cases
_LEGS: Final = (LEGS[1], LEGS[4], LEGS[6])
# Of a screen, all but the failures: the tables, what is between them, the end, and the
# shell's own line.
_OTHER_LINES: Final = 22
_FEWEST_FAILURES: Final = 2
_MOST_FAILURES: Final = 12


def print_summary(
    run: RunResult, console: Console, folder: Path | None, page: Path | None = None
) -> None:
    """Print the end of *run*.

    Args:
        run: what was found.
        console: where to.
        folder: the run's; None where none was kept.
        page: its `report.html`, if there is one.
    """
    if run.cases:
        _print_invariants(run, console)
        print_legs(run, console, _LEGS)
        _print_joints(run, console)
        _print_failures(run, console, reported=page is not None)
    _print_end(run, console, folder, page)


def _print_invariants(run: RunResult, console: Console) -> None:
    counts: dict[str, Counter[Outcome]] = {name: Counter() for name in INVARIANTS}
    for case in run.cases:
        for verdict in case.verdicts:
            counts.setdefault(verdict.invariant, Counter())[verdict.outcome] += 1
    outcomes = [o for o in Outcome if any(of[o] for of in counts.values())]
    widest = max(map(len, counts)) + 1 + len(outcomes) * (_COUNT_COLUMNS + 1)
    abreast = 2 if console.width >= 2 * widest else 1
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for _ in range(abreast):
        table.add_column("invariant")
        for outcome in outcomes:
            table.add_column(_SHORT[outcome], justify="right", min_width=_COUNT_COLUMNS)
    names = list(counts)
    rows = -(-len(names) // abreast)
    for row in range(rows):
        cells: list[Text] = []
        for name in names[row::rows]:
            cells.append(Text(safe(name)))
            for outcome in outcomes:
                told = str(counts[name][outcome] or "")
                cells.append(Text(told, MARKS[outcome][1]))
        table.add_row(*cells)
    console.print()
    console.print(table)


def _print_joints(run: RunResult, console: Console) -> None:
    joints: list[JointStop] = [joint for case in run.cases for joint in case.joints]
    if not joints:
        return
    stops = [stop.moving_for_s for stop in joints]
    times_s = [time_s for time_s in stops if time_s is not None]
    longest = milliseconds(max(times_s)) if times_s else "none seen"
    told = "; some never stood still" if len(times_s) < len(stops) else ""
    furthest_deg = max(stop.travel_deg for stop in joints)
    names = {joint.axis for joint in joints}
    say(
        console,
        f"{len(names)} joints: went on for {longest} and {furthest_deg:.2f} deg at most"
        f"{told}",
    )


def _print_failures(run: RunResult, console: Console, *, reported: bool) -> None:
    failures = failures_of(run)
    if not failures:
        return
    most = _MOST_FAILURES
    if console.is_terminal:  # a pipe has no height
        most = min(max(console.height - _OTHER_LINES, _FEWEST_FAILURES), most)
    for failure in failures[:most]:
        line = failure_line(*failure)
        if console.is_terminal:
            console.print(line, no_wrap=True, overflow="ellipsis")
        else:
            put(console, line)
    more = len(failures) - most
    rest = f"and {more} more" + (", see the report" if reported else "") + "; "
    # The one that failed most often.
    often = Counter(verdict.invariant for _, verdict in failures).most_common(1)[0][0]
    say(
        console,
        f"{rest if more > 0 else ''}how to mend it: {how_to_mend(often)}",
    )


def _print_end(
    run: RunResult, console: Console, folder: Path | None, page: Path | None
) -> None:
    console.print()
    if run.interrupted:
        say(console, "interrupted: only what had been judged is told")
    if run.error:
        say(console, f"ended early: {run.error}")
    counts = ", ".join(f"{n} {name}" for name, n in run.summary.items() if n)
    code = int(run.exit_code)
    say(
        console,
        f"{counted(len(run.cases))}: {counts or 'none judged'} (exit code {code})",
        "bold red" if code else "bold green",
    )
    say(console, f"this rig proves: {proof(run.proves, run.board)}")
    # Paths and commands are copied: the terminal may break them, we do not.
    if page is not None:
        console.print(Text(f"report: {safe(page, 4000)}"), soft_wrap=True)
    elif folder is not None:
        console.print(Text(f"folder: {safe(folder, 4000)}"), soft_wrap=True)
    if run.cases:
        _, worst = worst_of(list(enumerate(run.cases)))
        which = "worst case" if worst.outcome is Outcome.FAIL else "longest stop"
        again = safe(command_of(run, worst), 4000)
        console.print(Text(f"the {which} again: {again}"), soft_wrap=True)
    if not run.at_rest:
        say(
            console,
            "THE RIG COULD NOT BE CONFIRMED AT REST: cut motor power before "
            "touching it",
            "bold red",
        )
