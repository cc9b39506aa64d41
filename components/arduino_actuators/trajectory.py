"""A trajectory told batch by batch: its points checked, and turned into lines."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from viam.components.arm import Arm

from arduino_actuators.arm_config import MAX_RAMP_S, ArmConfig, Counts
from arduino_actuators.arm_options import read_joints
from arduino_actuators.arm_path import ArmBoard, Line
from arduino_actuators.errors import MotionRequestError
from arduino_actuators.kinematics import JOINTS, Joints

__all__ = ["Trajectory", "Waypoint"]

# How far from the first point the arm may stand: it is gone to with the second.
START_TOLERANCE_DEG: Final = 1.0
# How long points may stay where they are. Trajectories begin and end with some that
# differ by less than a count; a pause is more than that.
MAX_PAUSE_S: Final = 1.0
# A speed may exceed the limit by what the rounding of times and angles makes of it.
_SPEED_SLACK: Final = 1.001


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A point that was found good: when, and where."""

    name: str
    time: timedelta
    joints: Joints


class Trajectory:
    """One stream of points, from its first to its last.

    The speed along each line is what brings the joints to its point in time; ramps at
    the start and at the end come on top of that.
    """

    def __init__(self, config: ArmConfig) -> None:
        """Expect the first point."""
        self._config = config
        self._last: Waypoint | None = None
        self._count = 0
        self._board: ArmBoard | None = None
        self._at: Counts = (0, 0, 0)
        self._since = timedelta()
        self._moved = timedelta()  # when the last point was somewhere else

    def check(self, points: Sequence[Arm.TrajectoryPoint]) -> list[Waypoint]:
        """Return the points of a batch, all of them good.

        Raises:
            MotionRequestError: one is not; says which, and why.
        """
        return [self._check(point) for point in points]

    def begin(
        self, board: ArmBoard, start: Counts, waypoints: Iterable[Waypoint]
    ) -> int:
        """Start from where the arm is, and return the acceleration in counts/s2.

        Raises:
            MotionRequestError: the first of *waypoints* is somewhere else.
        """
        present = self._config.degrees(start)
        for first in waypoints:
            for joint, here, there in zip(JOINTS, present, first.joints, strict=True):
                if abs(there - here) > START_TOLERANCE_DEG:
                    raise MotionRequestError(
                        f"{first.name}: {joint} is {there:g} degrees, but the arm "
                        f"stands at {here:g}; a trajectory begins where the arm is, "
                        f"within {START_TOLERANCE_DEG:g}"
                    )
            break
        self._board = board
        self._at = start
        return self._accel_cps2

    def lines(self, waypoints: Iterable[Waypoint]) -> Iterator[Line]:
        """Give the lines to *waypoints*, after `begin`, but for those of no length.

        Raises:
            MotionRequestError: the board cannot go there.
        """
        board = self._board
        if board is None:
            raise RuntimeError("the trajectory has not begun")
        most_cps = math.floor(self._accel_cps2 * MAX_RAMP_S)
        waypoints = tuple(waypoints)
        for waypoint in waypoints:  # all, before the first is sent
            board.require_within(self._config, waypoint.joints)
        for waypoint in waypoints:
            targets = self._config.counts(waypoint.joints)
            if targets == self._at or not waypoint.time:
                continue
            longest = max(abs(b - a) for a, b in zip(self._at, targets, strict=True))
            took_us = (waypoint.time - self._since) // timedelta(microseconds=1)
            speed_cps = -(-longest * 1_000_000 // took_us)  # rounded up
            self._at, self._since = targets, waypoint.time
            yield Line(targets, min(speed_cps, most_cps))

    @property
    def at(self) -> Counts:
        """Where the arm is once the lines given so far are done."""
        return self._at

    @property
    def _accel_cps2(self) -> int:
        # Of whichever joint moves most along a line; the others then do less.
        return max(1, min(self._config.counts(self._config.max_accel_deg_s2)))

    def _check(self, point: Arm.TrajectoryPoint) -> Waypoint:
        name, last = f"point {self._count}", self._last
        time_s = point.time.total_seconds()
        if last is None and time_s != 0:
            raise MotionRequestError(
                f"{name} has time {time_s:g} s; the first point of a trajectory has 0"
            )
        if last is not None and point.time <= last.time:
            raise MotionRequestError(
                f"{name} has time {time_s:g} s, not after {last.name} at "
                f"{last.time.total_seconds():g} s; times must increase"
            )
        joints = read_joints(self._config, name, point.positions)
        waypoint = Waypoint(name, point.time, joints)
        if last is not None:
            self._require_pace(last, waypoint)
        if point.constraints is not None:
            self._check_constraints(name, point.constraints, first=last is None)
        self._last = waypoint
        self._count += 1
        return waypoint

    def _require_pace(self, last: Waypoint, new: Waypoint) -> None:
        took_s = (new.time - last.time).total_seconds()
        for joint, here, there, most in zip(
            JOINTS, last.joints, new.joints, self._config.max_speed_deg_s, strict=True
        ):
            speed_deg_s = abs(there - here) / took_s
            if speed_deg_s > most * _SPEED_SLACK:
                raise MotionRequestError(
                    f"{new.name}: {joint} would have to move at {speed_deg_s:.4g} "
                    f"degrees/s from {last.name}; allowed: at most {most:g} "
                    "(attribute 'max_speed_deg_s')"
                )
        if new.joints != last.joints:
            self._moved = new.time
        pause_s = (new.time - self._moved).total_seconds()
        if pause_s > MAX_PAUSE_S:
            raise MotionRequestError(
                f"{new.name} makes a pause of {pause_s:g} s; allowed: at most "
                f"{MAX_PAUSE_S:g}: end the trajectory, and begin another"
            )

    def _check_constraints(
        self, name: str, constraints: Arm.KinematicConstraints, *, first: bool
    ) -> None:
        """Refuse what the arm cannot do; speeds follow from the times all the same."""
        own = self._config
        self._check_each(
            name, "velocities", constraints.velocities, own.max_speed_deg_s
        )
        if first and any(constraints.velocities):
            raise MotionRequestError(
                f"{name} has velocities other than 0; a trajectory starts from rest"
            )
        if constraints.accelerations is not None:
            self._check_each(
                name, "accelerations", constraints.accelerations, own.max_accel_deg_s2
            )

    @staticmethod
    def _check_each(
        name: str, what: str, values: Sequence[float], most: Joints
    ) -> None:
        if len(values) != len(JOINTS):
            raise MotionRequestError(
                f"{name} has {len(values)} {what}; this arm has {len(JOINTS)} joints"
            )
        for joint, value, limit in zip(JOINTS, values, most, strict=True):
            if not abs(value) <= limit * _SPEED_SLACK:  # NaN is not
                raise MotionRequestError(
                    f"{name}: of its {what} that of the {joint} is {value:g}; allowed: "
                    f"at most {limit:g} either way"
                )
