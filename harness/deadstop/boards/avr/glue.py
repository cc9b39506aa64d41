"""What yasimavr wants to be handed: its kinds of number, its program, its listeners."""

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import Any, Final

from yasimavr.lib import core as lib

from deadstop.boards.avr.elf import Image
from deadstop.boards.avr.pins import CPU_HZ

__all__ = [
    "Silence",
    "Timer",
    "UartSignal",
    "Watch",
    "firmware",
    "interrupt_request",
    "io_address",
]

_SUPPLY_V: Final = 5.0


class UartSignal(IntEnum):
    """What the UART tells of itself."""

    TX_FRAME = int(lib.UART.SignalId.TX_Frame)  # data: its bits, start bit first
    TX_COMPLETE = int(lib.UART.SignalId.TX_Complete)  # data: 0 if it was cut off
    RX_OVERFLOW = int(lib.UART.SignalId.RX_Overflow)


class Silence(lib.LogWriter):  # type: ignore[misc] # yasimavr has no py.typed
    """yasimavr would write to standard output."""

    def write(self, *_words: object) -> None:
        """Say nothing: what matters is in the state of the device."""


class Watch(lib.Peripheral):  # type: ignore[misc] # yasimavr has no py.typed
    """A peripheral that only looks on: at resets, and at accesses to registers."""

    def __init__(
        self,
        on_reset: Callable[[int], None],
        on_read: Callable[[int, int], None],
        on_write: Callable[[int, int, int], None],
    ) -> None:
        """Call these back: with the flags; register and value; the old value too."""
        super().__init__(lib.sim_id_t("DEADSTOP"))
        self._on_reset = on_reset
        self._on_read = on_read
        self._on_write = on_write

    def reset(self, flags: int) -> None:
        """See a reset."""
        self._on_reset(flags)

    def ioreg_read_handler(self, register: Any, value: int) -> int:  # noqa: ANN401 - untyped
        """See the program read a register."""
        self._on_read(int(register), value)
        return value

    def ioreg_write_handler(self, register: Any, data: Any) -> None:  # noqa: ANN401 - untyped
        """See the program write a register."""
        self._on_write(int(register), data.value, data.old)


class Timer:
    """Calls back at a cycle; a positive result is the cycle of the next call.

    While the CPU executes an instruction the call may come up to 3 cycles late; it
    is told the cycle that was asked for.
    """

    def __init__(self, manager: Any, callback: Callable[[int], int]) -> None:  # noqa: ANN401 - untyped
        """Begin unscheduled."""
        self._manager = manager
        self._timer = lib.CallableCycleTimer(callback)

    def at(self, cycle: int) -> None:
        """Schedule it, or schedule it anew."""
        self._manager.schedule(self._timer, cycle)

    def cancel(self) -> None:
        """Take it off the schedule, if it is there."""
        self._manager.cancel(self._timer)

    def close(self) -> None:
        """Cancel it for good; it cannot be scheduled again."""
        self.cancel()
        # It holds its callback where Python's collector of cycles cannot see it.
        del self._timer, self._manager


@cache
def io_address(register: int) -> Any:  # noqa: ANN401 - untyped
    """Return an I/O address as yasimavr has it."""
    return lib.reg_addr_t(register)


@cache
def interrupt_request(vector: int, *, raised: bool) -> Any:  # noqa: ANN401 - untyped
    """Return what asks the interrupt controller to serve a vector, or no longer."""
    request = lib.ctlreq_data_t()
    request.index = vector
    request.data = lib.vardata_t(int(raised))
    return request


def firmware(image: Image) -> Any:  # noqa: ANN401 - untyped
    """Return a program as yasimavr has it."""
    program = lib.Firmware()
    program.frequency = CPU_HZ
    program.vcc = program.aref = _SUPPLY_V
    area = lib.Firmware.Area
    for where, content in ((area.Flash, image.flash), (area.EEPROM, image.eeprom)):
        if content:
            block = lib.Firmware.block_view_t()
            block.base = 0
            block.bytes = content
            program.add_block(where, block)
    return program
