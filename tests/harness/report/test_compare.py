"""Whether a latency changed by more than noise: said where it did, else not."""

import math
import random
from itertools import combinations
from statistics import NormalDist

import pytest

from deadstop.report.compare import SIGNIFICANCE, Change, Finding, compare

LEG = "trigger to shaft still"


def seeded(seed: int) -> random.Random:
    """Return numbers that are the same each time."""
    return random.Random(seed)  # noqa: S311 - no secret


def changed(before: dict[str, list[float]], after: dict[str, list[float]]) -> Change:
    """Compare one latency."""
    return compare({LEG: before}, {LEG: after})[LEG]


def runs(
    rng: random.Random, cases: int, repeats: int, slower_s: float = 0.0
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return two runs of cases that have nothing in common with each other."""
    levels = {str(n): rng.uniform(0.0, 0.3) for n in range(cases)}

    def played(more_s: float) -> dict[str, list[float]]:
        return {
            name: [level + more_s + rng.expovariate(1000) for _ in range(repeats)]
            for name, level in levels.items()
        }

    return played(0.0), played(slower_s)


def test_a_change_smaller_than_what_tells_cases_apart_is_found() -> None:
    """Each case is compared with itself: a ms shows among 300."""
    before, after = runs(seeded(1), cases=40, repeats=2, slower_s=0.001)

    change = changed(before, after)

    assert change.finding is Finding.SLOWER
    assert change.by_s == pytest.approx(0.001, abs=0.0005)
    assert changed(after, before).finding is Finding.FASTER


@pytest.mark.parametrize(("cases", "repeats"), [(30, 1), (1, 12), (6, 3)])
def test_noise_is_seldom_taken_for_a_change(cases: int, repeats: int) -> None:
    """Of 400 pairs of runs that do not differ, 4 are expected; 12 is four sigma."""
    rng = seeded(cases)

    alarms = sum(
        changed(*runs(rng, cases, repeats)).finding is not Finding.NOISE
        for _ in range(400)
    )

    assert alarms <= 12


def test_one_value_a_case_is_wilcoxons_signed_rank_test() -> None:
    """Against its mean and variance from the textbook."""
    n = 20
    rng = seeded(3)
    differences = [rng.gauss(0.4, 1.0) for _ in range(n)]
    before = {str(i): [100.0] for i in range(n)}
    after = {str(i): [100.0 + d] for i, d in enumerate(differences)}

    ranks = sorted(range(n), key=lambda i: abs(differences[i]))
    positive = sum(r + 1 for r, i in enumerate(ranks) if differences[i] > 0)
    sigma = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    z = (positive - n * (n + 1) / 4) / sigma

    p = changed(before, after).p
    assert p is not None
    assert p == pytest.approx(2 * NormalDist().cdf(-abs(z)), rel=0.05)


def test_one_case_is_the_test_of_mann_and_whitney() -> None:
    """Against every way to deal the values out, counted."""
    old, new = [1.0, 2.0, 4.0, 5.0, 8.0, 9.0], [3.0, 6.0, 7.0, 10.0, 11.0, 12.0, 13.0]
    values = sorted(old + new)
    rank = {value: number for number, value in enumerate(values, start=1)}
    mean = len(new) * (len(values) + 1) / 2
    off = abs(sum(rank[value] for value in new) - mean)
    ways = list(combinations(range(1, len(values) + 1), len(new)))
    exact = sum(abs(sum(way) - mean) >= off for way in ways) / len(ways)

    p = changed({"one": old}, {"one": new}).p
    assert p is not None
    assert p == pytest.approx(exact, abs=0.012)


def test_too_few_values_are_not_judged() -> None:
    """However far apart: three against three happen so in one of ten cases."""
    change = changed({"one": [1.0, 1.1, 1.2]}, {"one": [9.0, 9.1, 9.2]})

    assert (change.finding, change.cases, change.p) == (Finding.TOO_FEW, 1, None)
    assert change.by_s == pytest.approx(8.0)


def test_equal_runs_did_not_change() -> None:
    """Where all values of each case are equal there is no variance to divide by."""
    before = {str(i): [float(i)] for i in range(30)}

    assert changed(before, before) == Change(Finding.NOISE, 30, 0.0, 1.0)


def test_cases_of_one_run_alone_do_not_count() -> None:
    """Nor do latencies that only one of them has."""
    before, after = runs(seeded(5), cases=20, repeats=1)
    more = {**after, "another": [9.0] * 50}

    assert changed(before, more) == changed(before, after)
    assert compare({LEG: before}, {"else": after}) == {}


def test_of_many_latencies_each_is_judged_more_strictly() -> None:
    """What is significant alone may not be so among seven: Holm's correction."""
    rng = seeded(4)
    before, after = runs(rng, cases=30, repeats=1, slower_s=0.00065)
    alone = changed(before, after)
    assert alone.p is not None
    assert 0.0015 < alone.p < SIGNIFICANCE, "the example has to lie between"

    noise = {str(n): runs(rng, cases=30, repeats=1) for n in range(6)}
    among = compare(
        {LEG: before, **{n: old for n, (old, _) in noise.items()}},
        {LEG: after, **{n: new for n, (_, new) in noise.items()}},
    )[LEG]

    assert among.p == pytest.approx(7 * alone.p)
    assert among.finding is Finding.NOISE
