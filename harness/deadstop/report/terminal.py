"""What a person sees: progress while it runs, then a table, figures and a verdict."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.invariants import INVARIANTS
from deadstop.latency import LEGS
from deadstop.moments import Moment
from deadstop.report.figures import errors_of, p95
from deadstop.report.joints import print_joints
from deadstop.report.text import (
    counted,
    error_ms,
    how_to_mend,
    milliseconds,
    safe,
    shown,
)
from deadstop.results import CaseResult, Outcome, RunResult, Verdict
from deadstop.rig import Rig

__all__ = ["PROVES", "TerminalProgress", "make_console", "print_run", "proof"]

MARKS: Final = {
    Outcome.PASS: (".", "green"),
    Outcome.MARGINAL: ("~", "yellow"),
    Outcome.FAIL: ("X", "bold red"),
    Outcome.UNCHECKED: ("?", "cyan"),
}
# Ten columns must fit beside a trigger's name in 80 characters.
HEADINGS: Final = {
    Moment.BEFORE_FIRST_BYTE: "bef",
    Moment.MID_FRAME: "mid",
    Moment.AWAITING_ACK: "ack",
    Moment.ACCELERATING: "acc",
    Moment.CRUISE: "cru",
    Moment.DECELERATING: "dec",
    Moment.ARRIVING: "arr",
    Moment.AFTER_ARRIVAL: "aft",
    Moment.DURING_CLEANUP: "cln",
    Moment.IDLE: "idl",
}
PROVES: Final = {
    "wire": "the bytes left the component; a twin of the board obeyed them",
    "pins": "the real firmware obeyed, and the pins went dead",
    "shaft": "the shaft stopped, by the board's own count; nobody watched its pins",
}
_UNWATCHED: Final = "the bytes left the component; nobody watched what obeyed them"
MOST_FAILURES: Final = 12


def proof(proves: str, kinds: str) -> str:
    """Say what a verdict is about on a rig with boards of these *kinds*."""
    if "program" in kinds.split(", "):
        return _UNWATCHED
    return PROVES.get(proves, proves)


class _PipeConsole(Console):
    """A console that leaves it to the run what is done when nobody reads."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - the BrokenPipeError; rich would end the process here


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that takes no text for markup, whatever is in it."""
    return _PipeConsole(stderr=stderr, highlight=False, markup=False, emoji=False)


class TerminalProgress:
    """Tells how a run goes; draws between cases only, never during one."""

    def __init__(self, console: Console) -> None:
        """Write to *console*; on a terminal one line is drawn over again."""
        self._console = console
        # One line can be drawn over again.
        self._redraws = console.is_terminal and not console.is_dumb_terminal
        self._total = 0
        self._done = 0
        self._counts: Counter[Outcome] = Counter()
        self._begun_s = time.monotonic()
        self._slowest: CaseResult | None = None

    def title(self, rig: Rig, seed: int, total: int) -> None:
        """Say what will be run."""
        _say(
            self._console,
            f"rig {rig.name}, board {rig.kinds}, seed {seed}: {counted(total)}",
        )

    def begun(self, total: int) -> None:
        """Note how many there will be."""
        self._total = total
        self._begun_s = time.monotonic()

    def case_begun(self, case_id: str, repeat: int) -> None:
        """Draw the line of the case that begins."""
        if not self._redraws:
            return
        name = case_id if repeat == 1 else f"{case_id} #{repeat}"
        line = Text(f"[{self._done + 1:>{len(str(self._total))}}/{self._total}] ")
        line.append(safe(name).ljust(46)[:46])
        for outcome in (Outcome.FAIL, Outcome.MARGINAL):
            if self._counts[outcome]:
                line.append(f" {self._counts[outcome]} {outcome}", MARKS[outcome][1])
        line.append(self._pace(), "dim")
        self._wipe()
        self._console.print(line, end="", no_wrap=True, overflow="ellipsis")

    def _pace(self) -> str:
        """Say how long it still takes at this pace, and what took longest so far."""
        if not self._done:
            return ""
        case_s = (time.monotonic() - self._begun_s) / self._done
        left_s = round(case_s * (self._total - self._done))
        told = f" {left_s // 60}:{left_s % 60:02d} left"
        if self._slowest is not None:
            name = safe(self._slowest.id)
            told += f", slowest {self._slowest.duration_s:.1f} s {name}"
        return told

    def case_ended(self, result: CaseResult) -> None:
        """Say how it went: every case without a terminal, only the bad ones on one."""
        self._done += 1
        if self._slowest is None or result.duration_s > self._slowest.duration_s:
            self._slowest = result
        self._counts[result.outcome] += 1
        bad = result.outcome in (Outcome.FAIL, Outcome.MARGINAL)
        if self._redraws:
            if not bad:
                return
            self._wipe()
        mark, style = MARKS[result.outcome]
        line = Text(f"{mark} {result.outcome.value:<9} ", style)
        line.append(safe(result.id), "default")
        if result.repeat > 1:
            line.append(f" #{result.repeat}")
        worst = [v.invariant for v in result.verdicts if v.outcome is result.outcome]
        if bad:
            line.append(f"  {', '.join(worst)}")
        _put(self._console, line)

    def note(self, text: str) -> None:
        """Say something else."""
        self._wipe()
        _say(self._console, text, "yellow")

    def over(self) -> None:
        """Wipe the line of the running case."""
        self._wipe()

    def _wipe(self) -> None:
        if self._redraws:
            self._console.file.write("\r\x1b[2K")


def print_run(run: RunResult, console: Console, folder: Path | None) -> None:
    """Print the whole report of *run*; what failed comes last."""
    if run.cases:
        _print_results(run, console)
        _print_legs(run, console)
        print_joints(run, console)
        _print_invariants(run, console)
        _print_failures(run, console, folder)
    _print_end(run, console, folder)


def _print_results(run: RunResult, console: Console) -> None:
    taken = {case.moment for case in run.cases}
    headings = {m: heading for m, heading in HEADINGS.items() if m.value in taken}
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("motion")
    table.add_column("trigger")
    for heading in headings.values():
        table.add_column(heading, justify="center", min_width=3)
    rows: dict[tuple[str, str], dict[str, list[Outcome]]] = {}
    for case in run.cases:
        cells = rows.setdefault((case.motion, case.trigger), {})
        cells.setdefault(case.moment, []).append(case.outcome)
    last = ""
    for (motion, trigger), cells in rows.items():
        if motion != last and last:
            table.add_row()
        marks = [_cell(cells.get(moment.value, [])) for moment in headings]
        name = safe(motion) if motion != last else ""
        table.add_row(Text(name), Text(safe(trigger)), *marks)
        last = motion
    console.print()
    console.print(table)
    console.print(_legend(headings))
    strays = sum(c.moment_reached not in (c.moment, "never") for c in run.cases)
    if strays:
        _say(
            console,
            f"{counted(strays)} whose trigger struck at another moment than it "
            "was aimed at: see moment_reached in run.json",
            "dim",
        )


def _cell(outcomes: list[Outcome]) -> Text:
    if not outcomes:
        return Text("")
    order = (Outcome.FAIL, Outcome.MARGINAL, Outcome.PASS, Outcome.UNCHECKED)
    worst = next(outcome for outcome in order if outcome in outcomes)
    mark, style = MARKS[worst]
    if len(outcomes) == 1:
        return Text(mark, style)
    return Text(f"{outcomes.count(worst)}{mark}", style)


def _legend(headings: Mapping[Moment, str]) -> Text:
    words = Text("\n")
    for outcome, (mark, style) in MARKS.items():
        words.append(mark, style)
        words.append(f" {outcome.value}   ")
    words.append("\nmoments: ", "dim")
    words.append(", ".join(f"{h}={m.value}" for m, h in headings.items()), "dim")
    return words


def _print_legs(run: RunResult, console: Console) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in LEGS}
    for case in run.cases:
        for leg in case.legs:
            seconds.setdefault(leg.name, []).append(leg.seconds)
    if not any(seconds.values()):
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    limits = {LEGS[-1]: milliseconds(run.limits.standstill_ms / 1000)}
    table.add_column("latency")
    for heading in ("median", "p95", "max", "+/-", "limit", "n"):
        table.add_column(heading, justify="right")
    errors_s = errors_of(run)
    for name, values in seconds.items():
        if values:
            table.add_row(
                name,
                milliseconds(statistics.median(values)),
                milliseconds(p95(values)),
                milliseconds(max(values)),
                error_ms(errors_s[name]),
                limits.get(name, ""),
                str(len(values)),
            )
    console.print()
    console.print(table)


def _print_invariants(run: RunResult, console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("invariant")
    for outcome in Outcome:
        table.add_column(outcome.value, justify="right")
    table.add_column("worst, of its limit")
    for name in INVARIANTS:
        verdicts = list(_of(run, name))
        counts = Counter(verdict.outcome for verdict in verdicts)
        table.add_row(
            name,
            *(Text(str(counts[o]) if counts[o] else "", MARKS[o][1]) for o in Outcome),
            Text(_worst(verdicts)),
        )
    console.print()
    console.print(table)
    _print_unchecked(run, console)


def _of(run: RunResult, invariant: str) -> Iterable[Verdict]:
    for case in run.cases:
        for verdict in case.verdicts:
            if verdict.invariant == invariant:
                yield verdict


def _worst(verdicts: list[Verdict]) -> str:
    # What failed without a figure (no stop at all) is worse than any figure.
    figures = [
        (math.inf if v.measured is None else v.measured / v.limit, v)
        for v in verdicts
        if v.limit and (v.measured is not None or v.outcome is Outcome.FAIL)
    ]
    if not figures:
        return ""
    _, worst = max(figures, key=lambda pair: pair[0])
    measured = shown(worst.measured, worst.unit)
    return f"{measured} of {shown(worst.limit, worst.unit)}"


def _print_unchecked(run: RunResult, console: Console) -> None:
    reasons = Counter(
        (verdict.invariant, verdict.detail)
        for case in run.cases
        for verdict in case.verdicts
        if verdict.outcome is Outcome.UNCHECKED
    )
    if not reasons:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("unchecked")
    table.add_column("n", justify="right")
    table.add_column("why")
    last = ""
    for (invariant, why), count in sorted(reasons.items()):
        name = invariant if invariant != last else ""
        table.add_row(Text(safe(name)), str(count), Text(safe(why)))
        last = invariant
    console.print()
    console.print(table)


def _print_failures(run: RunResult, console: Console, folder: Path | None) -> None:
    failures = [
        (case, verdict)
        for case in run.cases
        for verdict in case.verdicts
        if verdict.outcome is Outcome.FAIL
    ]
    if not failures:
        return
    console.print()
    for case, verdict in failures[:MOST_FAILURES]:
        line = Text("FAIL ", "bold red")
        line.append(f"{verdict.invariant}  ", "bold")
        line.append(safe(case.id if case.repeat == 1 else f"{case.id} #{case.repeat}"))
        if verdict.limit is not None:
            line.append(
                f"  measured {shown(verdict.measured, verdict.unit)}, "
                f"limit {shown(verdict.limit, verdict.unit)}"
            )
        line.append(f": {safe(verdict.detail)}")
        _put(console, line)
    more = len(failures) - MOST_FAILURES
    if more > 0:
        where = f"; see {folder / 'report.xml'}" if folder else ""
        _say(console, f"... and {more} more{where}")
    console.print()
    _say(console, "what each means, and how to mend it:")
    for name in dict.fromkeys(verdict.invariant for _, verdict in failures):
        _say(console, f"  {how_to_mend(name)}")


def _print_end(run: RunResult, console: Console, folder: Path | None) -> None:
    console.print()
    if run.interrupted:
        _say(console, "interrupted: only what had been judged is told")
    if run.error:
        _say(console, f"ended early: {run.error}")
    counts = ", ".join(f"{n} {name}" for name, n in run.summary.items() if n)
    code = int(run.exit_code)
    _say(
        console,
        f"{counted(len(run.cases))}: {counts or 'none judged'} (exit code {code})",
        "bold red" if code else "bold green",
    )
    _say(console, f"this rig proves: {proof(run.proves, run.board)}")
    if folder is not None:
        board = f"; board {run.board_identity}" if run.board_identity else ""
        _say(console, f"seed {run.seed}{board}; folder {folder}")
    if not run.at_rest:
        _say(
            console,
            "THE RIG COULD NOT BE CONFIRMED AT REST: cut motor power before "
            "touching it",
            "bold red",
        )


def _say(console: Console, text: str, style: str = "") -> None:
    _put(console, Text(safe(text), style))


def _put(console: Console, line: Text) -> None:
    # In a pipe a line stays one, to be searched for; a person reads whole words.
    console.print(line, soft_wrap=not console.is_terminal)
