"""A host at a board whose clock the test owns: it sends, lets time pass, and reads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arduino_actuators.wire import (
    Event,
    Garbled,
    HostDecoder,
    HostItem,
    Message,
    Refusal,
    Reply,
)
from arduino_actuators.wire.frames import seal
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback import BoardConfig, ClockedLoopback
from deadstop.trace import Event as TraceEvent

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import ShieldName

__all__ = ["AXES", "KINDS", "Host", "firmware", "power_up"]

KINDS: Final = ("loopback", "avr")
AXES: Final[dict[str, str]] = {"motor": "ab", "cnc": "abc"}  # of each shield
_STEP_S: Final = 0.0005
_BOOTED_S: Final = 0.02  # of the ATmega328P; the twin is there at once


def firmware(shield: "ShieldName" = "motor") -> Path:
    """Return the built-in firmware, built if need be."""
    from deadstop.toolchain import firmware_elf  # noqa: PLC0415 - needs avr-gcc

    return firmware_elf(shield=shield)


def power_up(
    kind: str,
    observe: Callable[[TraceEvent], None],
    elf: Path | None = None,
    shield: "ShieldName" = "motor",
) -> ClockedBoard:
    """Bring a board to life at 0 s."""
    if kind == "loopback":
        config = BoardConfig.of_shield(shield, AXES[shield])
        return ClockedLoopback(config, t_s=0.0, observe=observe)
    from deadstop.boards.avr.core import AvrCore  # noqa: PLC0415 - needs yasimavr

    return AvrCore(elf or firmware(shield), t_s=0.0, observe=observe, shield=shield)


@dataclass
class Host:
    """One board and what it said.

    Attributes:
        now_s: the present; the board's own is later by part of an instruction.
        said: every line since `forget`, oldest first.
        seen: every event for the trace.
    """

    kind: str
    elf: Path | None = None
    check_lines: bool = True
    shield: "ShieldName" = "motor"
    now_s: float = 0.0
    said: list[HostItem] = field(default_factory=list)
    seen: list[TraceEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Power the board up and let it boot."""
        self.board = power_up(self.kind, self.seen.append, self.elf, self.shield)
        self._decoder = HostDecoder()
        self._seq = 100
        self._number: int | None = None
        self.wait(_BOOTED_S)

    def wait(self, seconds: float) -> None:
        """Let time pass, and read."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + _STEP_S, until_s)
            self.board.advance(self.now_s)
            for item in self._decoder.feed(self.board.take()):
                self._check(item)
                self.said.append(item)

    def _check(self, item: HostItem) -> None:
        if not self.check_lines:  # after noise, a board may have been reset or flooded
            return
        assert not isinstance(item, Garbled), item
        if isinstance(item, Event):
            expected = 0 if self._number is None else (self._number + 1) % 256
            assert item.event == "boot" or item.number == expected, (item, expected)
            self._number = item.number

    def send(self, data: bytes) -> None:
        """Put *data* on the line and wait until it has crossed."""
        self.board.put(data)
        while self.board.queued_bytes:
            self.wait(_STEP_S)

    def ask(self, words: str, within_s: float = 0.05) -> Reply | Refusal | None:
        """Send a command without its SEQ; return the answer, None if none came."""
        self._seq = (self._seq + 1) % 256
        before = len(self.said)
        self.send(seal(f":{self._seq} {words}") + b"\n")
        until_s = self.now_s + within_s
        while self.now_s < until_s:
            for item in self.said[before:]:
                if isinstance(item, Reply | Refusal) and item.seq == self._seq:
                    return item
            self.wait(_STEP_S)
        return None

    def settle(self, within_s: float = 3.0) -> None:
        """Wait until every shaft stands and the board has said so."""
        until_s = self.now_s + within_s
        while self.now_s < until_s and not self.board.at_rest():
            self.wait(0.005)
        self.wait(0.06)

    def forget(self) -> list[HostItem]:
        """Return what was said, and begin anew."""
        said, self.said = self.said, []
        return said

    def answers(self) -> list[Message]:
        """The answers among what was said."""
        return [item for item in self.said if isinstance(item, Reply | Refusal)]

    def events(self) -> list[Event]:
        """The events among what was said."""
        return [item for item in self.said if isinstance(item, Event)]
