"""The pin change interrupt of port D, as the data sheet has it.

yasimavr 0.1.6 serves it without a look at PCICR, and not at all for the pins that are
INT0 and INT1 too; it does not clear a flag that is written to. This makes up for it,
but for one thing: an interrupt that the CPU was asked to serve while PCICR allowed it
is served even if PCICR forbids it before the CPU gets to it.
"""

from typing import Final

from deadstop.boards.avr.chip import Chip

__all__ = ["PinChange"]

# Data sheet, sections 12.4 and 13.2; registers in I/O space.
_VECTOR: Final = 5  # PCINT2
_BANK: Final = 1 << 2
_PCIFR, _PCICR, _PCMSK2 = 0x1B, 0x48, 0x4D
_PORT: Final = "PD"
_UNSERVED: Final = frozenset({2, 3})  # INT0 and INT1
# An interrupt routine that forbids PCICR takes about 5 us. It is looked at so often,
# and an edge in its midst is served so late at most; what forbids it for longer is
# looked at less and less often: there, 12 % of lateness will do.
_LOOK_CYCLES: Final = 16
_ROUTINE_CYCLES: Final = 800
_LATENESS: Final = 8


class PinChange:
    """Edges from outside on the pins of port D."""

    def __init__(self, chip: Chip) -> None:
        """Begin without a pending interrupt."""
        self._chip = chip
        self._forbidden_cycle = 0
        # Looking now and then is cheaper than being told of each write to PCICR: a
        # program that counts edges in an interrupt may write it twice for each.
        self._look = chip.timer(self._look_again)
        chip.watch_register(_PCIFR, self._clear)

    def set_pin(self, name: str, level: int) -> None:
        """Drive a pin, which has another level by now."""
        chip = self._chip
        pin = int(name.removeprefix(_PORT))
        is_allowed = chip.register(_PCICR) & _BANK
        if is_allowed and pin not in _UNSERVED:
            chip.set_pin(name, level)
            return
        mask = chip.register(_PCMSK2)
        chip.set_register(_PCMSK2, 0)
        chip.set_pin(name, level)
        chip.set_register(_PCMSK2, mask)
        if not mask >> pin & 1:
            return
        chip.set_register(_PCIFR, chip.register(_PCIFR) | _BANK)
        if is_allowed:
            chip.set_interrupt(_VECTOR, raised=True)
        else:
            self._forbidden_cycle = chip.cycle
            self._look.at(chip.cycle + _LOOK_CYCLES)

    def _look_again(self, when: int) -> int:
        if not self._chip.register(_PCIFR) & _BANK:
            return 0
        if self._chip.register(_PCICR) & _BANK:
            self._chip.set_interrupt(_VECTOR, raised=True)
            return 0
        waited_cycles = when - self._forbidden_cycle
        return when + (
            _LOOK_CYCLES
            if waited_cycles < _ROUTINE_CYCLES
            else waited_cycles // _LATENESS
        )

    def _clear(self, value: int, old: int) -> None:
        self._chip.set_register(_PCIFR, old & ~value & 0xFF)
        if value & _BANK:
            self._chip.set_interrupt(_VECTOR, raised=False)
