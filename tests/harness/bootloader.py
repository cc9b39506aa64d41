"""A bootloader's end of a serial line: STK500 version 1, as Optiboot speaks it.

Written from Atmel's application note AVR061 and what avrdude asks. It answers on a
pseudo-terminal in a thread, and keeps what it is given to write.
"""

import os
import pty
import select
import threading
import tty
from typing import Final, Self

__all__ = ["Bootloader"]

SIGNATURE: Final = b"\x1e\x95\x0f"  # of an ATmega328P
IN_SYNC: Final = b"\x14"
OK: Final = b"\x10"
END: Final = b"\x20"  # of each command
# How many bytes follow a command's first, the end included.
LENGTHS: Final = {
    0x30: 1,
    0x41: 2,
    0x42: 21,
    0x50: 1,
    0x51: 1,
    0x55: 3,
    0x56: 5,
    0x75: 1,
}
PAGE_BYTES: Final = 256  # the most that this family has
SET_EXTENDED: Final = 0x45
WRITE_PAGE: Final = 0x64
READ_PAGE: Final = 0x74
LOAD_ADDRESS: Final = 0x55
READ_SIGNATURE: Final = 0x75
GET_PARAMETER: Final = 0x41
UNIVERSAL: Final = 0x56


class Bootloader:
    """A bootloader behind `path`; a context manager."""

    def __init__(self, *, signature: bytes = SIGNATURE, forgets: bool = False) -> None:
        """Begin with an erased chip.

        Args:
            signature: of the chip.
            forgets: whether one byte of what is written gets lost.
        """
        self.flash = bytearray(b"\xff" * 32 * 1024)
        self._signature = signature
        self._forgets = forgets
        self._address = 0
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._wake = os.eventfd(0)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        for fd in (self._master, self._slave, self._wake):
            os.close(fd)

    def hear(self, data: bytes) -> None:
        """Take *data* as if it had come from the line."""
        os.write(self._slave, data)

    def _read(self, count: int) -> bytes:
        """Return so many bytes; raise `EOFError` when it is over."""
        data = b""
        while len(data) < count:
            ready, _, _ = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                raise EOFError
            data += os.read(self._master, count - len(data))
        return data

    def _serve(self) -> None:
        try:
            while True:
                os.write(self._master, self._answer(self._read(1)[0]))
        except (EOFError, OSError):
            return

    def _answer(self, command: int) -> bytes:
        if command in (WRITE_PAGE, READ_PAGE):
            return self._page(command)
        if command == SET_EXTENDED:
            self._read(self._read(1)[0])
            return IN_SYNC + OK
        if command not in LENGTHS:
            return b""  # noise
        rest = self._read(LENGTHS[command])
        if not rest.endswith(END):
            return b""
        told = b""
        if command == LOAD_ADDRESS:
            self._address = 2 * int.from_bytes(rest[:2], "little")
        elif command == READ_SIGNATURE:
            told = self._signature
        elif command == GET_PARAMETER:
            told = b"\x04"
        elif command == UNIVERSAL:
            told = b"\x00"
        return IN_SYNC + told + OK

    def _page(self, command: int) -> bytes:
        size = int.from_bytes(self._read(2), "big")
        if size > PAGE_BYTES:
            return b""  # noise, such as a question in another protocol
        self._read(1)  # which memory
        place = slice(self._address, self._address + size)
        if command == READ_PAGE:
            self._read(1)
            return IN_SYNC + bytes(self.flash[place]) + OK
        self.flash[place] = self._read(size)
        if self._forgets:
            self.flash[self._address] ^= 0x01
        self._read(1)
        return IN_SYNC + OK
