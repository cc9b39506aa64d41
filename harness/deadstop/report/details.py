"""The long tables of a run: every case, every leg, every law; `-v` prints them."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.invariants import INVARIANTS
from deadstop.moments import Moment
from deadstop.report.joints import print_joints
from deadstop.report.terminal import MARKS, print_legs, put, say
from deadstop.report.text import counted, safe, shown
from deadstop.results import CaseResult, Outcome, RunResult, Verdict

__all__ = ["failure_line", "failures_of", "print_details"]


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


def print_details(run: RunResult, console: Console) -> None:
    """Print all tables of *run*; nothing where no case was judged."""
    if run.cases:
        _print_results(run, console)
        print_legs(run, console)
        print_joints(run, console)
        _print_invariants(run, console)
        _print_failures(run, console)


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
        say(
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


def failures_of(run: RunResult) -> list[tuple[CaseResult, Verdict]]:
    """Return each verdict that failed, and of which case."""
    return [
        (case, verdict)
        for case in run.cases
        for verdict in case.verdicts
        if verdict.outcome is Outcome.FAIL
    ]


def failure_line(case: CaseResult, verdict: Verdict) -> Text:
    """Return what failed: the invariant, the case, the figure, its limit, and how."""
    line = Text("FAIL ", "bold red")
    line.append(f"{verdict.invariant}  ", "bold")
    line.append(safe(case.id if case.repeat == 1 else f"{case.id} #{case.repeat}"))
    if verdict.limit is not None:
        line.append(
            f"  measured {shown(verdict.measured, verdict.unit)}, "
            f"limit {shown(verdict.limit, verdict.unit)}"
        )
    line.append(f": {safe(verdict.detail)}")
    return line


def _print_failures(run: RunResult, console: Console) -> None:
    failures = failures_of(run)
    if failures:
        console.print()
    for failure in failures:
        put(console, failure_line(*failure))
