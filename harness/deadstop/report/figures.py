"""Latencies of a run as figures: how many, median, 95th percentile, longest."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deadstop.latency import LEGS
from deadstop.results import RunResult

__all__ = ["Spread", "errors_of", "latencies_of", "p95"]

_P95: Final = 0.95


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of one latency lie."""

    count: int
    median_s: float
    p95_s: float
    max_s: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Return the spread of *seconds*, of which there is at least one."""
        return cls(len(seconds), statistics.median(seconds), p95(seconds), max(seconds))


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile, which is one of the values: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(_P95 * (len(ordered) - 1)))]


def latencies_of(run: RunResult) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of each leg that was measured, by the case's id.

    A case that was repeated has several. Legs come in the order of the way of a stop.
    """
    found: dict[str, dict[str, list[float]]] = {name: {} for name in LEGS}
    for case in run.cases:
        for leg in case.legs:
            of_leg = found.setdefault(leg.name, {})
            of_leg.setdefault(case.id, []).append(leg.seconds)
    return {name: of_leg for name, of_leg in found.items() if of_leg}


def errors_of(run: RunResult) -> dict[str, float]:
    """Return how far the values of each leg may be off, at worst."""
    errors_s: dict[str, float] = {}
    for case in run.cases:
        for leg in case.legs:
            errors_s[leg.name] = max(errors_s.get(leg.name, 0.0), leg.error_s)
    return errors_s
