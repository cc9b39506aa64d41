"""Bytes on a wire, gathered into unbroken runs."""

from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.chip import Chip

__all__ = ["Runs"]

# A byte that begins later than this behind the one before it begins a new run. A run
# is reported that much after its end: about one bit time, less than a byte could fit.
_GAP_CYCLES: Final = 128
_LONGEST_BYTES: Final = 256  # one line of the protocol; a longer run goes on in a new


class Runs:
    """One wire's bytes."""

    def __init__(self, chip: Chip, report: Callable[[int, bytes], None]) -> None:
        """Begin with the wire idle.

        Args:
            chip: whose time it is.
            report: called with the first cycle of each run, and its bytes.
        """
        self._report = report
        self._bytes = bytearray()
        self._begin_cycle = 0
        self._end_cycle = 0
        self._over = chip.timer(self._end)

    def add(self, byte: int, begin_cycle: int, end_cycle: int) -> None:
        """See one byte."""
        if self._bytes and (
            begin_cycle - self._end_cycle > _GAP_CYCLES
            or len(self._bytes) == _LONGEST_BYTES
        ):
            self.flush()
        if not self._bytes:
            self._begin_cycle = begin_cycle
        self._bytes.append(byte)
        self._end_cycle = end_cycle
        # The next byte, if it follows at once, is added one byte time later.
        self._over.at(end_cycle + _GAP_CYCLES + end_cycle - begin_cycle)

    def flush(self) -> None:
        """Report what there is."""
        if self._bytes:
            self._report(self._begin_cycle, bytes(self._bytes))
            self._bytes.clear()

    def _end(self, _when: int) -> int:
        self.flush()
        return 0
