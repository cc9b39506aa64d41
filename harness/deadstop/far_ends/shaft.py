"""A shaft that turns at an even speed: where it is at any time, without steps."""

import math
from collections import deque
from dataclasses import dataclass

__all__ = ["Shaft"]


@dataclass(frozen=True, slots=True)
class _Way:
    begin_s: float
    end_s: float  # infinite for a way without an end
    begin: float
    speed: float  # signed, a second

    def at(self, t_s: float) -> float:
        return self.begin + self.speed * (min(t_s, self.end_s) - self.begin_s)


class Shaft:
    """Ways, one behind the other; positions and speeds in the protocol's own unit."""

    def __init__(self) -> None:
        """Begin at 0, at rest."""
        self._rest = 0.0
        self._ways: deque[_Way] = deque()

    def position(self, t_s: float) -> float:
        """Where it is at *t_s*; time may not run backwards."""
        while self._ways and self._ways[0].end_s <= t_s:
            self._rest = self._ways[0].at(t_s)
            self._ways.popleft()
        return self._ways[0].at(t_s) if self._ways else self._rest

    def speed(self, t_s: float) -> float:
        """How fast it turns at *t_s*, signed; 0 at rest."""
        self.position(t_s)
        return self._ways[0].speed if self._ways else 0.0

    def go(self, t_s: float, way: float, speed: float) -> None:
        """Go by *way*, at *speed* (absolute), once all before is done."""
        last = self._ways[-1] if self._ways else None
        begin_s = t_s if last is None else max(last.end_s, t_s)
        begin = self.position(t_s) if last is None else last.at(begin_s)
        if way and speed:
            end_s = begin_s + abs(way / speed)
            self._ways.append(
                _Way(begin_s, end_s, begin, math.copysign(abs(speed), way))
            )

    def spin(self, t_s: float, speed: float) -> None:
        """Turn at *speed*, signed, from now on; 0 stops."""
        self.stop(t_s)
        if speed:
            self._ways.append(_Way(t_s, math.inf, self._rest, speed))

    def stop(self, t_s: float) -> None:
        """Stop, and forget what was to come."""
        self._rest = self.position(t_s)
        self._ways.clear()

    def place(self, position: float) -> None:
        """Call the present position *position*; at rest only."""
        self._rest = position
