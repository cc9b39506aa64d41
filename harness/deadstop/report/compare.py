"""Whether a latency changed between two runs by more than noise.

The test is that of Hodges and Lehmann (1962) on aligned ranks. A cancelled call in
cruise and one before the first byte have nothing in common, so values are compared
within their case only: from each the middle of its case is taken away, what is left is
ranked over all cases, and the ranks of the second run are summed. If the runs do not
differ, each way to deal a case's values out to the two runs is as likely; that gives
the sum's mean and variance, and the sum is taken for normal. With one value a case and
run it is Wilcoxon's signed-rank test, with one case that of Mann and Whitney. Nothing
is assumed of the values' distribution, and no seed is needed.

Several latencies are looked at, so that one may seem to change by chance alone: their
p-values are corrected by Holm's method (1979).
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["SIGNIFICANCE", "Change", "Finding", "compare"]

SIGNIFICANCE: Final = 0.01  # one false alarm in a hundred comparisons of two runs
# With fewer ways to deal the values out, no outcome is rarer than that: twice its
# inverse for the two sides, and some to spare for the normal approximation.
_FEWEST_WAYS: Final = 1000

_Values = Mapping[str, Sequence[float]]


class Finding(StrEnum):
    """What can be said of a change."""

    SLOWER = "slower"
    FASTER = "faster"
    NOISE = "no more than noise"
    TOO_FEW = "too few to tell"


@dataclass(frozen=True, slots=True)
class Change:
    """How a latency differs from that of the run before.

    Attributes:
        cases: how many cases both runs have.
        by_s: the median, over these cases, of what the case's median changed by.
        p: how likely a difference like this is if nothing has changed, corrected for
            the number of latencies; None if there are too few values.
    """

    finding: Finding
    cases: int
    by_s: float
    p: float | None = None


def compare(
    before: Mapping[str, _Values], after: Mapping[str, _Values]
) -> dict[str, Change]:
    """Compare two runs, latency by latency; only cases that both have count.

    Args:
        before: the seconds of each latency by the case's id, as `latencies_of` has it.
        after: the same of the other run.
    """
    shared: dict[str, list[tuple[Sequence[float], Sequence[float]]]] = {}
    for name, of_cases in before.items():
        pairs = [
            (seconds, after[name][case])
            for case, seconds in of_cases.items()
            if name in after and case in after[name]
        ]
        if pairs:
            shared[name] = pairs
    told = {name: _p_value(pairs) for name, pairs in shared.items()}
    corrected = _holm({name: p for name, p in told.items() if p is not None})
    return {name: _change(pairs, corrected.get(name)) for name, pairs in shared.items()}


def _change(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]], p: float | None
) -> Change:
    by_s = statistics.median(
        statistics.median(new) - statistics.median(old) for old, new in pairs
    )
    if p is None:
        return Change(Finding.TOO_FEW, len(pairs), by_s)
    if p >= SIGNIFICANCE or not by_s:
        return Change(Finding.NOISE, len(pairs), by_s, p)
    return Change(Finding.SLOWER if by_s > 0 else Finding.FASTER, len(pairs), by_s, p)


def _p_value(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float | None:
    ways = math.prod(math.comb(len(old) + len(new), len(new)) for old, new in pairs)
    if ways < _FEWEST_WAYS:
        return None
    aligned: list[float] = []
    for old, new in pairs:
        middle = statistics.median((*old, *new))
        aligned += [value - middle for value in (*old, *new)]
    ranks = iter(_ranks(aligned))
    off = variance = 0.0
    for old, new in pairs:
        of_old = [next(ranks) for _ in old]
        of_new = [next(ranks) for _ in new]
        both = of_old + of_new
        mean = statistics.fmean(both)
        off += sum(of_new) - len(new) * mean
        # Of a sum drawn without replacement from a finite population.
        squares = sum((rank - mean) ** 2 for rank in both)
        variance += len(old) * len(new) * squares / (len(both) * (len(both) - 1))
    if not variance:
        return 1.0  # all values of each case are equal
    return 2 * statistics.NormalDist().cdf(-abs(off) / math.sqrt(variance))


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, from 1; those that are equal share the mean."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    begin = 0
    while begin < len(order):
        end = begin
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        for index in order[begin:end]:
            ranks[index] = (begin + 1 + end) / 2
        begin = end
    return ranks


def _holm(p_values: Mapping[str, float]) -> dict[str, float]:
    corrected = {}
    worst = 0.0
    ordered = sorted(p_values, key=p_values.__getitem__)
    for place, name in enumerate(ordered):
        worst = max(worst, min(1.0, (len(ordered) - place) * p_values[name]))
        corrected[name] = worst
    return corrected
