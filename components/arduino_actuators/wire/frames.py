"""Frames from the host to the board: checksum, text, and what a command is."""

import binascii
import re
from dataclasses import dataclass
from typing import Final

from arduino_actuators.wire.signatures import SIGNATURES, parse_integer, within
from arduino_actuators.wire.table import AXES, MAX_FRAME_BYTES, ErrorCode, Verb

__all__ = [
    "BYTE",
    "Command",
    "Rejected",
    "crc16",
    "encode_command",
    "parse_frame",
    "seal",
    "seal_error",
]

BYTE: Final = range(256)  # SEQ and NUM
_CRC_START: Final = 0xFFFF
_CRC_TEXT: Final = re.compile(rb"[0-9a-f]{4}")
_VERBS: Final = {verb.value: verb for verb in Verb}


def crc16(data: bytes) -> int:
    """Return the CRC-16/CCITT-FALSE of *data*."""
    return binascii.crc_hqx(data, _CRC_START)


def seal(text: str) -> bytes:
    """Return *text* with ``*`` and its checksum behind it; no line end."""
    data = text.encode("ascii")
    return b"%b*%04x" % (data, crc16(data))


def seal_error(body: bytes, star: bytes, check: bytes) -> ErrorCode | None:
    """Judge a line split at its first ``*``; None when its checksum holds."""
    if not star or _CRC_TEXT.fullmatch(check) is None:
        return ErrorCode.BAD_FRAME
    return None if int(check, 16) == crc16(body) else ErrorCode.BAD_CHECKSUM


@dataclass(frozen=True, slots=True)
class Command:
    """What a frame asks for; every argument is of its kind.

    Whether the board allows it (`limit` and what follows) is not said by this.

    Attributes:
        seq: 0 to 255.
        args: in the order of PROTOCOL.md, the axis as a letter, the rest integers.
    """

    seq: int
    verb: Verb
    args: tuple[str | int, ...] = ()

    @property
    def axis(self) -> str | None:
        """The axis it is for; None for `hello`, `stats` and `halt`."""
        first = self.args[0] if self.args else None
        return first if isinstance(first, str) else None

    @property
    def motion(self) -> int | None:
        """The motion it names; None if the verb names none."""
        for argument, value in zip(SIGNATURES[self.verb], self.args, strict=True):
            if argument.name == "motion":
                return int(value)
        return None

    def number(self, name: str) -> int:
        """Return the integer argument *name*, spelt as in PROTOCOL.md.

        Raises:
            KeyError: if the verb has no such argument; names those it has.
        """
        for argument, value in zip(SIGNATURES[self.verb], self.args, strict=True):
            if argument.name == name and isinstance(value, int):
                return value
        known = ", ".join(a.name for a in SIGNATURES[self.verb] if a.form is not None)
        raise KeyError(f"{self.verb} has no integer {name!r}; it has: {known or '-'}")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A frame that asks for nothing this board knows.

    Attributes:
        seq: whose answer is a refusal; None if the frame cannot be trusted, and
            the board reports the event `reject` instead.
        raw: from ``:`` to the byte that ended it.
    """

    code: ErrorCode
    seq: int | None
    raw: bytes


def encode_command(command: Command) -> bytes:
    """Return the frame, from ``:`` to LF.

    Only the kinds of the arguments are checked, so that a test can ask a board for
    what it must refuse; the builders in `commands` check the ranges too.

    Raises:
        ValueError: if *command* cannot be written as a frame.
    """
    signature = SIGNATURES[command.verb]
    if not within(command.seq, BYTE):
        raise ValueError(f"{command.verb}: seq is {command.seq}, not 0 to 255")
    if len(command.args) != len(signature):
        names = " ".join(argument.name for argument in signature)
        raise ValueError(
            f"{command.verb} takes {names or 'no arguments'}, not {command.args!r}"
        )
    words = [f":{command.seq}", command.verb.value]
    for argument, value in zip(signature, command.args, strict=True):
        if argument.form is None:
            if not isinstance(value, str) or len(value) != 1 or value not in AXES:
                raise ValueError(
                    f"{command.verb}: axis is {value!r}, not a letter of {AXES!r}"
                )
        elif not isinstance(value, int) or not within(value, argument.form):
            raise ValueError(
                f"{command.verb}: {argument.name} is {value!r}, not an integer from "
                f"{argument.form.start} to {argument.form.stop - 1}"
            )
        words.append(value if isinstance(value, str) else str(int(value)))
    frame = seal(" ".join(words)) + b"\n"
    if len(frame) > MAX_FRAME_BYTES:
        raise ValueError(f"{command.verb}: {frame!r} is longer than a frame may be")
    return frame


def parse_frame(raw: bytes, axes: str = AXES) -> Command | Rejected:
    """Read a frame, from ``:`` to its line end, as a board with *axes* would."""
    body, star, check = raw[:-1].partition(b"*")
    code = seal_error(body, star, check)
    if code is not None:
        return Rejected(code, None, raw)
    words = body[1:].decode("ascii", "replace").split(" ")
    try:
        seq = parse_integer(words[0], BYTE)
    except ValueError:
        return Rejected(ErrorCode.BAD_FRAME, None, raw)
    verb = _VERBS.get(words[1]) if len(words) > 1 else None
    if verb is None:
        return Rejected(ErrorCode.UNKNOWN_VERB, seq, raw)
    try:
        args = _parse_arguments(verb, words[2:])
    except ValueError:
        return Rejected(ErrorCode.BAD_ARGUMENT, seq, raw)
    command = Command(seq, verb, args)
    if command.axis is not None and command.axis not in axes:
        return Rejected(ErrorCode.UNKNOWN_AXIS, seq, raw)
    return command


def _parse_arguments(verb: Verb, words: list[str]) -> tuple[str | int, ...]:
    args: list[str | int] = []
    for argument, word in zip(SIGNATURES[verb], words, strict=True):
        if argument.form is not None:
            args.append(parse_integer(word, argument.form))
        elif len(word) == 1 and word.isascii() and word.islower():
            args.append(word)
        else:
            raise ValueError(f"{word!r} is not an axis")
    return tuple(args)
