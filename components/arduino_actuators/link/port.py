"""A serial port in an event loop: bytes in by callback, bytes out at once.

pyserial-asyncio opens, reads and tells of loss. Writing goes straight to the file
descriptor: the transport's `write` waits one turn of the loop for writability, and
behind it pyserial 3.5 spins when a full port takes nothing.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import struct
import termios
from collections.abc import Callable
from typing import Final

import serial
import serial_asyncio

from arduino_actuators.errors import LinkOpenError

__all__ = ["SerialPort"]

_HINTS: Final = {
    errno.ENOENT: "it does not exist; plug in the board, or correct the port",
    errno.ENODEV: "it does not exist; plug in the board, or correct the port",
    errno.EACCES: "permission denied; add this user to the group that owns the port",
    errno.EAGAIN: "another program uses it; end that program",
    errno.EBUSY: "another program uses it; end that program",
}


class SerialPort(asyncio.Protocol):
    """One open serial port, for one program only."""

    def __init__(
        self,
        on_bytes: Callable[[bytes], None],
        on_lost: Callable[[str], None],
    ) -> None:
        """Hear of bytes, and once of the loss of the port (not of `close`)."""
        self._on_bytes = on_bytes
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._unsent = b""
        self._fd = -1
        self._transport: asyncio.Transport | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._closing = False

    async def open(self, path: str, baud: int) -> None:
        """Open *path* for this program alone; asserts DTR, which resets an Uno.

        Raises:
            LinkOpenError: it cannot be opened; says why.
        """
        try:
            device = serial.serial_for_url(path, baudrate=baud, exclusive=True)
        except (OSError, ValueError) as error:
            hint = _HINTS.get(getattr(error, "errno", None) or 0, str(error))
            raise LinkOpenError(f"cannot open port {path!r}: {hint}") from error
        self._fd = device.fileno()
        self._transport, _ = await serial_asyncio.connection_for_serial(
            self._loop, lambda: self, device
        )

    @property
    def is_open(self) -> bool:
        """Whether bytes can be sent."""
        transport = self._transport
        # Of a port that was lost in this turn of the loop, the transport knows first.
        return not (transport is None or self._closing or transport.is_closing())

    def write(self, data: bytes) -> None:
        """Send *data* behind what is still unsent; never blocks."""
        if self._unsent:
            self._unsent += data
        elif self.is_open:
            self._put(data)

    def write_first(self, data: bytes, *, drop_queued: bool) -> None:
        """Send *data* in this turn of the loop, before anything still unsent.

        Args:
            data: what cannot wait.
            drop_queued: throw away what was written before and has not left the
                computer; done in any case if the port is full. The other axes'
                bytes go with it: send those again.
        """
        if not self.is_open:
            return
        if drop_queued:
            self._drop_queued()
        self._put(data + self._unsent)
        if self._unsent and not drop_queued:  # the port is full
            self._drop_queued()
            self._put(data)

    async def close(self) -> None:
        """Close the port and return once it can be opened again."""
        if self._transport is None:
            return
        if not self._closing:
            self._closing = True
            self._forget_unsent()
            self._drop_undrained()
            if not self._transport.is_closing():  # it would fail, closed twice
                self._transport.abort()
        await asyncio.shield(self._closed)

    def data_received(self, data: bytes) -> None:
        """Pass on what the port read (called by the transport)."""
        if not self._closing:
            self._on_bytes(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell of the loss, unless it is our own closing (called by the transport)."""
        self._forget_unsent()
        asked_for, self._closing = self._closing, True
        if not self._closed.done():
            self._closed.set_result(None)
        if not asked_for:
            self._on_lost(str(exc))

    def _put(self, data: bytes) -> None:
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._fail(error)
            return
        if self._unsent and sent == len(data):
            self._forget_unsent()
        elif sent < len(data):
            self._unsent = data[sent:]
            self._loop.add_writer(self._fd, self._write_more)

    def _write_more(self) -> None:
        self._put(self._unsent)

    def _drop_queued(self) -> None:
        self._forget_unsent()
        with contextlib.suppress(termios.error):  # not a tty, or just unplugged
            termios.tcflush(self._fd, termios.TCOFLUSH)

    def _forget_unsent(self) -> None:
        if self._unsent:
            self._unsent = b""
            self._loop.remove_writer(self._fd)

    def _drop_undrained(self) -> None:
        # The transport drains on the loop when it closes, and a port that takes
        # nothing (unplugged, flow control) would hold the loop there.
        with contextlib.suppress(OSError, termios.error):
            left = fcntl.ioctl(self._fd, termios.TIOCOUTQ, bytes(4))
            if struct.unpack("I", left)[0]:
                termios.tcflush(self._fd, termios.TCOFLUSH)

    def _fail(self, error: OSError) -> None:
        if self.is_open and self._transport is not None:
            self._closing = True
            self._forget_unsent()
            self._transport.abort()
            self._loop.call_soon(self._on_lost, str(error))
