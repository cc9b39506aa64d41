"""The pin change interrupt of a port, as the data sheet has it.

yasimavr 0.1.6 serves it without a look at PCICR, and not at all for the pins that are
INT0 and INT1 too; it does not clear a flag that is written to. This makes up for it,
but for one thing: an interrupt that the CPU was asked to serve while PCICR allowed it
is served even if PCICR forbids it before the CPU gets to it.
"""

from dataclasses import dataclass
from typing import Final

from deadstop.boards.avr.chip import Chip

__all__ = ["PORT_B", "PORT_D", "PinChange", "Port"]

# Data sheet, sections 12.4 and 13.2; registers in I/O space.
_PCIFR, _PCICR = 0x1B, 0x48


@dataclass(frozen=True, slots=True)
class Port:
    """Where the interrupt of a port is.

    Attributes:
        name: as pins have it.
        vector: its number.
        bank: its bit in PCIFR and PCICR.
        mask: its register PCMSKx.
        unserved: the pins that yasimavr forgets.
    """

    name: str
    vector: int
    bank: int
    mask: int
    unserved: frozenset[int] = frozenset()


PORT_B: Final = Port("PB", vector=3, bank=1 << 0, mask=0x4B)
PORT_D: Final = Port(
    "PD", vector=5, bank=1 << 2, mask=0x4D, unserved=frozenset({2, 3})
)  # INT0 and INT1

# An interrupt routine that forbids PCICR takes about 5 us. It is looked at so often,
# and an edge in its midst is served so late at most; what forbids it for longer is
# looked at less and less often: there, 12 % of lateness will do.
_LOOK_CYCLES: Final = 16
_ROUTINE_CYCLES: Final = 800
_LATENESS: Final = 8


class PinChange:
    """Edges from outside on the pins of one port."""

    def __init__(self, chip: Chip, port: Port) -> None:
        """Begin without a pending interrupt; a chip bears one of these."""
        self._chip = chip
        self._port = port
        self._forbidden_cycle = 0
        # Looking now and then is cheaper than being told of each write to PCICR: a
        # program that counts edges in an interrupt may write it twice for each.
        self._look = chip.timer(self._look_again)
        chip.watch_register(_PCIFR, self._clear)

    def set_pin(self, name: str, level: int | None) -> None:
        """Drive a pin, which has another level by now; None leaves it to the chip."""
        chip, port = self._chip, self._port
        pin = int(name.removeprefix(port.name))
        is_allowed = chip.register(_PCICR) & port.bank
        if is_allowed and pin not in port.unserved:
            chip.set_pin(name, level)
            return
        mask = chip.register(port.mask)
        chip.set_register(port.mask, 0)
        chip.set_pin(name, level)
        chip.set_register(port.mask, mask)
        if not mask >> pin & 1:
            return
        chip.set_register(_PCIFR, chip.register(_PCIFR) | port.bank)
        if is_allowed:
            chip.set_interrupt(port.vector, raised=True)
        else:
            self._forbidden_cycle = chip.cycle
            self._look.at(chip.cycle + _LOOK_CYCLES)

    def _look_again(self, when: int) -> int:
        if not self._chip.register(_PCIFR) & self._port.bank:
            return 0
        if self._chip.register(_PCICR) & self._port.bank:
            self._chip.set_interrupt(self._port.vector, raised=True)
            return 0
        waited_cycles = when - self._forbidden_cycle
        return when + (
            _LOOK_CYCLES
            if waited_cycles < _ROUTINE_CYCLES
            else waited_cycles // _LATENESS
        )

    def _clear(self, value: int, old: int) -> None:
        self._chip.set_register(_PCIFR, old & ~value & 0xFF)
        if value & self._port.bank:
            self._chip.set_interrupt(self._port.vector, raised=False)
