"""A serial line's pace: when each byte has crossed it, one after the other."""

import math
from collections import deque
from typing import Final

__all__ = ["BITS_PER_BYTE", "Wire"]

BITS_PER_BYTE: Final = 10  # 8N1: start bit, 8 data bits, stop bit


class Wire:
    """One direction of a line; a byte is across one byte time after its turn came.

    Attributes:
        next_s: when the next byte is across; infinity if none is on the way.
    """

    def __init__(self, baud: int) -> None:
        """Begin with nothing on the way."""
        self._byte_s = BITS_PER_BYTE / baud
        self._free_s = 0.0
        self._bytes: deque[tuple[float, int]] = deque()
        self.next_s = math.inf

    def __len__(self) -> int:
        return len(self._bytes)

    def put(self, t_s: float, data: bytes) -> None:
        """Offer *data* at *t_s*; it waits for what is on the way already."""
        for byte in data:
            self._free_s = max(t_s, self._free_s) + self._byte_s
            self._bytes.append((self._free_s, byte))
        self._look()

    def take(self) -> tuple[float, bytes]:
        """Remove the next byte; return when it is across, and itself.

        Raises:
            IndexError: if none is on the way.
        """
        t_s, byte = self._bytes.popleft()
        self._look()
        return t_s, bytes((byte,))

    def cut(self) -> None:
        """Lose what is on the way."""
        self._bytes.clear()
        self._free_s = 0.0
        self._look()

    def _look(self) -> None:
        self.next_s = self._bytes[0][0] if self._bytes else math.inf
