"""What host and board both know: words, numbers and the states of an axis.

`firmware/PROTOCOL.md` is the law; `tests/components/wire/test_tables.py` fails when
its tables and this file differ.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from arduino_actuators.wire.errors import IllegalTransitionError

__all__ = [
    "AXES",
    "DEFAULT_BAUD",
    "JUMP_CPS",
    "MAX_FRAME_BYTES",
    "MAX_LEASE_MS",
    "MAX_LINES",
    "MAX_LINE_BYTES",
    "MAX_MOTION",
    "MIN_LEASE_MS",
    "MOTION_VERBS",
    "OVERTAKEN_VERBS",
    "PROTOCOL_VERSION",
    "QUERY",
    "SESSION_VERBS",
    "STANDSTILL_MS",
    "STOP_ALL",
    "TRANSITIONS",
    "UNDER_WAY",
    "AxisEvent",
    "AxisState",
    "BoardEvent",
    "BootCause",
    "Cause",
    "ErrorCode",
    "FaultCode",
    "StopCategory",
    "Verb",
    "is_newer",
    "next_motion",
    "next_state",
    "stop_byte",
]

# The figures are those of PROTOCOL.md: the head, then sections 1 to 6.
PROTOCOL_VERSION: Final = 1
DEFAULT_BAUD: Final = 115_200
STOP_ALL: Final = b"!"
QUERY: Final = b"?"
AXES: Final = "abcdefgh"
MAX_FRAME_BYTES: Final = 64  # host to board, from ':' to LF, both counted
MAX_LINE_BYTES: Final = 256  # board to host, with CR LF
MAX_MOTION: Final = 65_535
MIN_LEASE_MS: Final = 50
MAX_LEASE_MS: Final = 2_000
STANDSTILL_MS: Final = 20
MAX_LINES: Final = 8  # of a coordinated motion, the one under way counted
JUMP_CPS: Final = 400  # what an axis may change its speed by at a waypoint

_MOTION_MODULUS: Final = MAX_MOTION + 1
_NEWEST_STEP: Final = 32_767  # half a turn: further ahead counts as behind


class Verb(StrEnum):
    """What a host can ask for."""

    HELLO = "hello"
    LIMITS = "limits"
    STATE = "state"
    STATS = "stats"
    MOVE = "move"
    GOTO = "goto"
    SPIN = "spin"
    POWER = "power"
    LINE = "line"
    VIA = "via"
    HOME = "home"
    KEEP = "keep"
    STOP = "stop"
    HALT = "halt"
    ZERO = "zero"
    CLEAR = "clear"
    RANGE = "range"


MOTION_VERBS: Final = frozenset(
    {Verb.MOVE, Verb.GOTO, Verb.SPIN, Verb.POWER, Verb.LINE, Verb.HOME}
)
OVERTAKEN_VERBS: Final = MOTION_VERBS | {Verb.VIA}  # by a stop byte behind them
SESSION_VERBS: Final = OVERTAKEN_VERBS | {Verb.KEEP, Verb.ZERO, Verb.CLEAR}


class BoardEvent(StrEnum):
    """What a board tells unasked."""

    BOOT = "boot"
    STARTED = "started"
    ARRIVED = "arrived"
    STOPPING = "stopping"
    STOPPED = "stopped"
    PASSED = "passed"
    FAULT = "fault"
    REJECT = "reject"


class Cause(StrEnum):
    """Why a motion ended."""

    NONE = "none"
    ARRIVED = "arrived"
    BYTE = "byte"
    STOP = "stop"
    HALT = "halt"
    LEASE = "lease"
    SUPERSEDED = "superseded"
    HELLO = "hello"
    FAULT = "fault"


class BootCause(StrEnum):
    """Why a board was reset."""

    POWER = "power"
    EXTERNAL = "external"
    BROWNOUT = "brownout"
    WATCHDOG = "watchdog"
    SOFTWARE = "software"


class StopCategory(IntEnum):
    """How to stop, after IEC 60204-1; the lower the stricter."""

    REMOVE_POWER = 0
    RAMP_THEN_REMOVE = 1
    RAMP_THEN_HOLD = 2


class ErrorCode(IntEnum):
    """Why a board refuses."""

    BAD_FRAME = 1
    BAD_CHECKSUM = 2
    UNKNOWN_VERB = 3
    BAD_ARGUMENT = 4
    UNKNOWN_AXIS = 5
    LIMIT = 6
    STALE_MOTION = 7
    NO_SESSION = 8
    OVERTAKEN = 9
    BUSY = 10
    FAULTED = 11
    TOO_LONG = 12
    NOT_RUNNING = 13
    VERSION = 14
    UNABLE = 15

    @property
    def word(self) -> str:
        """The name on the wire, such as ``stale-motion``."""
        return self.name.lower().replace("_", "-")


class FaultCode(IntEnum):
    """Why an axis is `faulted`."""

    STALL = 1
    TRACKING = 2
    LIMIT = 3
    HOME = 4

    @property
    def word(self) -> str:
        """The name on the wire, such as ``stall``."""
        return self.name.lower()


class AxisState(StrEnum):
    """The states of an axis."""

    IDLE = "idle"
    MOVING = "moving"
    STOPPING = "stopping"
    HOLDING = "holding"
    FAULTED = "faulted"


# The states in which an axis moves, or may.
UNDER_WAY: Final = frozenset({AxisState.MOVING, AxisState.STOPPING})


class AxisEvent(StrEnum):
    """What can happen to an axis."""

    MOTION = "motion"
    ARRIVED = "arrived"
    STOP = "stop"
    STANDSTILL = "standstill"
    STANDSTILL_HOLD = "standstill-hold"
    FAULT = "fault"
    CLEAR = "clear"


TRANSITIONS: Final[Mapping[tuple[AxisState, AxisEvent], AxisState]] = MappingProxyType(
    {
        (AxisState.IDLE, AxisEvent.MOTION): AxisState.MOVING,
        (AxisState.IDLE, AxisEvent.STOP): AxisState.IDLE,
        (AxisState.IDLE, AxisEvent.CLEAR): AxisState.IDLE,
        (AxisState.MOVING, AxisEvent.MOTION): AxisState.MOVING,
        (AxisState.MOVING, AxisEvent.ARRIVED): AxisState.IDLE,
        (AxisState.MOVING, AxisEvent.STOP): AxisState.STOPPING,
        (AxisState.MOVING, AxisEvent.FAULT): AxisState.FAULTED,
        (AxisState.STOPPING, AxisEvent.MOTION): AxisState.MOVING,
        (AxisState.STOPPING, AxisEvent.STOP): AxisState.STOPPING,
        (AxisState.STOPPING, AxisEvent.STANDSTILL): AxisState.IDLE,
        (AxisState.STOPPING, AxisEvent.STANDSTILL_HOLD): AxisState.HOLDING,
        (AxisState.STOPPING, AxisEvent.FAULT): AxisState.FAULTED,
        (AxisState.HOLDING, AxisEvent.MOTION): AxisState.MOVING,
        (AxisState.HOLDING, AxisEvent.STOP): AxisState.STOPPING,
        (AxisState.HOLDING, AxisEvent.FAULT): AxisState.FAULTED,
        (AxisState.FAULTED, AxisEvent.STOP): AxisState.FAULTED,
        (AxisState.FAULTED, AxisEvent.CLEAR): AxisState.IDLE,
    }
)


def next_state(state: AxisState, event: AxisEvent) -> AxisState:
    """Return the state after *event*.

    Raises:
        IllegalTransitionError: if the table has no row for the pair.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        legal = ", ".join(known for at, known in TRANSITIONS if at is state)
        raise IllegalTransitionError(
            f"{event} is illegal in state {state}; legal here: {legal}"
        ) from None


def stop_byte(axis: str) -> bytes:
    """Return the byte that stops *axis* at once, category 0.

    Raises:
        ValueError: if *axis* is not one of the letters ``a`` to ``h``.
    """
    if len(axis) != 1 or axis not in AXES:
        raise ValueError(f"no axis {axis!r}: an axis is one letter of {AXES!r}")
    return axis.upper().encode("ascii")


def next_motion(motion: int) -> int:
    """Return the number after *motion*; 1 comes after 65535."""
    return motion % MAX_MOTION + 1


def is_newer(new: int, last: int) -> bool:
    """Say whether a board whose axis last saw motion *last* accepts *new*."""
    return 1 <= (new - last) % _MOTION_MODULUS <= _NEWEST_STEP
