"""Faults of the line: one byte or one message that is harmed on its way, once.

The harm is done between the tap and the board: what the trace says of the component's
side (`tx`, `rx` and what they mean) is what the component sent and got, and what it
says of the board's is what the board heard and said.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from deadstop.link.decoder import LinkDecoder, LinkKind
from deadstop.trace import Event, Scalar, Source

__all__ = ["Crossing", "FaultKind", "Faults", "LinkFault", "Way", "count_bytes"]

# Longer than the latency timer of an FTDI chip (16 ms), and than the 16U2's 4 ms.
DELAY_S: Final = 0.020
# firmware/PROTOCOL.md, section 2: a line that begins so answers a command.
_ANSWERS: Final = b"=-"
_LINE_END: Final = b"\n"


class Way(StrEnum):
    """In which direction of the line."""

    TO_BOARD = "to-board"
    FROM_BOARD = "from-board"


class FaultKind(StrEnum):
    """What is done to a byte, or to a whole message."""

    DROP = "drop"
    FLIP = "flip"  # one of its bits
    DUPLICATE = "duplicate"
    DELAY = "delay"  # it, and all that is behind it meanwhile
    STOP_LOST = "stop-lost"  # a stop, byte or frame, does not reach the board
    ACK_LOST = "ack-lost"  # an answer does not reach the component

    @property
    def ways(self) -> tuple[Way, ...]:
        """In which directions it can happen."""
        return _WAYS.get(self, tuple(Way))


_WAYS: Final = {
    FaultKind.STOP_LOST: (Way.TO_BOARD,),
    FaultKind.ACK_LOST: (Way.FROM_BOARD,),
}


@dataclass(frozen=True, slots=True)
class LinkFault:
    """One harm to one line.

    Attributes:
        kind: what is done.
        way: in which direction.
        byte: to which byte, from 0, counted in that direction from the arming on; of
            the kinds that lose a message, to which stop or answer.
    """

    kind: FaultKind
    way: Way
    byte: int

    def __post_init__(self) -> None:
        """Check that there is such a fault.

        Raises:
            ValueError: there is none.
        """
        if self.way not in self.kind.ways:
            allowed = ", ".join(self.kind.ways)
            raise ValueError(f"{self.kind} is for {allowed} only, not {self.way}")
        if self.byte < 0:
            raise ValueError(f"byte is {self.byte}; the first is 0")

    def __str__(self) -> str:
        return f"{self.kind} {self.way} {self.byte}"

    def to_message(self) -> dict[str, Any]:
        """Write it for another process, or for a file."""
        return {"kind": self.kind.value, "way": self.way.value, "byte": self.byte}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "LinkFault":
        """Read what `to_message` wrote.

        Raises:
            KeyError, ValueError: it is no fault.
        """
        way, byte = Way(message["way"]), int(message["byte"])
        return cls(FaultKind(message["kind"]), way, byte)


class Tell(Protocol):
    """Who puts on the trace what befell the line."""

    def __call__(self, kind: LinkKind, t_s: float, /, **data: Scalar) -> None:
        """Tell of it, at *t_s*."""


class Faults:
    """What may befall a line; until a fault is armed nothing does.

    Attributes:
        next_s: when what was delayed goes on; infinity if nothing was.
    """

    def __init__(self, tell: Tell, decode: Callable[[], LinkDecoder]) -> None:
        """Harm nothing.

        Args:
            tell: called when a fault strikes, or is disarmed without having struck.
            decode: makes the decoder that finds the stops.
        """
        self.next_s = math.inf
        self._tell = tell
        self._decode = decode
        self._decoder: LinkDecoder  # of the armed fault
        self._fault: LinkFault | None = None
        self._seen = 0  # since the arming, of what the fault counts
        self._lost = bytearray()  # the beginning of an answer that is being lost
        self._line_begins = True  # with the board's next byte
        self._late = bytearray()
        self._late_way = Way.TO_BOARD

    def arm(self, fault: LinkFault) -> None:
        """Harm, once, what *fault* names; counted from now on.

        A message of which something has passed is not harmed and not counted.

        Raises:
            RuntimeError: another is armed.
        """
        if self._fault is not None:
            raise RuntimeError(f"{self._fault} is armed and has not struck")
        self._fault = fault
        self._decoder = self._decode()
        self._seen = 0

    def disarm(self, t_s: float) -> None:
        """Harm nothing more; tell of a fault that has not struck."""
        if self._fault is not None:
            self._over(self._fault, bytes(self._lost), t_s)

    def pass_on(self, way: Way, data: bytes, t_s: float) -> bytes:
        """Return what of *data* goes on at *t_s*, and in which form."""
        fault = self._fault
        if fault is not None and fault.way is way:
            data = self._harm(fault, data, t_s)
        elif self._late and self._late_way is way:
            self._late += data
            return b""
        if way is Way.FROM_BOARD and data:
            self._line_begins = data.endswith(_LINE_END)
        return data

    def late_bytes(self, way: Way) -> int:
        """Return how many bytes are delayed."""
        return len(self._late) if self._late_way is way else 0

    def take_late(self) -> tuple[Way, bytes]:
        """Take what was delayed, and its way; to be called at `next_s`."""
        data = bytes(self._late)
        self.drop_late()
        return self._late_way, data

    def drop_late(self) -> None:
        """Lose what was delayed."""
        self._late.clear()
        self.next_s = math.inf

    def _harm(self, fault: LinkFault, data: bytes, t_s: float) -> bytes:
        if fault.kind is FaultKind.ACK_LOST:
            return self._lose_answer(fault, data, t_s)
        if fault.kind is FaultKind.STOP_LOST:
            start, end = self._find_stop(fault.byte, data)
        else:
            start = fault.byte - self._seen
            end = start + 1
            self._seen += len(data)
        if end > len(data):
            return data
        harmed = data[start:end]
        self._over(fault, harmed, t_s)
        match fault.kind:
            case FaultKind.FLIP:
                became = bytes((harmed[0] ^ 1 << fault.byte % 8,))
            case FaultKind.DUPLICATE:
                became = harmed * 2
            case FaultKind.DELAY:
                self._late_way, self.next_s = fault.way, t_s + DELAY_S
                self._late += data[start:]
                return data[:start]
            case _:
                became = b""
        return data[:start] + became + data[end:]

    def _find_stop(self, number: int, data: bytes) -> tuple[int, int]:
        """Return where in *data* that stop is, or the last piece of it.

        One that ends beyond *data* is not in it.
        """
        for end, byte in enumerate(data, start=1):
            for fact in self._decoder.from_component(bytes((byte,))):
                if fact.kind is not LinkKind.STOP:
                    continue
                if self._seen == number:
                    length = fact.data["frame_bytes"]
                    assert isinstance(length, int)  # noqa: S101 - see LinkKind
                    return max(end - length, 0), end
                self._seen += 1
        return len(data), len(data) + 1

    def _lose_answer(self, fault: LinkFault, data: bytes, t_s: float) -> bytes:
        """Lose that answer, which may come in pieces."""
        kept = bytearray()
        for line in data.splitlines(keepends=True):
            if self._line_begins and line[0] in _ANSWERS and self._fault is fault:
                losing = self._seen == fault.byte
                self._seen += 1
            else:
                losing = bool(self._lost)
            self._line_begins = line.endswith(_LINE_END)
            if not losing:
                kept += line
                continue
            self._lost += line
            if self._line_begins:
                self._over(fault, bytes(self._lost), t_s)
                self._lost.clear()
        return bytes(kept)

    def _over(self, fault: LinkFault, harmed: bytes, t_s: float) -> None:
        """Tell what *fault* has done; it does so once."""
        self._fault = None
        self._tell(
            LinkKind.FAULT,
            t_s,
            fault=fault.kind.value,
            way=fault.way.value,
            byte=fault.byte,
            struck=bool(harmed),
            hex=harmed.hex(),
        )


@dataclass(frozen=True, slots=True)
class Crossing:
    """What crossed a line from some instant on, while nothing harmed it.

    Attributes:
        to_board_bytes: from the component.
        from_board_bytes: to it.
        stops: to the board.
        answers: from the board.
    """

    to_board_bytes: int
    from_board_bytes: int
    stops: int
    answers: int

    def faults(self) -> Iterator[LinkFault]:
        """Yield every fault that would strike, byte by byte."""
        crossed = {
            Way.TO_BOARD: self.to_board_bytes,
            Way.FROM_BOARD: self.from_board_bytes,
        }
        messages = {
            FaultKind.STOP_LOST: self.stops,
            FaultKind.ACK_LOST: self.answers,
        }
        for kind in FaultKind:
            for way in kind.ways:
                for byte in range(messages.get(kind, crossed[way])):
                    yield LinkFault(kind, way, byte)


def count_bytes(
    trace: Iterable[Event], since_s: float, until_s: float = math.inf
) -> Crossing:
    """Count what crossed the line in *trace* from *since_s* on and before *until_s*.

    A fault that was armed at *since_s* would have counted as much, or less by what
    had crossed at that very instant.
    """
    sent = got = stops = 0
    answers = 0
    line_begins = True
    for event in trace:
        if event.source is not Source.LINK or event.t_s >= until_s:
            continue
        counts = event.t_s >= since_s
        if event.kind == LinkKind.TX and counts:
            sent += len(bytes.fromhex(str(event.data["hex"])))
        elif event.kind == LinkKind.STOP:
            stops += counts
        elif event.kind == LinkKind.RX:
            data = bytes.fromhex(str(event.data["hex"]))
            for line in data.splitlines(keepends=True):
                answers += counts and line_begins and line[0] in _ANSWERS
                line_begins = line.endswith(_LINE_END)
            got += counts * len(data)
    return Crossing(sent, got, stops, answers)
