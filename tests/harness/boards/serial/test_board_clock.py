"""A board's stamps are placed on the host's clock, and the truth is within the bar."""

from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arduino_actuators.wire import CLOCK_US
from deadstop.boards.serial.board_clock import STEP_S, BoardClock, HostTime

EVERY_S: Final = 0.015
SLACK_S: Final = 1e-9  # of doubles
delays_s = st.floats(1e-4, 0.012)
rates = st.floats(-0.009, 0.009)  # host's seconds for each of the board's, less 1


@dataclass(frozen=True, slots=True)
class Clock:
    """A board's clock as it truly is.

    Attributes:
        booted_s: the host's time at which it began.
        rate: how many host's seconds are more than one of the board's.
        began_us: what it began with.
        wander_per_s: by how much *rate* grows in a second.
    """

    booted_s: float
    rate: float
    began_us: int = 0
    wander_per_s: float = 0.0

    def stamp_us(self, board_s: float) -> int:
        """Return what it shows so long after its beginning, by itself."""
        return (self.began_us + int(board_s * 1e6) // 4 * 4) % CLOCK_US

    def host_s(self, board_s: float) -> float:
        """Return when that is."""
        wandered_s = self.wander_per_s * board_s**2 / 2
        return self.booted_s + board_s * (1 + self.rate) + wandered_s


def exchange(
    known: BoardClock, clock: Clock, board_s: float, delays: tuple[float, float]
) -> None:
    """Let *known* ask for the time, which takes *delays* there and back."""
    true_s = clock.host_s(board_s)
    stamp_us = clock.stamp_us(board_s)
    known.exchange(stamp_us, true_s - delays[0], true_s + delays[1])


def placed(known: BoardClock, clock: Clock, board_s: float) -> HostTime:
    """Return where *known* has an instant of the board; the truth must be within."""
    true_s = clock.host_s(board_s)
    found = known.host_time(clock.stamp_us(board_s), true_s)
    assert found is not None
    assert abs(found.t_s - true_s) <= found.error_s + SLACK_S, (found, true_s)
    return found


@given(
    rate=rates,
    began_us=st.sampled_from((0, 5_000_000, CLOCK_US - 1_000_000)),
    wander_per_s=st.floats(-1e-6, 1e-6),
    delays=st.lists(st.tuples(delays_s, delays_s), min_size=2, max_size=200),
    booted_s=st.floats(0, 1e6),
)
def test_the_true_time_is_always_within_the_bar(
    *,
    rate: float,
    began_us: int,
    wander_per_s: float,
    delays: list[tuple[float, float]],
    booted_s: float,
) -> None:
    """Of the stamp just told, of one before, and also where the clock comes round."""
    clock = Clock(booted_s, rate, began_us, wander_per_s)
    known = BoardClock()
    for number, delay in enumerate(delays, start=1):
        exchange(known, clock, number * EVERY_S, delay)
        now = placed(known, clock, number * EVERY_S)
        assert now.error_s <= sum(delay) / 2 + 2 * STEP_S
        placed(known, clock, (number - 1) * EVERY_S)
    drift = known.drift
    if drift is not None:
        now_rate = (rate + wander_per_s * len(delays) * EVERY_S) * 1e6
        assert abs(drift.ppm - now_rate) <= drift.error_ppm + 1e-3


def test_the_bar_shrinks_with_more_exchanges_and_so_does_that_of_the_drift() -> None:
    """Each way takes 0.2 to 3 ms; what a quick exchange has told is kept."""
    clock = Clock(100.0, 0.004)
    known = BoardClock()
    errors_s, errors_ppm = [], []
    for number in range(1, 1001):
        ways = (0.0002 + number * 7 % 29 * 1e-4, 0.0002 + number * 11 % 31 * 1e-4)
        exchange(known, clock, number * EVERY_S, ways)
        if number in (1, 10, 100, 1000):
            errors_s.append(placed(known, clock, number * EVERY_S).error_s)
            errors_ppm.append(known.drift.error_ppm if known.drift else 1e6)

    assert errors_s == sorted(errors_s, reverse=True)
    assert errors_s[0] > 4 * errors_s[-1]
    assert errors_ppm == sorted(errors_ppm, reverse=True)
    assert errors_ppm[-1] < 100
    assert known.drift is not None
    assert known.drift.ppm == pytest.approx(4000, abs=known.drift.error_ppm)


@given(
    ran_s=st.floats(0.02, 600),
    rate=rates,
    delays=st.lists(st.tuples(delays_s, delays_s), min_size=10, max_size=60),
    seen=st.booleans(),
)
def test_a_reset_begins_a_new_alignment(
    *, ran_s: float, rate: float, delays: list[tuple[float, float]], seen: bool
) -> None:
    """Whether it was announced, or only shows: nothing of before is kept."""
    before = Clock(50.0, rate)
    known = BoardClock()
    for number, delay in enumerate(delays):
        exchange(known, before, ran_s + number * EVERY_S, delay)
    over_s = before.host_s(ran_s + len(delays) * EVERY_S)
    after = Clock(over_s, rate)
    if seen:
        known.restart()
        assert known.host_time(0, over_s) is None
    for number, delay in enumerate(delays, start=1):
        exchange(known, after, number * EVERY_S, delay)
        placed(known, after, number * EVERY_S)


def test_bounds_that_are_none_are_refused() -> None:
    """An answer comes behind its question."""
    with pytest.raises(ValueError, match=r"^answered at 1\.0 s, asked at 2\.0 s$"):
        BoardClock().exchange(0, 2.0, 1.0)
