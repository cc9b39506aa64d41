"""Where the end of a three-joint arm is, and which joints bring it there.

The frame is the base's: x forward, y left, z up, in mm; angles in degrees.

* q1, base: yaw; 0 is along x, positive counter-clockwise seen from above.
* q2, shoulder: 0 is the upper arm upright, positive leans it forward.
* q3, elbow: 0 is the forearm at right angles to the upper arm, pointing forward;
  positive folds it down, -90 is the arm stretched.

The end's own z axis is along the forearm, outward; with ``q2 + q3 = -90`` (the forearm
upright) it is turned as the base is. Three joints give a position, and with it one
orientation for each of the (at most four) ways to be there.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from arduino_actuators.errors import MotionRequestError
from arduino_actuators.orientation import Orientation

__all__ = ["JOINTS", "ArmGeometry", "Joints", "Place", "Solution"]

# Angles of base, shoulder and elbow, in degrees.
Joints: TypeAlias = tuple[float, float, float]

JOINTS: Final = ("base", "shoulder", "elbow")

# How far a target may be outside of what can be reached and still count as on its
# border: far below a count, far above the rounding of a float of some 100 mm.
_SLACK_MM: Final = 1e-6
_SLACK_DEG: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """Where the end of the arm is, and how it is turned."""

    x_mm: float
    y_mm: float
    z_mm: float
    orientation: Orientation


@dataclass(frozen=True, slots=True)
class ArmGeometry:
    """The lengths of an arm and the limits of its joints."""

    base_height_mm: float
    upper_arm_mm: float
    forearm_mm: float
    min_deg: Joints
    max_deg: Joints

    def forward(self, joints: Sequence[float]) -> Place:
        """Return where the end is when the joints are at *joints*, in degrees."""
        yaw, shoulder, elbow = map(math.radians, joints)
        tilt = shoulder + elbow + math.pi / 2  # of the forearm, from upright
        reach_mm = self.upper_arm_mm * math.sin(shoulder)
        reach_mm += self.forearm_mm * math.sin(tilt)
        height_mm = self.upper_arm_mm * math.cos(shoulder)
        height_mm += self.forearm_mm * math.cos(tilt)
        return Place(
            reach_mm * math.cos(yaw),
            reach_mm * math.sin(yaw),
            self.base_height_mm + height_mm,
            Orientation.of_turns(joints[0], joints[1] + joints[2] + 90.0),
        )

    def inverse(self, x_mm: float, y_mm: float, z_mm: float) -> list["Solution"]:
        """Return the ways to bring the end to a position, all within the limits.

        Raises:
            MotionRequestError: there is none; says which limit is in the way, and by
                how much.
        """
        found = list(self._ways(x_mm, y_mm, z_mm))
        within = [way for way in found if self.excess(way.nearest(self.middle))[1] == 0]
        if within:
            return within
        nearest = [way.nearest(self.middle) for way in found]
        joint, by_deg = min(map(self.excess, nearest), key=lambda each: abs(each[1]))
        limit = (self.max_deg if by_deg > 0 else self.min_deg)[joint]
        raise MotionRequestError(
            f"position {_told(x_mm, y_mm, z_mm)} needs the {JOINTS[joint]} at "
            f"{limit + by_deg:.4g} degrees, {abs(by_deg):.4g} beyond its limit of "
            f"{limit:g}"
        )

    def excess(self, joints: Sequence[float]) -> tuple[int, float]:
        """Return the joint that is furthest beyond a limit, and by how many degrees.

        The excess is 0 within the limits, and negative below the least.
        """
        by_deg = [
            max(angle - most, 0.0) or min(angle - least, 0.0)
            for angle, least, most in zip(
                joints, self.min_deg, self.max_deg, strict=True
            )
        ]
        worst = max(range(len(by_deg)), key=lambda joint: abs(by_deg[joint]))
        return worst, by_deg[worst] if abs(by_deg[worst]) > _SLACK_DEG else 0.0

    @property
    def middle(self) -> Joints:
        """The joints half way between their limits."""
        least, most = self.min_deg, self.max_deg
        a, b, c = ((low + high) / 2 for low, high in zip(least, most, strict=True))
        return a, b, c

    def _ways(self, x_mm: float, y_mm: float, z_mm: float) -> Iterable["Solution"]:
        upper_mm, fore_mm = self.upper_arm_mm, self.forearm_mm
        out_mm, up_mm = math.hypot(x_mm, y_mm), z_mm - self.base_height_mm
        far_mm = math.hypot(out_mm, up_mm)
        self._require_in_reach(far_mm, _told(x_mm, y_mm, z_mm))
        # Between the two links: 0 stretched. Rounding may leave the cosine's range.
        cosine = (far_mm**2 - upper_mm**2 - fore_mm**2) / (2 * upper_mm * fore_mm)
        fold = math.acos(min(1.0, max(-1.0, cosine)))
        yaw = math.atan2(y_mm, x_mm)
        over = out_mm < _SLACK_MM  # above the base's axis any yaw will do
        at_shoulder = far_mm < _SLACK_MM  # any shoulder will do
        # Facing it, or turned away from it and leaning over backward.
        for facing, side in itertools.product((1.0, -1.0), (1.0, -1.0)):
            bend = side * fold
            toward = math.atan2(facing * out_mm, up_mm)
            lead = math.atan2(
                fore_mm * math.sin(bend), upper_mm + fore_mm * math.cos(bend)
            )
            turned = yaw if facing > 0 else yaw + math.pi
            yield Solution(
                self,
                None if over else math.degrees(turned),
                None if at_shoulder else math.degrees(toward - lead),
                math.degrees(bend) - 90.0,
            )

    def _require_in_reach(self, far_mm: float, told: str) -> None:
        most_mm = self.upper_arm_mm + self.forearm_mm
        least_mm = abs(self.upper_arm_mm - self.forearm_mm)
        shoulder = f"the shoulder at (0, 0, {self.base_height_mm:g}) mm"
        if far_mm > most_mm + _SLACK_MM:
            raise MotionRequestError(
                f"position {told} is {far_mm:.4g} mm from {shoulder}, "
                f"{far_mm - most_mm:.4g} beyond the arm's reach of {most_mm:g}"
            )
        if far_mm < least_mm - _SLACK_MM:
            raise MotionRequestError(
                f"position {told} is {far_mm:.4g} mm from {shoulder}, "
                f"{least_mm - far_mm:.4g} nearer than the arm can fold: {least_mm:g}"
            )


@dataclass(frozen=True, slots=True)
class Solution:
    """One way to be at a position; a joint that may be at any angle is None."""

    geometry: ArmGeometry
    base_deg: float | None
    shoulder_deg: float | None
    elbow_deg: float

    def turned(self, asked: Orientation) -> "Solution":
        """Return it with the joints that may be at any angle such that it fits best.

        Args:
            asked: the orientation that the end is to have.
        """
        base_deg, shoulder_deg = self.base_deg, self.shoulder_deg
        if base_deg is None:
            base_deg = asked.yaw_deg
        if shoulder_deg is None:
            shoulder_deg = asked.tilt_deg(base_deg) - self.elbow_deg - 90.0
        return Solution(self.geometry, base_deg, shoulder_deg, self.elbow_deg)

    def nearest(self, present: Sequence[float]) -> Joints:
        """Return the joints of this way, whole turns chosen nearest to *present*.

        A joint that may be at any angle stays where it is, as far as its limits allow.
        """
        found = []
        for joint, angle in enumerate(
            (self.base_deg, self.shoulder_deg, self.elbow_deg)
        ):
            least, most = self.geometry.min_deg[joint], self.geometry.max_deg[joint]
            at = present[joint]
            if angle is None:
                found.append(min(max(at, least), most))
                continue
            turns = range(-2, 3)  # limits are at most one turn either way
            angles = [angle + 360.0 * turn for turn in turns]
            found.append(
                min(angles, key=lambda a: (_outside(a, least, most), abs(a - at)))
            )
        base, shoulder, elbow = found
        return base, shoulder, elbow


def _outside(angle: float, least: float, most: float) -> float:
    by_deg = max(angle - most, least - angle, 0.0)
    return by_deg if by_deg > _SLACK_DEG else 0.0


def _told(x_mm: float, y_mm: float, z_mm: float) -> str:
    return f"({x_mm:g}, {y_mm:g}, {z_mm:g}) mm"
