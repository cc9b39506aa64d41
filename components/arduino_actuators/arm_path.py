"""From waypoints to lines: how fast the board may go along each of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from arduino_actuators.arm_config import AXES, MAX_RAMP_S, ArmConfig, Counts
from arduino_actuators.errors import ConfigError, MotionRequestError
from arduino_actuators.kinematics import JOINTS, Joints
from arduino_actuators.link import BoardLink
from arduino_actuators.wire import Limits, PositionRange

__all__ = ["ArmBoard", "Ceilings", "Line", "Path", "plan_path"]

# Fewer counts a second than this are no speed on the wire.
_MIN_SPEED_CPS: Final = 1
# A limit may be exceeded by what the rounding of floats makes of it.
_ROUNDING: Final = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a motion may not exceed: of each joint, and of the end of the arm.

    A waypoint that is not on a straight line is passed with the change of speed that
    the board may make at once (400 counts/s); so is a start and a stop.
    """

    speed_deg_s: Joints
    accel_deg_s2: Joints
    tcp_mm_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line in joint space, at the speed of the joint that moves most."""

    targets: Counts
    speed_cps: int


@dataclass(frozen=True, slots=True)
class Path:
    """Lines one behind the other, and the acceleration of all of them."""

    lines: Sequence[Line]
    accel_cps2: int


@dataclass(frozen=True, slots=True)
class ArmBoard:
    """What the board allows, axis by axis."""

    limits: tuple[Limits, ...]
    ranges: tuple[PositionRange, ...]

    @classmethod
    async def ask(cls, link: BoardLink, config: ArmConfig) -> "ArmBoard":
        """Ask the board for what it has not told yet.

        Raises:
            ConfigError: the board does not allow what the configuration says.
        """
        limits = tuple(link.limits[axis] for axis in AXES)
        most_deg_s = config.degrees([each.max_speed_cps for each in limits])
        most_deg_s2 = config.degrees([each.accel_cps2 for each in limits])
        _require("max_speed_deg_s", config.max_speed_deg_s, most_deg_s)
        _require("max_accel_deg_s2", config.max_accel_deg_s2, most_deg_s2)
        ranges = [await link.position_range(axis) for axis in AXES]
        return cls(limits, tuple(ranges))

    def require_within(self, config: ArmConfig, joints: Sequence[float]) -> None:
        """Return if the board can bring the joints to *joints*, in degrees.

        Raises:
            MotionRequestError: it cannot; says which joint, and what is allowed.
        """
        for joint, counts in enumerate(config.counts(joints)):
            allowed = self.ranges[joint]
            if not allowed.least_counts <= counts <= allowed.most_counts:
                per_deg = config.counts_per_rev[joint] / 360
                raise MotionRequestError(
                    f"{JOINTS[joint]} is {joints[joint]:g} degrees; allowed: "
                    f"{allowed.least_counts / per_deg:g} to "
                    f"{allowed.most_counts / per_deg:g} (the board)"
                )


def plan_path(
    config: ArmConfig,
    start: Counts,
    waypoints: Sequence[Counts],
    ceilings: Ceilings,
) -> Path:
    """Return the lines from *start* through *waypoints*, as fast as is allowed.

    Waypoints where the arm is already are left out; none may be left.

    Raises:
        MotionRequestError: a ceiling is lower than the board can go.
    """
    ways: list[tuple[Counts, Counts]] = []
    at = start
    for target in waypoints:
        if target != at:
            ways.append((at, target))
        at = target
    if not ways:
        return Path((), 0)
    most_cps2 = _in_counts(config, ceilings.accel_deg_s2)
    accel_cps2 = _whole(min(_of_longest(*way, most_cps2) for way in ways))
    most_cps = _in_counts(config, ceilings.speed_deg_s)
    lines = []
    for begin, end in ways:
        speed_cps = min(_of_longest(begin, end, most_cps), accel_cps2 * MAX_RAMP_S)
        tcp_mm = _tcp_mm_a_count(config, begin, end)
        if tcp_mm > 0:
            speed_cps = min(speed_cps, ceilings.tcp_mm_s / tcp_mm)
        lines.append(Line(end, _whole(speed_cps)))
    return Path(lines, accel_cps2)


def _require(attribute: str, values: Joints, most: Joints) -> None:
    for joint, value, limit in zip(JOINTS, values, most, strict=True):
        if value > limit * _ROUNDING:
            raise ConfigError(
                f"attribute {attribute!r} of the {joint} is {value:g}; the board "
                f"allows at most {limit:g}"
            )


def _whole(value: float) -> int:
    if value < _MIN_SPEED_CPS:
        raise MotionRequestError(
            f"the speed or acceleration asked for is {value:.2g} counts/s; allowed: at "
            f"least {_MIN_SPEED_CPS} (the board)"
        )
    return math.floor(value)


def _in_counts(config: ArmConfig, degrees: Joints) -> tuple[float, ...]:
    return tuple(
        angle * per_rev / 360
        for angle, per_rev in zip(degrees, config.counts_per_rev, strict=True)
    )


def _of_longest(begin: Counts, end: Counts, ceilings: Sequence[float]) -> float:
    """Return what the joint that moves most may do, so that none exceeds its own."""
    ways = [abs(b - a) for a, b in zip(begin, end, strict=True)]
    longest = max(ways)
    return min(
        ceiling * longest / way
        for ceiling, way in zip(ceilings, ways, strict=True)
        if way
    )


def _tcp_mm_a_count(config: ArmConfig, begin: Counts, end: Counts) -> float:
    """Return how far the end of the arm goes at most per count of the longest joint.

    Never too little, at any point of the line: it is what the end does in the arm's
    upright plane, exactly, and across it as if its two links were furthest out at once.
    """
    longest = max(abs(b - a) for a, b in zip(begin, end, strict=True))
    here = [math.radians(angle) for angle in config.degrees(begin)]
    there = [math.radians(angle) for angle in config.degrees(end)]
    yaw, shoulder, elbow = ((b - a) / longest for a, b in zip(here, there, strict=True))
    upper_mm, fore_mm = config.upper_arm_mm, config.forearm_mm
    tilt = [at[1] + at[2] + math.pi / 2 for at in (here, there)]
    out_mm = upper_mm * _most_sine(here[1], there[1]) + fore_mm * _most_sine(*tilt)
    upper, fore = upper_mm * shoulder, fore_mm * (shoulder + elbow)
    fold = [at[2] + math.pi / 2 for at in (here, there)]
    sign = math.copysign(1.0, upper * fore)
    aligned = max(sign * edge for edge in _cosines(*fold))
    squared = upper**2 + fore**2 + 2 * abs(upper * fore) * aligned
    return math.hypot(out_mm * yaw, math.sqrt(max(squared, 0.0)))


def _cosines(begin: float, end: float) -> tuple[float, float]:
    """Return the least and the most that a cosine is between two angles."""
    low, high = min(begin, end), max(begin, end)
    values = [math.cos(low), math.cos(high)]
    turn = math.ceil(low / math.pi)
    while turn * math.pi <= high:  # the peaks in between
        values.append(1.0 if turn % 2 == 0 else -1.0)
        turn += 1
    return min(values), max(values)


def _most_sine(begin: float, end: float) -> float:
    """Return the most that the size of a sine is between two angles."""
    return max(map(abs, _cosines(begin - math.pi / 2, end - math.pi / 2)))
