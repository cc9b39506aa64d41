"""Trapezoidal profiles: where an axis ought to be at each instant.

A profile is a chain of pieces of constant acceleration, laid down once when a
motion or a ramp begins. It may begin at any speed, in either direction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["Profile", "Setpoint", "ramp_profile", "still_profile", "travel_profile"]

_FOREVER_S: Final = math.inf


class Setpoint(NamedTuple):
    """What the profile asks for at one instant; a named tuple is made quickly."""

    position_counts: float
    speed_cps: float
    accel_cps2: float


@dataclass(frozen=True, slots=True)
class _Piece:
    begin_s: float
    end_s: float
    start: Setpoint

    def at(self, t_s: float) -> Setpoint:
        dt_s = t_s - self.begin_s
        position_counts, start_cps, accel_cps2 = self.start
        speed_cps = start_cps + accel_cps2 * dt_s
        mean_cps = (start_cps + speed_cps) / 2.0
        return Setpoint(position_counts + mean_cps * dt_s, speed_cps, accel_cps2)


@dataclass(frozen=True, slots=True)
class Profile:
    """Pieces that follow each other without a gap; the last one never ends."""

    pieces: Sequence[_Piece]

    @property
    def end_s(self) -> float:
        """When the last piece begins: standstill, or the cruise of a spin."""
        return self.pieces[-1].begin_s

    def at(self, t_s: float) -> Setpoint:
        """Return the setpoint at *t_s*, which is not before the beginning."""
        for piece in self.pieces:
            if t_s < piece.end_s:
                return piece.at(t_s)
        raise AssertionError(f"the last piece ends at {self.pieces[-1].end_s}")


def _lay(
    t_s: float, start: Setpoint, parts: Sequence[tuple[float, float]]
) -> tuple[list[_Piece], float, Setpoint]:
    """Lay parts of (acceleration, duration) end to end; drop the empty ones.

    Returns:
        The pieces, and when and where the last of them ends.
    """
    pieces: list[_Piece] = []
    for accel_cps2, duration_s in parts:
        if duration_s <= 0.0:
            continue
        begin = Setpoint(start.position_counts, start.speed_cps, accel_cps2)
        pieces.append(_Piece(t_s, t_s + duration_s, begin))
        t_s += duration_s
        start = pieces[-1].at(t_s)
    return pieces, t_s, start


def ramp_profile(
    t_s: float, start: Setpoint, speed_cps: float, accel_cps2: float
) -> Profile:
    """Change to *speed_cps*, signed, and keep it for ever; 0 is a stop."""
    change_cps = speed_cps - start.speed_cps
    ramp = (math.copysign(accel_cps2, change_cps), abs(change_cps) / accel_cps2)
    pieces, t_s, end = _lay(t_s, start, [ramp])
    # Exactly the speed asked for: what rounding leaves would creep for ever.
    cruise = Setpoint(end.position_counts, speed_cps, 0.0)
    return Profile([*pieces, _Piece(t_s, _FOREVER_S, cruise)])


def still_profile(t_s: float, position_counts: float) -> Profile:
    """Stand at *position_counts*."""
    return Profile([_Piece(t_s, _FOREVER_S, Setpoint(position_counts, 0.0, 0.0))])


def travel_profile(
    t_s: float,
    start: Setpoint,
    target_counts: int,
    speed_cps: float,
    accel_cps2: float,
) -> Profile:
    """Reach *target_counts* at standstill in the least time that the limits allow.

    Args:
        t_s: when it begins.
        start: where and how fast the axis is then.
        target_counts: where to end.
        speed_cps: the cruise speed, positive.
        accel_cps2: of every ramp, positive.
    """
    way_counts = target_counts - start.position_counts
    braking_counts = start.speed_cps * abs(start.speed_cps) / (2.0 * accel_cps2)
    # Mirrored so that the cruise is forward: backward if even braking at once would
    # run past the target.
    side = math.copysign(1.0, way_counts - braking_counts)
    way_counts *= side
    entry_cps = start.speed_cps * side
    peak_cps = math.sqrt(max(0.0, accel_cps2 * way_counts + entry_cps**2 / 2.0))
    cruise_cps = min(peak_cps, speed_cps)
    into_s = (cruise_cps - entry_cps) / accel_cps2  # negative: too fast already
    into_counts = abs(into_s) * (cruise_cps + entry_cps) / 2.0
    out_counts = cruise_cps**2 / (2.0 * accel_cps2)
    cruise_counts = max(0.0, way_counts - into_counts - out_counts)
    cruise_s = cruise_counts / cruise_cps if cruise_cps > 0.0 else 0.0
    parts = [
        (math.copysign(accel_cps2, into_s) * side, abs(into_s)),
        (0.0, cruise_s),
        (-accel_cps2 * side, cruise_cps / accel_cps2),
    ]
    pieces, t_s, _ = _lay(t_s, start, parts)
    rest = Setpoint(float(target_counts), 0.0, 0.0)
    return Profile([*pieces, _Piece(t_s, _FOREVER_S, rest)])
