"""What a caller of an arm may ask for, checked before anything is sent."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from viam.proto.common import Pose
from viam.proto.component.arm import MoveOptions

from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.arm_path import Ceilings
from arduino_actuators.errors import MotionRequestError
from arduino_actuators.kinematics import JOINTS, Joints, Solution
from arduino_actuators.orientation import Orientation

__all__ = ["Way", "read_ceilings", "read_joints", "read_pose"]

# From where the arm is, through which joint positions it goes to where it is to be.
Way: TypeAlias = Callable[[Joints], Sequence[Joints]]

# Near the vertical an orientation vector is coarser than its numbers: RDK counts what
# is less than 0.8 degrees from it as on it, and so may be twice that far off.
ORIENTATION_TOLERANCE_DEG: Final = 2.0


def read_joints(config: ArmConfig, what: str, values: Sequence[float]) -> Joints:
    """Return *values* as the angles of the joints, in degrees.

    Raises:
        MotionRequestError: they are none, or beyond the limits of a joint; *what* is
            how the message names them.
    """
    if len(values) != len(JOINTS):
        raise MotionRequestError(
            f"{what} has {len(values)} joints; this arm has {len(JOINTS)}: "
            f"{', '.join(JOINTS)}"
        )
    for joint, value in zip(JOINTS, values, strict=True):
        if not math.isfinite(value):
            raise MotionRequestError(
                f"{what}: {joint} is {value!r}; give a finite number of degrees"
            )
    index, by_deg = config.geometry.excess(values)
    if by_deg:
        least, most = config.min_deg[index], config.max_deg[index]
        raise MotionRequestError(
            f"{what}: {JOINTS[index]} is {values[index]:g} degrees; allowed: "
            f"{least:g} to {most:g}"
        )
    base, shoulder, elbow = values
    return base, shoulder, elbow


def read_ceilings(config: ArmConfig, options: MoveOptions | None) -> Ceilings:
    """Return what the configuration and *options* leave; one unset asks for nothing.

    Raises:
        MotionRequestError: a ceiling is not above 0, above the arm's own, or for
            another number of joints.
    """
    if options is None:
        return Ceilings(config.max_speed_deg_s, config.max_accel_deg_s2)
    return Ceilings(
        _each(options, "max_vel_degs_per_sec", config.max_speed_deg_s, "speed_deg_s"),
        _each(
            options, "max_acc_degs_per_sec2", config.max_accel_deg_s2, "accel_deg_s2"
        ),
        _tcp_mm_s(options),
    )


def _each(options: MoveOptions, name: str, own: Joints, attribute: str) -> Joints:
    joints = list(getattr(options, f"{name}_joints"))
    values = [getattr(options, name)] * len(JOINTS) if options.HasField(name) else own  # type: ignore[arg-type]
    if joints:
        name = f"{name}_joints"  # the API says: then the other one is ignored
        values = joints
    if len(values) != len(JOINTS):
        raise MotionRequestError(
            f"options.{name} has {len(values)} joints; this arm has {len(JOINTS)}: "
            f"{', '.join(JOINTS)}"
        )
    for joint, value, most in zip(JOINTS, values, own, strict=True):
        if not 0 < value <= most:
            raise MotionRequestError(
                f"options.{name} is {value:g} for the {joint}; allowed: above 0, at "
                f"most {most:g} (attribute 'max_{attribute}')"
            )
    base, shoulder, elbow = values
    return base, shoulder, elbow


def _tcp_mm_s(options: MoveOptions) -> float:
    if not options.HasField("max_tcp_speed"):
        return math.inf
    if not 0 < options.max_tcp_speed < math.inf:
        raise MotionRequestError(
            f"options.max_tcp_speed is {options.max_tcp_speed:g}; allowed: a number "
            "of m/s above 0"
        )
    return options.max_tcp_speed * 1000


def read_pose(config: ArmConfig, pose: Pose) -> list[Way]:
    """Return the ways to bring the end of the arm to *pose*.

    Raises:
        MotionRequestError: it cannot be reached, or not with this orientation.
    """
    for name in ("x", "y", "z", "o_x", "o_y", "o_z", "theta"):
        value = getattr(pose, name)
        if not math.isfinite(value):
            raise MotionRequestError(f"pose.{name} is {value!r}; give a finite number")
    found = config.geometry.inverse(pose.x, pose.y, pose.z)
    asked = Orientation(pose.o_x, pose.o_y, pose.o_z, pose.theta)
    if not asked.is_default:
        found = _as_turned(config, asked, found)
    return [functools.partial(_through, solution) for solution in found]


def _as_turned(
    config: ArmConfig, asked: Orientation, found: list[Solution]
) -> list[Solution]:
    """Return the solutions in which the end is turned as *asked*."""
    if not asked.has_direction:
        raise MotionRequestError(
            f"pose has theta {asked.theta_deg:g} about no axis: o_x, o_y, o_z are 0"
        )
    geometry = config.geometry
    fitting, turned = [], []
    for each in found:
        solution = each.turned(asked)
        joints = solution.nearest(geometry.middle)
        orientation = geometry.forward(joints).orientation
        within = not geometry.excess(joints)[1]
        if within and orientation.angle_deg(asked) <= ORIENTATION_TOLERANCE_DEG:
            fitting.append(solution)
        turned.append(str(orientation))
    if not fitting:
        raise MotionRequestError(
            f"pose asks for the orientation {asked}, but at this position the end is "
            f"turned {' or '.join(dict.fromkeys(turned))}: give that one, within "
            f"{ORIENTATION_TOLERANCE_DEG:g} degrees, or none (all zeros)"
        )
    return fitting


def _through(solution: Solution, present: Joints) -> list[Joints]:
    return [solution.nearest(present)]
