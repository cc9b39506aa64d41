"""What the clock of a real board says in terms of this machine's.

A board is asked and answers: at some instant in between it looked at its clock. So each
such exchange bounds how far the two clocks are apart, and many bound it closely.
"""

import math
from dataclasses import dataclass
from typing import Final

from arduino_actuators.wire import CLOCK_US

__all__ = ["BoardClock", "Drift", "HostTime"]

_US: Final = 1e6
_PPM: Final = 1e6
_TURN_S: Final = CLOCK_US / _US
# The timer behind the stamp goes in steps of so much (PROTOCOL.md, section 1).
STEP_S: Final = 4e-6
# An Uno's resonator (Murata CSTCE16M0V53-R0) is made to 0.5 %; temperature and age
# may double that. A board with a crystal is far within.
MOST_DRIFT: Final = 0.01
# By how much a rate may change in a second: 0.2 % over 100 K, and a board that warms up
# by less than 0.1 K/s.
WANDER_PER_S: Final = 2e-6
# Rates are taken over so long: less tells little, more lets them wander.
LEAST_SPAN_S: Final = 0.2
MOST_SPAN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class HostTime:
    """An instant of the board on this machine's clock.

    Attributes:
        t_s: CLOCK_MONOTONIC, seconds.
        error_s: the true instant is at most so much earlier or later.
    """

    t_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much the board's clock is slow (above 0) or fast, give or take."""

    ppm: float
    error_ppm: float


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Between what the host's time, less the board's, lies; and how that changes."""

    board_s: float  # since the first exchange, counted through
    least_s: float
    most_s: float
    least_rate: float
    most_rate: float

    def at(self, board_s: float) -> "_Bounds":
        """Return what they are at another instant of the board."""
        passed_s = board_s - self.board_s
        wander = WANDER_PER_S * abs(passed_s)
        least_rate = max(self.least_rate - wander, -MOST_DRIFT)
        most_rate = min(self.most_rate + wander, MOST_DRIFT)
        ways_s = (least_rate * passed_s, most_rate * passed_s)
        return _Bounds(
            board_s,
            self.least_s + min(ways_s),
            self.most_s + max(ways_s),
            least_rate,
            most_rate,
        )

    @property
    def width_s(self) -> float:
        return self.most_s - self.least_s

    @property
    def possible(self) -> bool:
        return self.least_s <= self.most_s and self.least_rate <= self.most_rate


class BoardClock:
    """Bounds on a board's clock, from one exchange to the next.

    The true offset is never outside of them, as long as the board's rate is within
    `MOST_DRIFT` and wanders by no more than `WANDER_PER_S`. An exchange that
    contradicts those before it tells of a clock that has begun anew.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._latest_us = 0
        self._bounds: _Bounds | None = None
        self._since: _Bounds | None = None  # where the rate is taken from

    def restart(self) -> None:
        """Forget all: the board has been reset."""
        self._bounds = self._since = None

    def exchange(self, board_us: int, asked_s: float, answered_s: float) -> None:
        """Take it that the board's clock was *board_us* between two host's times.

        Args:
            board_us: modulo `CLOCK_US`.
            asked_s: no later than it was.
            answered_s: no earlier than it was.

        Raises:
            ValueError: *answered_s* is before *asked_s*.
        """
        if answered_s < asked_s:
            raise ValueError(f"answered at {answered_s} s, asked at {asked_s} s")
        board_s = self._counted_s(board_us, answered_s)
        told = _Bounds(
            board_s,
            asked_s - board_s - STEP_S,
            answered_s - board_s,
            -MOST_DRIFT,
            MOST_DRIFT,
        )
        bounds = told if self._bounds is None else _both(self._bounds.at(board_s), told)
        if self._since is not None and board_s - self._since.board_s >= LEAST_SPAN_S:
            bounds = _both(bounds, _rated(self._since, bounds))
        if not bounds.possible:
            bounds = told
            self._since = None
        if self._since is None or _serves_better(bounds, self._since):
            self._since = bounds
        self._bounds = bounds
        self._latest_us = board_us

    def host_time(self, board_us: int, about_s: float) -> HostTime | None:
        """Return when the board's clock was *board_us*; None if nothing is known.

        Args:
            board_us: modulo `CLOCK_US`.
            about_s: when that was, to within half an hour.
        """
        if self._bounds is None:
            return None
        board_s = self._counted_s(board_us, about_s)
        bounds = self._bounds.at(board_s)
        middle_s = (bounds.least_s + bounds.most_s) / 2
        return HostTime(board_s + middle_s, bounds.width_s / 2 + STEP_S)

    @property
    def drift(self) -> Drift | None:
        """How fast the board's clock is, of this machine's; None if nobody knows."""
        if self._bounds is None:
            return None
        least, most = self._bounds.least_rate, self._bounds.most_rate
        return Drift((least + most) / 2 * _PPM, (most - least) / 2 * _PPM)

    def _counted_s(self, board_us: int, about_s: float) -> float:
        """Return the board's time of a stamp, counted through its wraps."""
        if self._bounds is None:
            return board_us / _US
        passed_s = (board_us - self._latest_us) % CLOCK_US / _US
        middle_s = (self._bounds.least_s + self._bounds.most_s) / 2
        expected_s = about_s - middle_s - self._bounds.board_s
        turns = round((expected_s - passed_s) / _TURN_S)
        return self._bounds.board_s + passed_s + turns * _TURN_S


def _both(one: _Bounds, other: _Bounds) -> _Bounds:
    """Return what both say of the same instant."""
    return _Bounds(
        one.board_s,
        max(one.least_s, other.least_s),
        min(one.most_s, other.most_s),
        max(one.least_rate, other.least_rate),
        min(one.most_rate, other.most_rate),
    )


def _serves_better(now: _Bounds, since: _Bounds) -> bool:
    """Whether rates had better be taken from now on: soon, and later anew."""
    span_s = now.board_s - since.board_s
    return span_s > MOST_SPAN_S or (
        span_s < LEAST_SPAN_S and now.width_s < since.width_s
    )


def _rated(since: _Bounds, now: _Bounds) -> _Bounds:
    """Return what the rate must be now for the offset to have come here since then."""
    span_s = now.board_s - since.board_s
    wander = WANDER_PER_S * span_s / 2  # from the mean since then
    return _Bounds(
        now.board_s,
        -math.inf,
        math.inf,
        (now.least_s - since.most_s) / span_s - wander,
        (now.most_s - since.least_s) / span_s + wander,
    )
