"""The latencies of one or more runs: figures side by side, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from deadstop.latency import LEGS
from deadstop.report.compare import Change, Finding, compare
from deadstop.report.figures import Spread, errors_of, latencies_of
from deadstop.report.page.saved import SavedRun
from deadstop.report.text import error_ms, milliseconds
from deadstop.results import RunResult

__all__ = ["Figure", "LatencyRow", "distributions", "latency_table"]

_OTHER_RIG = "side by side"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: as it is, and as it is shown."""

    seconds: float
    text: str

    @classmethod
    def of(cls, seconds: float) -> "Figure":
        """Return *seconds* as a figure."""
        return cls(seconds, milliseconds(seconds))


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """A latency of one run.

    Attributes:
        first: whether this is the first row of its latency.
        rows: how many rows that one has.
        run: the key of the run; "" where there is only one.
        error: how far each of its values may be off; "0 ms" where one clock told both.
        rig: of which that run is.
        limit: what it was held against; "" for nothing.
        change: how it differs from that of the first run, in words.
        finding: `Finding`'s value, to give it a colour; "" for none.
    """

    name: str
    first: bool
    rows: int
    run: str
    rig: str
    count: int
    median: Figure
    p95: Figure
    max: Figure
    error: str
    limit: str
    change: str
    finding: str


def latency_table(runs: Sequence[SavedRun]) -> tuple[LatencyRow, ...]:
    """Return the rows, latency by latency, of each the runs that have it."""
    found = [latencies_of(saved.run) for saved in runs]
    changes: list[dict[str, Change]] = [
        compare(found[0], other) if other is not found[0] else {} for other in found
    ]
    names = dict.fromkeys(chain(LEGS, *found))  # in order, and each once
    rows: list[LatencyRow] = []
    for name in names:
        having = [n for n, of_run in enumerate(found) if name in of_run]
        for place, number in enumerate(having):
            saved = runs[number]
            values = [s for of_case in found[number][name].values() for s in of_case]
            spread = Spread.of(values)
            change, finding = "", ""
            if number and name in changes[number]:
                change, finding = _told(runs[0], saved, changes[number][name])
            rows.append(
                LatencyRow(
                    name=name,
                    first=place == 0,
                    rows=len(having),
                    run=saved.key if len(runs) > 1 else "",
                    rig=saved.run.rig_name,
                    count=spread.count,
                    median=Figure.of(spread.median_s),
                    p95=Figure.of(spread.p95_s),
                    max=Figure.of(spread.max_s),
                    error=error_ms(errors_of(saved.run)[name]),
                    limit=_limit(name, saved.run),
                    change=change,
                    finding=finding,
                )
            )
    return tuple(rows)


def _told(first: SavedRun, other: SavedRun, change: Change) -> tuple[str, str]:
    sign = "+" if change.by_s > 0 else "\N{MINUS SIGN}" if change.by_s < 0 else ""
    by = f"{sign}{milliseconds(abs(change.by_s))}"
    if first.stand != other.stand:
        return f"{by}: {_OTHER_RIG}", ""
    if change.p is None:
        return f"{by}: {change.finding}", change.finding.name.lower()
    odds = "p < 0.0001" if change.p < 1e-4 else f"p = {change.p:.2g}"  # noqa: PLR2004
    if change.finding is Finding.NOISE:
        return f"{by}: {change.finding} ({odds})", "noise"
    return f"{by}: {change.finding}, {odds}", change.finding.name.lower()


def _limit(name: str, run: RunResult) -> str:
    return milliseconds(run.limits.standstill_ms / 1000) if name == LEGS[-1] else ""


def distributions(runs: Sequence[SavedRun]) -> list[dict[str, object]]:
    """Return every value of each latency in ms, for the chart; run by run, in order."""
    found = [latencies_of(saved.run) for saved in runs]
    names = [
        name
        for name in dict.fromkeys(chain(LEGS, *found))
        if any(name in of_run for of_run in found)
    ]
    return [
        {
            "name": name,
            "limit": runs[0].run.limits.standstill_ms if name == LEGS[-1] else None,
            "values": [
                sorted(
                    round(seconds * 1000, 4)
                    for of_case in of_run.get(name, {}).values()
                    for seconds in of_case
                )
                for of_run in found
            ],
        }
        for name in names
    ]
