"""A UART line as it looked on a scope, from the runs of bytes that crossed it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["BIT_CYCLES", "BYTE_CYCLES", "Run", "line_edges", "line_texts"]

# USART0 as Arduino sets it for 115,200 baud (U2X, UBRR 16): a bit takes 8 * (16 + 1)
# cycles, which is 117,647 baud at 16 MHz (ATmega328P datasheet, 20.3.1).
BIT_CYCLES: Final = 8 * (16 + 1)
BYTE_CYCLES: Final = 10 * BIT_CYCLES  # start bit, 8 data bits, stop bit
_DATA_BITS: Final = 8
_ACTS_AT_ONCE: Final = frozenset(b"!?ABCDEFGH")  # PROTOCOL.md, section 1


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes back to back.

    Attributes:
        cycle: when the first start bit began.
    """

    cycle: int
    data: bytes


def line_edges(runs: Iterable[Run]) -> Iterator[tuple[int, int]]:
    """Yield the cycle and the new level of each edge; the line idles high."""
    for run in runs:
        level = 1
        for number, byte in enumerate(run.data):
            start_cycle = run.cycle + number * BYTE_CYCLES
            # Start bit, then the data with the least significant bit first, then stop.
            frame = byte << 1 | 1 << (_DATA_BITS + 1)
            for bit in range(_DATA_BITS + 2):
                if frame >> bit & 1 != level:
                    level ^= 1
                    yield start_cycle + bit * BIT_CYCLES, level


def line_texts(
    runs: Iterable[Run], *, to_board: bool
) -> Iterator[tuple[int, int, bytes]]:
    """Yield what was said: the cycle it began at, the one it ended at, the bytes.

    A piece ends with its LF, or where the line fell silent. A byte that acts at once
    on the board is a piece by itself, wherever it comes.
    """
    begun_cycle = ended_cycle = 0
    text = b""
    for run in runs:
        if text and run.cycle - ended_cycle >= BYTE_CYCLES:
            yield begun_cycle, ended_cycle, text
            text = b""
        for number, byte in enumerate(run.data):
            start_cycle = run.cycle + number * BYTE_CYCLES
            acts = to_board and byte in _ACTS_AT_ONCE
            if acts and text:
                yield begun_cycle, ended_cycle, text
                text = b""
            if not text:
                begun_cycle = start_cycle
            text += bytes((byte,))
            ended_cycle = start_cycle + BYTE_CYCLES
            if acts or byte == ord("\n"):
                yield begun_cycle, ended_cycle, text
                text = b""
    if text:
        yield begun_cycle, ended_cycle, text
