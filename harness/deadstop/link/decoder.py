"""What the bytes on a link mean, in words that hold for every wire format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from deadstop.trace import Scalar

__all__ = ["Fact", "LinkDecoder", "LinkKind", "escaped", "in_full"]

MAX_TEXT_CHARACTERS: Final = 120  # of a text on the trace: one line of a terminal


class LinkKind(StrEnum):
    """Everything that the tap can put on the trace."""

    # Bytes as they passed: {hex, text}; `rx` also {held, lost_bytes}.
    TX = "tx"  # component to board
    RX = "rx"  # board to component
    # Messages to the board; each with {frame_bytes}, its length on the wire.
    STOP = "stop"  # {axis or "*", how: byte | frame, motion, category}
    MOTION = "motion"  # {verb, axis, motion}: a whole command that can cause motion
    MOTION_BEGUN = "motion-begun"  # {verb}: the beginning of one; the rest is to come
    KEEP = "keep"  # {axis, motion}: feeds the board's deadman
    QUERY = "query"  # {verb, axis}: changes nothing
    SETTING = "setting"  # {verb, axis}: changes the board's memory, moves nothing
    SESSION = "session"  # {}: the host introduces itself
    # Messages from the board.
    ACK = "ack"  # {seq, verb, axis, motion, fields}: of the command it answers
    REFUSED = "refused"  # {seq, verb, axis, motion, code, name}
    BOARD_EVENT = "board-event"  # {event, axis, motion, cause ...}
    # Either way.
    GARBLED = "garbled"  # {direction: tx | rx, why, hex}: looks like a message, is none
    # What befalls the link.
    OPENED = "opened"  # {uncertain_ms}: of the component's port; that much late at most
    CLOSED = "closed"  # {}: of the component's port, by the last that had it open
    UNPLUGGED = "unplugged"  # {side: component | board, why}
    OVERFLOW = "overflow"  # {lost_bytes}: the component does not read
    # What the harness does to it.
    INJECTED = "injected"  # {hex, text, dropped_bytes}
    HELD = "held"  # {by}: bytes to the component are kept back from here on
    RELEASED = "released"  # {released_bytes}
    FAULT = "fault"  # {fault, way, byte, struck, hex}: what it harmed, on its way


@dataclass(frozen=True, slots=True)
class Fact:
    """One message that has been decoded."""

    kind: LinkKind
    data: Mapping[str, Scalar]


class LinkDecoder(Protocol):
    """Understands one wire format; fed with chunks of any size, it never raises."""

    def from_component(self, data: bytes) -> Sequence[Fact]:
        """Return what *data*, sent by the component, completed or began."""

    def from_board(self, data: bytes) -> Sequence[Fact]:
        """Return what *data*, sent by the board, completed."""


def escaped(data: bytes) -> str:
    """Return *data* as printable ASCII, cut to one line."""
    text = ascii(data[:MAX_TEXT_CHARACTERS].decode("latin-1"))[1:-1]
    if len(text) > MAX_TEXT_CHARACTERS or len(data) > MAX_TEXT_CHARACTERS:
        return text[: MAX_TEXT_CHARACTERS - 3] + "..."
    return text


def in_full(data: bytes) -> dict[str, Scalar]:
    """Return bytes as an event has them: whole, and for people."""
    return {"hex": data.hex(), "text": escaped(data)}
