"""A simulated chip with all that it showed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from deadstop.boards.avr import AvrCore
from deadstop.trace import Event

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import Change

__all__ = ["BYTE_CYCLES", "Bench"]

BYTE_CYCLES = 1360  # 10 bits of 17 * 8 cycles: UBRR0 is 16, double speed


class Bench:
    """One core, run in cycles.

    Attributes:
        seen: every event, as handed out.
        changes: every change at the shield's pins.
    """

    def __init__(self, elf: Path, *, settle: bool = True, **options: Any) -> None:  # noqa: ANN401 - AvrCore's
        """Power up; let the program set itself up, for 1 ms, if it shall *settle*."""
        self.seen: list[Event] = []
        self.changes: list[Change] = []
        self.core = AvrCore(elf, observe=self.seen.append, **options)
        self.core.watch(self.changes.append)
        if settle:
            self.run(16_000)

    def run(self, cycles: int) -> None:
        """Let time pass."""
        self.core.run_until(self.core.now_cycle + cycles)

    def send(self, data: bytes) -> None:
        """Send *data*, and let it cross, and be dealt with."""
        self.core.put(data)
        self.run((len(data) + 1) * BYTE_CYCLES)

    def of_kind(self, kind: str, **facts: object) -> list[Event]:
        """The events of one kind with these facts."""
        return [
            event
            for event in self.seen
            if event.kind == kind and facts.items() <= event.data.items()
        ]
