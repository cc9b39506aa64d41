"""Incremental decoders for both directions; garbage never raises."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from arduino_actuators.wire.frames import Command, Rejected, parse_frame
from arduino_actuators.wire.messages import Garbled, Message, parse_line
from arduino_actuators.wire.table import (
    AXES,
    MAX_FRAME_BYTES,
    MAX_LINE_BYTES,
    OVERTAKEN_VERBS,
    QUERY,
    STOP_ALL,
    ErrorCode,
)

__all__ = [
    "BoardDecoder",
    "BoardItem",
    "HostDecoder",
    "HostItem",
    "QueryByte",
    "Received",
    "StopByte",
]

# A run of what frames are made of, or one byte that means something by itself.
_PIECES: Final = re.compile(rb"[a-z0-9 *-]+|[^a-z0-9 *-]")
_TEXT: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789 *-")
_STOPS: Final = frozenset(b"!ABCDEFGH")


@dataclass(frozen=True, slots=True)
class StopByte:
    """A byte that stops at once; *axis* is None for every axis."""

    axis: str | None


@dataclass(frozen=True, slots=True)
class QueryByte:
    """``?``: print the state of every axis."""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame whose checksum holds and whose arguments are of their kinds.

    Attributes:
        raw: from ``:`` to the line end, without the bytes of section 1 amid it.
        overtaken: it asks for motion, and a stop byte for its axis (of a `line` or
            `via`: for any) came after its ``:`` and before its end, so it must be
            refused. A stop byte *behind* it
            is an item of its own: whoever queues commands has to look for that.
    """

    command: Command
    raw: bytes
    overtaken: bool


BoardItem: TypeAlias = StopByte | QueryByte | Received | Rejected
HostItem: TypeAlias = Message | Garbled


class BoardDecoder:
    """Reads what a host sends, as a board with *axes* does."""

    def __init__(self, axes: str = AXES, *, shared_power: bool = False) -> None:
        """Begin outside of a frame.

        Args:
            axes: that the board has; a stop byte for any other stops every axis.
            shared_power: whether a stop byte for one axis stops every axis too.
        """
        self._axes = axes
        self._lettered = "" if shared_power else axes  # have a stop byte of their own
        self._frame = b""  # from ':' on; empty outside of a frame
        self._stopped: set[str | None] = set()  # axes, since the ':'

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._frame)

    def feed(self, data: bytes) -> list[BoardItem]:
        """Return what *data* completed, in the order of arrival."""
        items: list[BoardItem] = []
        for piece in _PIECES.findall(data):
            if piece[0] in _STOPS:
                items.append(self._stop(piece))
                continue
            if piece == QUERY:
                items.append(QueryByte())
                continue
            if self._frame:
                ended = self._extend(piece)
                if ended is not None:
                    items.append(ended)
            if piece == b":":
                self._frame = piece
                self._stopped.clear()
        return items

    def _stop(self, byte: bytes) -> StopByte:
        axis = byte.decode("ascii").lower()
        stop = StopByte(axis if byte != STOP_ALL and axis in self._lettered else None)
        self._stopped.add(stop.axis)
        return stop

    def _extend(self, piece: bytes) -> Received | Rejected | None:
        """Add *piece* to the frame; return what that made of it, if it ended it."""
        frame = self._frame + piece
        if piece[0] in _TEXT:
            if len(frame) < MAX_FRAME_BYTES:  # room is left for the line end
                self._frame = frame
                return None
            rejected = Rejected(ErrorCode.TOO_LONG, None, frame[:MAX_FRAME_BYTES])
        elif piece in b"\r\n":
            self._frame = b""
            return self._judge(frame)
        else:  # ':' drops half a frame; what is foreign spoils it
            rejected = Rejected(ErrorCode.BAD_FRAME, None, frame)
        self._frame = b""
        return rejected

    def _judge(self, frame: bytes) -> Received | Rejected:
        command = parse_frame(frame, self._axes)
        if isinstance(command, Rejected):
            return command
        hits = command.axis is None or not self._stopped.isdisjoint(
            {None, command.axis}
        )
        overtaken = command.verb in OVERTAKEN_VERBS and bool(self._stopped) and hits
        return Received(command, frame, overtaken)


class HostDecoder:
    """Reads what a board sends."""

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._line = b""
        self._skipping = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> list[HostItem]:
        """Return what *data* completed, in the order of arrival."""
        items: list[HostItem] = []
        *ended, self._line = (self._line + data).split(b"\n")
        for line in ended:
            if not self._skipping:
                items.extend(_read_line(line))
            self._skipping = False
        if self._skipping:
            self._line = b""
        elif len(self._line) >= MAX_LINE_BYTES:
            items.extend(_read_line(self._line))
            self._line = b""
            self._skipping = True
        return items


def _read_line(line: bytes) -> list[HostItem]:
    if len(line) >= MAX_LINE_BYTES:  # no room is left for the line end
        return [Garbled(line[:MAX_LINE_BYTES], ErrorCode.TOO_LONG.word)]
    line = line.rstrip(b"\r")
    return [parse_line(line)] if line else []
