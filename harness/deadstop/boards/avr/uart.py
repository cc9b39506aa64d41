"""The two wires of the chip's UART, bit for bit towards it.

Towards the chip each edge is set on its RXD pin, so that frame errors, and overruns
of its two-byte buffer and shift register, come as on silicon. Bits last as long as
the chip's own divider says: the Uno's USB chip is set up alike, so both are off from
the nominal rate by the same 2.1 %. A chip set up for some other rate gets, and gives,
the nonsense that it would.

The end of a stop bit is 10 bit times after the beginning of the start bit. The model
sets RXC at just that cycle; silicon sets it in the middle of the stop bit, half a bit
(68 cycles) earlier.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.glue import UartSignal
from deadstop.boards.avr.pins import CPU_HZ, RX_PIN

__all__ = ["BITS_PER_BYTE", "Crossed", "Uart"]

BITS_PER_BYTE: Final = 10  # 8N1
_STOP_BIT: Final = 9
_IDLE: Final = 1
# A receiver still understands a sender off by this: data sheet, table 20-2.
_TOLERANCE: Final = 0.035

# Registers in I/O space: data sheet, section 20.11.
_UCSR0A, _UBRR0L, _UBRR0H, _UDR0 = 0xA0, 0xA4, 0xA5, 0xA6
_U2X0: Final = 1 << 1

# Called with byte, first cycle of its start bit, last of its stop bit.
Crossed = Callable[[int, int, int], None]


class Uart:
    """Both wires, seen from the host's end.

    Attributes:
        overruns: how often the chip lost a byte because none was fetched in time.
    """

    def __init__(
        self, chip: Chip, baud: int, *, received: Crossed, sent: Crossed
    ) -> None:
        """Begin with both wires idle.

        Args:
            chip: at the near end.
            baud: what the host's end is set to, nominally.
            received: called with each byte that has crossed to the chip.
            sent: called with each byte that has crossed from it.
        """
        self.overruns = 0
        self._chip = chip
        self._nominal_cycles = CPU_HZ / baud
        self._received = received
        self._sent = sent
        self._queue: deque[int] = deque()
        self._crossing: Iterator[int] = iter(())
        self._is_crossing = False
        self._is_on_wire = False
        self._clock = chip.timer(lambda _when: next(self._crossing, 0))
        self._frame = 0
        self._frame_cycle = 0
        self._sending = False
        chip.set_pin(RX_PIN, _IDLE)
        chip.watch_uart(self._hear)
        self._front = 0
        self._restore = chip.timer(self._restore_front)
        chip.watch_register(_UDR0, self._keep_received, on_read=self._keep_next)

    @property
    def queued_bytes(self) -> int:
        """How many bytes for the chip have not crossed."""
        return len(self._queue) + self._is_on_wire

    @property
    def sending_until_cycle(self) -> int:
        """When the byte that the chip is sending is across; 0 if it sends none."""
        return self._frame_cycle + self.byte_cycles if self._sending else 0

    @property
    def byte_cycles(self) -> int:
        """How long one byte takes, as the chip is set up now."""
        return round(BITS_PER_BYTE * self._bit_cycles())

    def put(self, data: bytes) -> None:
        """Let *data* follow what is queued; if nothing is, its first bit begins now."""
        self.put_at(data, self._chip.cycle)

    def put_at(self, data: bytes, cycle: int) -> None:
        """Let *data* follow what is queued; if nothing is, it begins at *cycle*."""
        self._queue.extend(data)
        if self._queue and not self._is_crossing:
            self._is_crossing = True
            self._crossing = self._cross()
            self._clock.at(cycle)

    def cut(self) -> None:
        """Lose what has not crossed to the chip; the wire goes idle."""
        self._queue.clear()
        self._clock.cancel()
        self._is_crossing = self._is_on_wire = False
        self._chip.set_pin(RX_PIN, _IDLE)

    # To the chip.

    def _cross(self) -> Iterator[int]:
        while self._queue:
            byte = self._queue.popleft()
            self._is_on_wire = True
            begin_cycle = self._chip.cycle
            bit_cycles = self._bit_cycles()
            level = _IDLE
            for i in range(BITS_PER_BYTE):
                bit = _bit(byte << 1 | 1 << _STOP_BIT, i)
                if bit != level:
                    cycle = begin_cycle + round(i * bit_cycles)
                    if i:
                        yield cycle
                    level = bit
                    self._chip.set_pin(RX_PIN, level)
            end_cycle = begin_cycle + round(BITS_PER_BYTE * bit_cycles)
            # Twice, so as to come behind the receiver, which completes the byte at
            # that cycle too; before it has, it would miss the next start bit.
            yield end_cycle - 1
            yield end_cycle
            self._is_on_wire = False
            self._received(byte, begin_cycle, end_cycle)
        self._is_crossing = False

    def _bit_cycles(self) -> float:
        divider = self._chip.register(_UBRR0H) << 8 | self._chip.register(_UBRR0L)
        cycles = (divider + 1) * (8 if self._chip.register(_UCSR0A) & _U2X0 else 16)
        if abs(cycles / self._nominal_cycles - 1.0) <= _TOLERANCE:
            return cycles
        return self._nominal_cycles

    # From the chip.

    def _hear(self, signal: int, data: int) -> None:
        if signal == UartSignal.TX_FRAME:
            self._frame = data
            self._frame_cycle = self._chip.cycle
            self._sending = True
        elif signal == UartSignal.TX_COMPLETE:
            self._sending = False
            if data:
                self._sent(self._read_frame(), self._frame_cycle, self._chip.cycle)
        elif signal == UartSignal.RX_OVERFLOW:
            self.overruns += 1

    def _read_frame(self) -> int:
        """Read the frame as a host does that samples each bit at its middle."""
        took_cycles = self._chip.cycle - self._frame_cycle
        bit_cycles = took_cycles / BITS_PER_BYTE
        if abs(bit_cycles / self._nominal_cycles - 1.0) <= _TOLERANCE:
            return self._frame >> 1 & 0xFF
        byte = 0
        for i in range(8):
            at = int((i + 1.5) * self._nominal_cycles / bit_cycles)
            byte |= (_bit(self._frame, at) if at < BITS_PER_BYTE else _IDLE) << i
        return byte

    # yasimavr 0.1.6 has one cell for the two registers at UDR0. A byte written to be
    # sent stands there where the one received should, and so does a byte once read,
    # where the next one in the buffer should.

    def _keep_received(self, _sent: int, received: int) -> None:
        self._chip.set_register(_UDR0, received)

    def _keep_next(self, read: int) -> None:
        # What the receiver has just put there is about to be overwritten, but the
        # timers of this cycle run before the CPU's next instruction.
        self._front = self._chip.register(_UDR0)
        if self._front != read:
            self._restore.at(self._chip.cycle)

    def _restore_front(self, _when: int) -> int:
        self._chip.set_register(_UDR0, self._front)
        return 0


def _bit(word: int, i: int) -> int:
    return word >> i & 1
