"""What the fields of replies and events mean, typed.

Each class reads its fields with a `from_...` and gives them back as `fields`, so a
board in Python writes with the same table that a host reads with.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from arduino_actuators.wire.errors import WireError
from arduino_actuators.wire.messages import Event, Reply
from arduino_actuators.wire.signatures import INT32, parse_integer
from arduino_actuators.wire.table import (
    MAX_MOTION,
    AxisState,
    BoardEvent,
    BootCause,
    Cause,
    ErrorCode,
    FaultCode,
    StopCategory,
)

__all__ = [
    "AxisNotice",
    "AxisReport",
    "BootNotice",
    "Identity",
    "Limits",
    "LineProgress",
    "PositionRange",
    "RejectNotice",
    "Stats",
]

_MOTIONS = range(MAX_MOTION + 1)
_COUNTERS = range(INT32.stop)


@contextmanager
def _reading(what: str, fields: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise WireError(f"{what} {' '.join(fields)!r}: {error}") from error


def _axis(text: str) -> str:
    if len(text) != 1 or not text.islower():
        raise ValueError(f"{text!r} is not an axis")
    return text


@dataclass(frozen=True, slots=True)
class Identity:
    """The answer to `hello`."""

    version: int
    board: str
    build: str
    axes: str

    @classmethod
    def from_reply(cls, reply: Reply) -> "Identity":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `hello`.
        """
        with _reading("answer to hello", reply.fields):
            version, board, build, axes = reply.fields
            return cls(
                parse_integer(version),
                board,
                build,
                "".join(map(_axis, axes)),
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class AxisReport:
    """The answer to `state`: measured speed, and the duty cycle applied now.

    Attributes:
        motion: the number last accepted.
        newest: the newest number used up, accepted or not; the next must be newer.
    """

    state: AxisState
    motion: int
    position_counts: int
    speed_cps: int
    duty_permille: int
    cause: Cause
    newest: int

    @classmethod
    def from_reply(cls, reply: Reply) -> "AxisReport":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `state`.
        """
        with _reading("answer to state", reply.fields):
            state, motion, position, speed, duty, cause, newest = reply.fields
            return cls(
                AxisState(state),
                parse_integer(motion, _MOTIONS),
                parse_integer(position),
                parse_integer(speed),
                parse_integer(duty),
                Cause(cause),
                parse_integer(newest, _MOTIONS),
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class Limits:
    """The answer to `limits`."""

    max_speed_cps: int
    accel_cps2: int
    max_move_counts: int
    min_lease_ms: int
    max_lease_ms: int

    @classmethod
    def from_reply(cls, reply: Reply) -> "Limits":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `limits`.
        """
        with _reading("answer to limits", reply.fields):
            speed, accel, way, shortest, longest = reply.fields
            return cls(
                parse_integer(speed, _COUNTERS),
                parse_integer(accel, _COUNTERS),
                parse_integer(way, _COUNTERS),
                parse_integer(shortest, _COUNTERS),
                parse_integer(longest, _COUNTERS),
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class Stats:
    """The answer to `stats`: what the board counted since its reset."""

    frames: int
    rejected: int
    lost_bytes: int
    overruns: int
    lease_stops: int

    @classmethod
    def from_reply(cls, reply: Reply) -> "Stats":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `stats`.
        """
        with _reading("answer to stats", reply.fields):
            frames, rejected, lost, overruns, lease_stops = reply.fields
            return cls(
                parse_integer(frames, _COUNTERS),
                parse_integer(rejected, _COUNTERS),
                parse_integer(lost, _COUNTERS),
                parse_integer(overruns, _COUNTERS),
                parse_integer(lease_stops, _COUNTERS),
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class PositionRange:
    """The answer to `range`: the positions that an axis may have.

    Attributes:
        homed: 1 if the axis has found its limit switch since the reset, else 0.
    """

    least_counts: int
    most_counts: int
    homed: int

    @classmethod
    def from_reply(cls, reply: Reply) -> "PositionRange":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `range`.
        """
        with _reading("answer to range", reply.fields):
            least, most, homed = reply.fields
            return cls(
                parse_integer(least),
                parse_integer(most),
                parse_integer(homed, range(2)),
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class LineProgress:
    """The answer to `line` and `via`: for how many more lines there is room."""

    motion: int
    free: int

    @classmethod
    def from_reply(cls, reply: Reply) -> "LineProgress":
        """Read it.

        Raises:
            WireError: if *reply* is not the answer to `line` or `via`.
        """
        with _reading("answer to line", reply.fields):
            motion, free = reply.fields
            return cls(parse_integer(motion, _MOTIONS), parse_integer(free, _COUNTERS))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return tuple(map(str, astuple(self)))


@dataclass(frozen=True, slots=True)
class AxisNotice:
    """An event about one axis.

    Attributes:
        cause: of `stopping` and `stopped`, None of the others.
        category: of `stopping`.
        fault: of `fault`.
    """

    event: BoardEvent
    axis: str
    motion: int
    position_counts: int
    cause: Cause | None = None
    category: StopCategory | None = None
    fault: FaultCode | None = None

    @classmethod
    def from_event(cls, event: Event) -> "AxisNotice":
        """Read it.

        Raises:
            WireError: if *event* is not about an axis (`boot`, `reject`), or its
                fields are not those of section 5.
        """
        kind = event.event
        with _reading(kind, event.fields):
            if kind in (BoardEvent.BOOT, BoardEvent.REJECT):
                raise ValueError("not about an axis")
            axis, motion, *middle, position = event.fields
            cause = category = fault = None
            if kind is BoardEvent.STOPPING:
                why, how = middle
                cause, category = Cause(why), StopCategory(parse_integer(how))
            elif kind is BoardEvent.STOPPED:
                (why,) = middle
                cause = Cause(why)
            elif kind is BoardEvent.FAULT:
                code, name = middle
                fault = FaultCode(parse_integer(code))
                if fault.word != name:
                    raise ValueError(f"fault {code} is {fault.word!r}, not {name!r}")
            elif middle:
                raise ValueError("surplus fields")
            return cls(
                kind,
                _axis(axis),
                parse_integer(motion, _MOTIONS),
                parse_integer(position),
                cause,
                category,
                fault,
            )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        fields = [self.axis, str(self.motion)]
        if self.cause is not None:
            fields.append(self.cause.value)
        if self.category is not None:
            fields.append(str(self.category.value))
        if self.fault is not None:
            fields += [str(self.fault.value), self.fault.word]
        return (*fields, str(self.position_counts))


@dataclass(frozen=True, slots=True)
class BootNotice:
    """The event `boot`: the board was reset, and has no session."""

    cause: BootCause
    build: str

    @classmethod
    def from_event(cls, event: Event) -> "BootNotice":
        """Read it.

        Raises:
            WireError: if *event* is not a `boot`.
        """
        with _reading(event.event, event.fields):
            if event.event is not BoardEvent.BOOT:
                raise ValueError("not a boot")
            cause, build = event.fields
            return cls(BootCause(cause), build)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return (self.cause.value, self.build)


@dataclass(frozen=True, slots=True)
class RejectNotice:
    """The event `reject`: a frame was thrown away unanswered."""

    code: ErrorCode

    @classmethod
    def from_event(cls, event: Event) -> "RejectNotice":
        """Read it.

        Raises:
            WireError: if *event* is not a `reject`.
        """
        with _reading(event.event, event.fields):
            if event.event is not BoardEvent.REJECT:
                raise ValueError("not a reject")
            code, name = event.fields
            error = ErrorCode(parse_integer(code))
            if error.word != name:
                raise ValueError(f"error {code} is {error.word!r}, not {name!r}")
            return cls(error)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields as on the wire."""
        return (str(self.code.value), self.code.word)
