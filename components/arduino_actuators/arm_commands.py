"""What `do_command` of an arm knows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from viam.utils import ValueTypes

from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.arm_drive import ArmDrive
from arduino_actuators.arm_options import read_joints
from arduino_actuators.errors import MotionRequestError
from arduino_actuators.kinematics import JOINTS

__all__ = ["HomeOrder", "answer", "read_home", "status"]

# Slow enough to be stopped by hand, and by a switch within its travel.
HOME_SPEED_DEG_S: Final = 15.0

_KNOWN: Final = ("status", "limits", "stats", "clear_fault", "zero", "home")


@dataclass(frozen=True, slots=True)
class HomeOrder:
    """Which joints are to find their limit switch, by index, and how fast."""

    joints: Sequence[int]
    speed_deg_s: float


async def status(drive: ArmDrive, config: ArmConfig) -> Mapping[str, ValueTypes]:
    """Return what the board says of each joint, in degrees."""
    reports = await drive.reports()
    positions = config.degrees([each.position_counts for each in reports])
    speeds = config.degrees([each.speed_cps for each in reports])
    return {
        joint: {
            "state": report.state.value,
            "motion": report.motion,
            "position_deg": position,
            "speed_deg_s": speed,
            "last_end": report.cause.value,
        }
        for joint, report, position, speed in zip(
            JOINTS, reports, positions, speeds, strict=True
        )
    }


async def answer(
    drive: ArmDrive, config: ArmConfig, command: Mapping[str, ValueTypes]
) -> Mapping[str, ValueTypes]:
    """Answer a command that moves nothing.

    Raises:
        MotionRequestError: no such command, or its arguments are wrong.
    """
    match command.get("command"):
        case "status":
            return await status(drive, config)
        case "limits":
            return await _limits(drive)
        case "stats":
            return asdict(await (await drive.actuator.connect()).stats())
        case "clear_fault":
            await drive.actuator.clear_fault()
        case "zero":
            positions = _numbers(command.get("positions", [0.0] * len(JOINTS)))
            joints = read_joints(config, "positions", positions)
            await drive.actuator.zero(*config.counts(joints))
        case other:
            raise MotionRequestError(
                f"no command {other!r}; known are: {', '.join(_KNOWN)}"
            )
    return {}


def read_home(config: ArmConfig, command: Mapping[str, ValueTypes]) -> HomeOrder:
    """Return what ``home`` is to do.

    Raises:
        MotionRequestError: an argument is wrong.
    """
    names = command.get("joints", list(JOINTS))
    if not isinstance(names, list | tuple) or not set(names) <= set(JOINTS):
        raise MotionRequestError(f"joints is {names!r}; allowed: some of {JOINTS}")
    speed = command.get("speed_deg_s", min(HOME_SPEED_DEG_S, *config.max_speed_deg_s))
    [speed_deg_s] = _numbers([speed])
    most = min(config.max_speed_deg_s)
    if not 0 < speed_deg_s <= most:
        raise MotionRequestError(
            f"speed_deg_s is {speed_deg_s:g}; allowed: above 0, at most {most:g} "
            "(attribute 'max_speed_deg_s')"
        )
    return HomeOrder([JOINTS.index(name) for name in names], speed_deg_s)


async def _limits(drive: ArmDrive) -> Mapping[str, ValueTypes]:
    board = await drive.board()
    return {
        joint: asdict(limits) | asdict(within)
        for joint, limits, within in zip(
            JOINTS, board.limits, board.ranges, strict=True
        )
    }


def _numbers(values: ValueTypes) -> list[float]:
    numbers = []
    for value in values if isinstance(values, list | tuple) else [None]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MotionRequestError(f"{values!r} is no list of numbers")
        numbers.append(float(value))
    return numbers
