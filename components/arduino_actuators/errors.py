"""Everything an actuator can raise, by who must act on it.

* `ConfigError`, `MotionRequestError`: the caller; nothing was sent.
* `TrajectoryError`: the caller, of a motion that is told while it is under way.
* `MotionCutShortError`: nobody; the motion was told to stop before it was done.
* `DeviceError`: whoever looks after the motor and its board.
* `RigError`: whoever looks after the port, the cable and the firmware on the board.
"""

from arduino_actuators.operations import OperationCancelledError
from arduino_actuators.wire import ErrorCode

__all__ = [
    "ActuatorError",
    "AxisFaultError",
    "BoardMismatchError",
    "BoardResetError",
    "CommandRefusedError",
    "ConfigError",
    "DeviceError",
    "LeaseExpiredError",
    "LinkLostError",
    "LinkOpenError",
    "MotionCutShortError",
    "MotionDroppedError",
    "MotionOverError",
    "MotionRequestError",
    "MotionStoppedError",
    "MotionSupersededError",
    "MotionTimeoutError",
    "NoAnswerError",
    "RigError",
    "StopNotConfirmedError",
    "TrajectoryError",
]


class ActuatorError(Exception):
    """Base class: an actuator did not do what was asked."""


class ConfigError(ActuatorError, ValueError):
    """The attributes of a component are wrong; one line for each of them."""


class MotionRequestError(ActuatorError, ValueError):
    """A motion that cannot be done was asked for; nothing moved."""


class TrajectoryError(ActuatorError, ValueError):
    """A trajectory broke off while it was under way; what moved was stopped.

    Its points came too late, or one of them was wrong.
    """


class MotionCutShortError(ActuatorError, OperationCancelledError):
    """A motion was stopped, or never begun, before it reached its target."""


class MotionTimeoutError(MotionCutShortError):
    """The time given for a motion was over before it reached its target."""


class MotionSupersededError(MotionCutShortError):
    """A newer motion took the actuator."""


class MotionStoppedError(MotionCutShortError):
    """Somebody stopped the motion: `stop()`, or a stop command to the board."""


class MotionDroppedError(MotionCutShortError):
    """A stop overtook the frame of a motion, which was then not sent (again)."""


class MotionOverError(ActuatorError):
    """A motion ended before its target while something else was waited for."""


class DeviceError(ActuatorError):
    """The motor or its board did not do as it should."""


class StopNotConfirmedError(DeviceError):
    """An axis, or several, were told to stop and did not confirm it.

    A motor may still be turning. Cut its power before touching the rig.
    """

    def __init__(self, axes: str, within_s: float, because: str = "") -> None:
        """Keep the facts the operator needs next; *axes* are letters run together."""
        whose = ("axis", "its", "it") if len(axes) == 1 else ("axes", "their", "they")
        super().__init__(
            f"{whose[0]} {axes!r} did not acknowledge {whose[1]} stop within "
            f"{within_s:g} s"
            + (f" ({because})" if because else "")
            + f"; {whose[2]} may still be moving: cut motor power"
        )
        self.axes = axes
        self.within_s = within_s


class AxisFaultError(DeviceError):
    """The board found a motion at fault and removed the drive."""


class BoardResetError(DeviceError):
    """The board was reset, which ended every motion and lost the positions."""


class LeaseExpiredError(DeviceError):
    """The board stopped a motion by itself: its lease was not renewed in time."""


class CommandRefusedError(DeviceError):
    """The board answered a command with an error of its protocol."""

    def __init__(self, what: str, code: ErrorCode, hint: str = "") -> None:
        """Keep the code, which tells what to do next."""
        super().__init__(
            f"the board refused {what}: {code.value} {code.word}"
            + (f"; {hint}" if hint else "")
        )
        self.code = code


class RigError(ActuatorError):
    """The link to the board, or what is at its far end, is not as configured."""


class LinkOpenError(RigError):
    """The port cannot be opened, or no board answers on it."""


class LinkLostError(RigError):
    """The port went away while it was in use."""


class NoAnswerError(RigError):
    """The board did not answer a command, though it was sent more than once."""


class BoardMismatchError(RigError):
    """A board answered, but not one that this component can use."""
