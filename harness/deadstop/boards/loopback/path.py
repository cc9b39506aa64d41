"""Coordinated motion: straight lines through joint space, one behind the other.

Everything along a line is told of the axis with the longest way: the others move in
proportion. Where two lines meet, speed is such that no axis changes its own by more
than it can at once, and that there is still room to stop at the last waypoint known.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from arduino_actuators.wire import JUMP_CPS, MAX_LINES

__all__ = ["Path"]


@dataclass(frozen=True, slots=True)
class _Line:
    start_counts: tuple[int, ...]
    target_counts: tuple[int, ...]
    length_counts: int  # of the longest way
    shares: tuple[float, ...]  # of it, each axis', signed
    speed_cps: int

    @classmethod
    def between(
        cls, start: tuple[int, ...], target: tuple[int, ...], speed_cps: int
    ) -> Self:
        """Lay a line."""
        ways = [end - begin for begin, end in zip(start, target, strict=True)]
        length_counts = max(map(abs, ways))
        shares = tuple(way / length_counts if way else 0.0 for way in ways)
        return cls(start, target, length_counts, shares, speed_cps)

    def corner_cps(self, after: Self) -> float:
        """Return how fast the corner to the next line may be passed."""
        if not self.length_counts or not after.length_counts:
            return 0.0  # a line of no way has no direction: stop there
        bend = max(
            abs(one - other)
            for one, other in zip(self.shares, after.shares, strict=True)
        )
        most_cps = JUMP_CPS / bend if bend else math.inf
        return min(most_cps, self.speed_cps, after.speed_cps)


class _Piece(NamedTuple):
    """A time of constant acceleration on one line."""

    begin_s: float
    end_s: float
    line: _Line
    way_counts: float  # where it begins
    speed_cps: float
    accel_cps2: float


class Path:
    """Lines to follow, from standstill to standstill.

    The present that its methods take never goes back.

    Attributes:
        end_s: when it comes to rest, as far as is known.
        ramps: whether it is being stopped; no line can be added then.
    """

    def __init__(
        self,
        t_s: float,
        start_counts: Sequence[int],
        target_counts: Sequence[int],
        speed_cps: int,
        accel_cps2: int,
    ) -> None:
        """Begin with one line, from standstill."""
        self.ramps = False
        self._accel_cps2 = float(accel_cps2)
        self._passed = 0
        first = _Line.between(tuple(start_counts), tuple(target_counts), speed_cps)
        self._lines = deque([first])  # the one under way, and what follows
        self._pieces: deque[_Piece] = deque()
        self._plan(t_s, 0.0, 0.0)

    def add(self, t_s: float, target_counts: Sequence[int], speed_cps: int) -> None:
        """Add a line."""
        _, way_counts, now_cps = self._now(t_s)
        start_counts = self._lines[-1].target_counts
        if t_s >= self.end_s:  # it has come to what is only a waypoint now
            self._lines.clear()
            self._passed += 1
            way_counts = 0.0
        line = _Line.between(start_counts, tuple(target_counts), speed_cps)
        self._lines.append(line)
        self._plan(t_s, way_counts, now_cps)

    def free(self, t_s: float) -> int:
        """Return how many more lines there is room for."""
        self._now(t_s)
        return MAX_LINES - (len(self._lines) if t_s < self.end_s else 0)

    def ramp_down(self, t_s: float) -> None:
        """Come to rest on the way, with its own acceleration."""
        line, way_counts, now_cps = self._now(t_s)
        self.ramps = True
        self._pieces.clear()
        for line in self._lines:
            t_s, way_counts, now_cps = self._brake(t_s, line, way_counts, now_cps)
            if not now_cps:
                break
            way_counts = 0.0
        self._rest(t_s, line, way_counts)

    def at(self, t_s: float) -> tuple[list[float], list[float]]:
        """Return where every axis is to be, and how fast it is to move."""
        line, way_counts, now_cps = self._now(t_s)
        shares = line.shares
        return (
            [
                start + share * way_counts
                for start, share in zip(line.start_counts, shares, strict=True)
            ],
            [share * now_cps for share in shares],
        )

    def take_passed(self) -> int:
        """Return how many waypoints were passed since the last call."""
        passed, self._passed = self._passed, 0
        return passed

    # The inside.

    def _now(self, t_s: float) -> tuple[_Line, float, float]:
        """Return the line under way, how far on it one is, and how fast."""
        pieces = self._pieces
        while t_s >= pieces[0].end_s:
            before = pieces.popleft()
            if pieces[0].line is not before.line:
                self._lines.popleft()
                self._passed += 1
        piece = pieces[0]
        dt_s = t_s - piece.begin_s
        now_cps = piece.speed_cps + piece.accel_cps2 * dt_s
        way_counts = piece.way_counts + (piece.speed_cps + now_cps) / 2.0 * dt_s
        return piece.line, way_counts, now_cps

    def _plan(self, t_s: float, way_counts: float, now_cps: float) -> None:
        """Lay everything that is still to be done."""
        accel_cps2 = self._accel_cps2
        self._pieces.clear()
        for line, most_cps in zip(self._lines, self._exits(), strict=True):
            left_counts = line.length_counts - way_counts
            square = now_cps**2 + 2.0 * accel_cps2 * left_counts
            exit_cps = min(most_cps, math.sqrt(square))
            peak_cps = min(line.speed_cps, math.sqrt((square + exit_cps**2) / 2.0))
            peak_cps = max(peak_cps, now_cps, exit_cps)  # rounding may say otherwise
            ramps_counts = (2.0 * peak_cps**2 - now_cps**2 - exit_cps**2) / (
                2.0 * accel_cps2
            )
            cruise_counts = max(0.0, left_counts - ramps_counts)
            for speed_cps, accel, took_s in (
                (now_cps, accel_cps2, (peak_cps - now_cps) / accel_cps2),
                (peak_cps, 0.0, cruise_counts / peak_cps if peak_cps else 0.0),
                (peak_cps, -accel_cps2, (peak_cps - exit_cps) / accel_cps2),
            ):
                self._lay(t_s, took_s, line, way_counts, speed_cps, accel)
                t_s += took_s
                way_counts += (speed_cps + accel * took_s / 2.0) * took_s
            now_cps, way_counts = exit_cps, 0.0
        self._rest(t_s, line, line.length_counts)

    def _exits(self) -> list[float]:
        """Return the highest speed at the end of each line, looking ahead."""
        lines = list(self._lines)
        exits = [0.0]
        for line, after in zip(lines[-2::-1], lines[:0:-1], strict=True):
            square = exits[-1] ** 2 + 2.0 * self._accel_cps2 * after.length_counts
            exits.append(min(line.corner_cps(after), math.sqrt(square)))
        return exits[::-1]

    def _brake(
        self, t_s: float, line: _Line, way_counts: float, now_cps: float
    ) -> tuple[float, float, float]:
        """Brake to rest or to the end of *line*: when, where and how fast it is then.

        Speed is such that the last line is long enough, but for rounding.
        """
        accel_cps2 = self._accel_cps2
        left_counts = line.length_counts - way_counts
        square = now_cps**2 - 2.0 * accel_cps2 * left_counts
        is_last = line is self._lines[-1]
        exit_cps = math.sqrt(square) if square > 0.0 and not is_last else 0.0
        took_s = (now_cps - exit_cps) / accel_cps2
        self._lay(t_s, took_s, line, way_counts, now_cps, -accel_cps2)
        return t_s + took_s, way_counts + (now_cps + exit_cps) / 2.0 * took_s, exit_cps

    def _lay(self, begin_s: float, took_s: float, line: _Line, *motion: float) -> None:
        self._pieces.append(_Piece(begin_s, begin_s + took_s, line, *motion))

    def _rest(self, t_s: float, line: _Line, way_counts: float) -> None:
        self.end_s = t_s
        self._lay(t_s, math.inf, line, way_counts, 0.0, 0.0)
