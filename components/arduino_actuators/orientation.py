"""The orientation of a frame as Viam writes it: an orientation vector.

A unit vector along the frame's z axis, and theta, the turn about it in degrees, as in
Viam's `spatialmath`: the rotation is a turn about z by the vector's longitude, about y
by its angle from z, about z by theta. At the poles the longitude counts as 0.
"""

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["Orientation"]

# As in Viam's spatialmath: closer to a pole than this, longitude is part of theta.
_POLE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Orientation:
    """Along (o_x, o_y, o_z), a unit vector, turned about it by theta_deg."""

    o_x: float
    o_y: float
    o_z: float
    theta_deg: float

    @classmethod
    def of_turns(cls, yaw_deg: float, tilt_deg: float) -> "Orientation":
        """Return a frame turned about z by *yaw_deg*, about its own y by *tilt_deg*."""
        yaw, tilt = math.radians(yaw_deg), math.radians(tilt_deg)
        out, o_z = math.sin(tilt), math.cos(tilt)
        if 1.0 - abs(o_z) <= _POLE:
            # Some readers take any o_x and o_y for a longitude, others do not.
            theta_deg = math.remainder(yaw_deg if o_z > 0 else -yaw_deg, 360.0)
            return cls(0.0, 0.0, math.copysign(1.0, o_z), theta_deg)
        # Below 0 it is tilted over backward: upside down.
        theta_deg = 0.0 if out > 0 else 180.0
        return cls(out * math.cos(yaw), out * math.sin(yaw), o_z, theta_deg)

    def __str__(self) -> str:
        vector = ", ".join(f"{_tidy(v):.4g}" for v in (self.o_x, self.o_y, self.o_z))
        return f"({vector}, theta {_tidy(self.theta_deg):.4g})"

    @property
    def is_default(self) -> bool:
        """Whether it is what a pose has in which none was given.

        That is all zeros, or the vector along z with no turn, which other SDKs fill in.
        """
        away = (self.o_x, self.o_y, self.theta_deg)
        return away == (0.0, 0.0, 0.0) and self.o_z >= 0.0

    @property
    def has_direction(self) -> bool:
        """Whether the vector says a direction, of whatever length."""
        return math.hypot(self.o_x, self.o_y, self.o_z) > 0.0

    @property
    def yaw_deg(self) -> float:
        """By how much its y axis is turned about z, seen from above."""
        real, i, j, k = self.quaternion()
        return math.degrees(math.atan2(2 * (real * k - i * j), 1 - 2 * (i * i + k * k)))

    def tilt_deg(self, yaw_deg: float) -> float:
        """Return how far it leans from upright, in the plane that faces *yaw_deg*."""
        yaw = math.radians(yaw_deg)
        out = self.o_x * math.cos(yaw) + self.o_y * math.sin(yaw)
        return math.degrees(math.atan2(out, self.o_z))

    def angle_deg(self, other: "Orientation") -> float:
        """Return by how much one must be turned to become the other, 0 to 180."""
        ours, theirs = self.quaternion(), other.quaternion()
        cosine = abs(sum(a * b for a, b in zip(ours, theirs, strict=True)))
        return math.degrees(2 * math.acos(min(1.0, cosine)))

    def quaternion(self) -> tuple[float, float, float, float]:
        """Return the rotation as a unit quaternion: real part, then x, y, z."""
        length = math.hypot(self.o_x, self.o_y, self.o_z)
        tilt = math.acos(min(1.0, max(-1.0, self.o_z / length)))
        pole = 1.0 - abs(self.o_z / length) <= _POLE
        yaw = 0.0 if pole else math.atan2(self.o_y, self.o_x)
        theta = math.radians(self.theta_deg)
        sine, cosine = math.sin(tilt / 2), math.cos(tilt / 2)
        both, differ = (yaw + theta) / 2, (theta - yaw) / 2
        return (
            cosine * math.cos(both),
            sine * math.sin(differ),
            sine * math.cos(differ),
            cosine * math.sin(both),
        )


def _tidy(value: float) -> float:
    return 0.0 if abs(value) < _POLE else value  # no "-0", no "6e-17"
