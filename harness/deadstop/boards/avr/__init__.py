"""The AVR board: the real firmware, run to the cycle, with its plant.

Importing this needs no yasimavr; making an `AvrCore` does. Where yasimavr 0.1.6 differs
from the data sheet, that is righted here, each difference where it is met: `chip` (a
run that ends forgets cycles; PINx toggles; output to the terminal), `pinchange` (PCICR,
INT0, INT1), `uart` (overruns; UDR0 has one cell for two registers and a buffer). One
is left: entering an interrupt takes no time, where silicon takes 4 cycles, or 8.
"""

from deadstop.boards.avr.core import AvrCore

__all__ = ["AvrCore"]
