"""The tap's end towards the board: a serial port that never blocks."""

import contextlib
import errno
import os
import select
import termios
import time
from typing import Final

import serial

from deadstop.errors import BoardAbsentError, RigBusyError

__all__ = ["CLOSED", "BoardEnd"]

CLOSED: Final = "the port is closed"
_BUSY: Final = frozenset({errno.EBUSY, errno.EWOULDBLOCK})  # TIOCEXCL, flock


class BoardEnd:
    """The board's port. Not thread-safe: whoever shares it holds a lock.

    All that touches the port raises `OSError` once it was unplugged or closed.
    """

    def __init__(self, path: str, baud: int, master: int = -1) -> None:
        """Prepare; `open` opens *path*, or takes a copy of *master*.

        That is a descriptor of a terminal, or of a socket that leads to one.
        """
        self.path = path
        self._baud = baud
        self._master = master
        self._copy = -1
        self._is_terminal = True
        self._port: serial.Serial | None = None
        self._queue = bytearray()
        self._why_closed = CLOSED

    def open(self) -> None:
        """Open the port, exclusively; this asserts DTR, which resets an Uno.

        Raises:
            BoardAbsentError: there is no such port, or it cannot be opened.
            RigBusyError: another process has it open.
        """
        if self._master >= 0:
            self._copy = os.dup(self._master)
            os.set_blocking(self.fd, False)
            self._is_terminal = os.isatty(self.fd)
            return
        try:
            self._port = serial.Serial(self.path, self._baud, exclusive=True)
        except serial.SerialException as error:
            if error.errno in _BUSY:
                raise RigBusyError(
                    f"board port {self.path} is open elsewhere; close that first"
                ) from error
            raise BoardAbsentError(
                f"board port {self.path} cannot be opened: {error}; "
                "is the board plugged in, and may you read and write its port?"
            ) from error
        os.set_blocking(self.fd, False)

    def close(self, why: str = CLOSED) -> None:
        """Close the port, *why* whoever uses it is told; harmless when closed."""
        self._queue.clear()
        self._why_closed = why
        if self._port is not None:
            self._port.close()
            self._port = None
        if self._copy >= 0:
            os.close(self._copy)
            self._copy = -1

    @property
    def fd(self) -> int:
        """The port's descriptor."""
        if self._copy >= 0:
            return self._copy
        if self._port is None:
            raise OSError(errno.EBADF, self._why_closed)
        return int(self._port.fileno())

    @property
    def queued(self) -> int:
        """How many bytes wait for the port to take them."""
        return len(self._queue)

    def read(self, most_bytes: int) -> bytes:
        """Return what has come; nothing if nothing has, or at a hang-up."""
        try:
            data = os.read(self.fd, most_bytes)
        except BlockingIOError:
            return b""
        if not data and not self._is_terminal:
            raise OSError(errno.EIO, "the far end has closed the connection")
        return data

    def write(self, data: bytes) -> None:
        """Write *data* behind what is queued; queue what the port does not take."""
        self._queue += data
        if self._queue:
            with contextlib.suppress(BlockingIOError):
                del self._queue[: os.write(self.fd, self._queue)]

    def drop_queued(self) -> int:
        """Drop what has not been sent, here and in the kernel.

        Returns:
            How many of the bytes queued here; how many the kernel held is not told.
        """
        dropped_bytes = len(self._queue)
        self._queue.clear()
        if not self._is_terminal:
            return dropped_bytes
        try:
            termios.tcflush(self.fd, termios.TCOFLUSH)
        except termios.error as error:
            raise OSError(*error.args) from error
        return dropped_bytes

    def write_now(self, data: bytes, within_s: float) -> None:
        """Write *data* and wait until the kernel has all of it.

        Raises:
            TimeoutError: an `OSError`: the port did not take it within *within_s*.
        """
        until_s = time.monotonic() + within_s
        writable = select.poll()
        writable.register(self.fd, select.POLLOUT)
        rest = data
        while rest:
            with contextlib.suppress(BlockingIOError):
                rest = rest[os.write(self.fd, rest) :]
            if rest:
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError(
                        errno.ETIMEDOUT,
                        f"{len(rest)} of {len(data)} bytes not taken "
                        f"within {within_s:g} s",
                    )
                writable.poll(left_s * 1e3)
