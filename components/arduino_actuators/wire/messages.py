"""Lines from the board to the host."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from arduino_actuators.wire.frames import BYTE, seal, seal_error
from arduino_actuators.wire.signatures import parse_integer, within
from arduino_actuators.wire.table import MAX_LINE_BYTES, BoardEvent, ErrorCode

__all__ = [
    "Comment",
    "Event",
    "Garbled",
    "Message",
    "Refusal",
    "Reply",
    "encode_message",
    "parse_line",
]

_FIELD: Final = re.compile(r"[a-z0-9-]+", re.ASCII)
_PRINTABLE: Final = re.compile(r"[ -~]*", re.ASCII)
_EVENTS: Final = {event.value: event for event in BoardEvent}


@dataclass(frozen=True, slots=True)
class Reply:
    """``=``: the command *seq* was carried out."""

    seq: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """``-``: the command *seq* was not carried out."""

    seq: int
    code: ErrorCode


@dataclass(frozen=True, slots=True)
class Event:
    """``@``: told unasked; a gap in *number* (0 to 255) means that one was lost."""

    number: int
    event: BoardEvent
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """``#``: text for people, without a checksum."""

    text: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """A line that cannot be trusted, and in one phrase why."""

    raw: bytes
    why: str


Message: TypeAlias = Reply | Refusal | Event | Comment


def encode_message(message: Message) -> bytes:
    """Return the line, with CR LF.

    Raises:
        ValueError: if a number or field cannot be written, or the line is too long.
    """
    if isinstance(message, Comment):
        if _PRINTABLE.fullmatch(message.text) is None:
            raise ValueError(f"comment {message.text!r} is not printable ASCII")
        line = f"# {message.text}\r\n".encode("ascii")
    else:
        words = _words(message)
        for word in words[1:]:
            if _FIELD.fullmatch(word) is None:
                raise ValueError(f"field {word!r} of {message!r} is not a-z 0-9 -")
        line = seal(" ".join(words)) + b"\r\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"{len(line)} bytes, at most {MAX_LINE_BYTES}: {line!r}")
    return line


def _words(message: Reply | Refusal | Event) -> list[str]:
    number = message.number if isinstance(message, Event) else message.seq
    if not within(number, BYTE):
        raise ValueError(f"{message!r}: {number} is not 0 to 255")
    match message:
        case Reply():
            return [f"={number}", *message.fields]
        case Refusal():
            return [f"-{number}", str(message.code.value), message.code.word]
        case Event():
            return [f"@{number}", message.event.value, *message.fields]


def parse_line(line: bytes) -> Message | Garbled:
    """Read one line without its line end."""
    if line.startswith(b"#"):
        text = line[1:].decode("ascii", "backslashreplace")
        return Comment(text.removeprefix(" "))
    body, star, check = line.partition(b"*")
    code = seal_error(body, star, check)
    if code is not None:
        return Garbled(line, code.word)
    first, *fields = body[1:].decode("ascii", "replace").split(" ")
    if not all(map(_FIELD.fullmatch, fields)):
        return Garbled(line, "a field is not a-z 0-9 -")
    try:
        return _read(body[:1], parse_integer(first, BYTE), fields)
    except ValueError as error:
        return Garbled(line, str(error))


def _read(kind: bytes, number: int, fields: list[str]) -> Message:
    if kind == b"=":
        return Reply(number, tuple(fields))
    if kind == b"@":
        if not fields or fields[0] not in _EVENTS:
            raise ValueError(f"no such event: {fields[:1]}")
        return Event(number, _EVENTS[fields[0]], tuple(fields[1:]))
    if kind == b"-":
        code = ErrorCode(parse_integer(fields[0] if fields else ""))
        if fields[1:] != [code.word]:
            raise ValueError(f"error {code.value} is {code.word!r}, not {fields[1:]}")
        return Refusal(number, code)
    raise ValueError(f"a line begins with one of = - @ #, not {kind!r}")
