"""Everything here that needs yasimavr, behind one import that may fail."""

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.pinchange import PinChange
from deadstop.boards.avr.runs import Runs
from deadstop.boards.avr.shaft import Shaft
from deadstop.boards.avr.shield import Shield
from deadstop.boards.avr.uart import Uart

__all__ = ["Chip", "PinChange", "Runs", "Shaft", "Shield", "Uart"]
