"""The verdict matrix: motion by trigger by moment; a cell leads to its cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from deadstop.latency import LEGS
from deadstop.moments import Moment
from deadstop.report.page.saved import SavedRun
from deadstop.report.text import milliseconds
from deadstop.results import CaseResult, Outcome

__all__ = [
    "MARKS",
    "WORST_FIRST",
    "Cell",
    "MotionTable",
    "anchor",
    "matrix_of",
    "still_s",
    "worst_of",
]

MARKS: Final = {
    Outcome.PASS: "✓",
    Outcome.MARGINAL: "~",
    Outcome.FAIL: "✕",
    Outcome.UNCHECKED: "?",
}
WORST_FIRST: Final = (
    Outcome.FAIL,
    Outcome.MARGINAL,
    Outcome.PASS,
    Outcome.UNCHECKED,
)

# By motion, trigger, moment and run: the cases with their numbers.
_Cells: TypeAlias = dict[tuple[str, str, str, str], list[tuple[int, CaseResult]]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run says of a motion, a trigger and a moment.

    Attributes:
        anchor: leads to the case, or to the worst of its repeats.
        count: how many cases there are, if more than one: ``3/5`` of that outcome.
        still: how long it took to stand still; of repeats the longest.
    """

    anchor: str
    run: str
    outcome: str
    mark: str
    count: str
    still: str
    label: str


@dataclass(frozen=True, slots=True)
class MotionTable:
    """The cells of one motion; a row for each trigger.

    Attributes:
        rows: the trigger, and the cells of each moment: one for each run.
    """

    motion: str
    moments: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[Cell, ...], ...]], ...]


def anchor(saved: SavedRun, number: int) -> str:
    """Return where the page has the case with this number, from 0, of a run."""
    return f"{saved.key}{number + 1}"


def still_s(case: CaseResult) -> float | None:
    """Return how long it took from the trigger to the standstill, if that was seen."""
    return next((leg.seconds for leg in case.legs if leg.name == LEGS[-1]), None)


def worst_of(
    cases: Sequence[tuple[int, CaseResult]],
) -> tuple[int, CaseResult]:
    """Return the case that fared worst.

    Of equals it is the one that broke most laws, and then the one that took longest to
    stand still.
    """

    def badness(numbered: tuple[int, CaseResult]) -> tuple[int, int, float, int]:
        number, case = numbered
        failed = sum(verdict.outcome is Outcome.FAIL for verdict in case.verdicts)
        place = -WORST_FIRST.index(case.outcome)
        return place, failed, still_s(case) or 0.0, -number

    return max(cases, key=badness)


def matrix_of(runs: Sequence[SavedRun]) -> tuple[MotionTable, ...]:
    """Return a table for each motion, in the order in which they were run."""
    cells: _Cells = {}
    for saved in runs:
        for number, case in enumerate(saved.run.cases):
            place = (case.motion, case.trigger, case.moment, saved.key)
            cells.setdefault(place, []).append((number, case))
    motions = dict.fromkeys(motion for motion, _, _, _ in cells)
    return tuple(_table(motion, cells, runs) for motion in motions)


def _table(motion: str, cells: _Cells, runs: Sequence[SavedRun]) -> MotionTable:
    known = [moment.value for moment in Moment]
    taken = [place for place in cells if place[0] == motion]
    moments = sorted(
        {moment for _, _, moment, _ in taken},
        key=lambda name: (known.index(name) if name in known else len(known), name),
    )
    rows = [
        (
            trigger,
            tuple(_of_each_run(motion, trigger, m, cells, runs) for m in moments),
        )
        for trigger in dict.fromkeys(trigger for _, trigger, _, _ in taken)
    ]
    return MotionTable(motion, tuple(moments), tuple(rows))


def _of_each_run(
    motion: str, trigger: str, moment: str, cells: _Cells, runs: Sequence[SavedRun]
) -> tuple[Cell, ...]:
    found = [
        (saved, cells.get((motion, trigger, moment, saved.key), ())) for saved in runs
    ]
    several = len(runs) > 1
    return tuple(
        _cell(saved, cases, several=several) for saved, cases in found if cases
    )


def _cell(
    saved: SavedRun, cases: Sequence[tuple[int, CaseResult]], *, several: bool
) -> Cell:
    number, worst = worst_of(cases)
    outcome = worst.outcome
    alike = sum(case.outcome is outcome for _, case in cases)
    times_s = [t for _, case in cases if (t := still_s(case)) is not None]
    still = milliseconds(max(times_s)).removesuffix(" ms") if times_s else ""
    told = [f"run {saved.key}: {worst.id}" if several else worst.id, outcome.value]
    if len(cases) > 1:
        told.append(f"{alike} of {len(cases)} repeats")
    if still:
        told.append(f"still after {still} ms")
    return Cell(
        anchor=anchor(saved, number),
        run=saved.key if several else "",
        outcome=outcome.value,
        mark=MARKS[outcome],
        count=f"{alike}/{len(cases)}" if len(cases) > 1 else "",
        still=still,
        label=", ".join(told),
    )
