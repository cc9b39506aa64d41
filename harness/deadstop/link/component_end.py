"""The tap's end towards the component: a pseudo-terminal that never blocks."""

import contextlib
import errno
import os
import pty
import select
import tty
from typing import Final

__all__ = ["ComponentEnd"]

KEPT_BYTES: Final = 65_536  # for a component that does not read: 5.7 s at 115200 baud


class ComponentEnd:
    """A pty, and what waits for the component to read it.

    Not thread-safe: whoever shares it holds a lock.
    """

    def __init__(self) -> None:
        """Prepare; `open` makes the pty."""
        self.path = ""
        self.fd = -1  # the master; -1 when closed
        self._name_fd = -1  # keeps the name of a closed one
        self._kept = bytearray()

    def open(self) -> None:
        """Make the pty, in raw mode, with nobody having its port open."""
        self.fd, slave = pty.openpty()
        tty.setraw(slave)  # holds for as long as the master is open
        self.path = os.ttyname(slave)
        os.close(slave)  # or the last close by the component would not be seen
        os.set_blocking(self.fd, False)

    def close(self) -> None:
        """Take the port away: whoever has it open sees an unplug.

        Its name is nobody else's before `release`: the component may open it anew,
        and would find itself on another board.
        """
        self._kept.clear()
        if self.fd >= 0:
            with contextlib.suppress(OSError):  # somebody has it for himself alone
                # The kernel gives a number away again once both ends are closed.
                self._name_fd = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
            os.close(self.fd)
            self.fd = -1

    def release(self) -> None:
        """Let others have the name of the closed port; the component has ended."""
        if self._name_fd >= 0:
            os.close(self._name_fd)
            self._name_fd = -1

    @property
    def unused(self) -> bool:
        """Whether nobody has the port open."""
        if self.fd < 0:
            return True
        poll = select.poll()
        poll.register(self.fd, 0)  # a hang-up is reported unasked
        return bool(poll.poll(0))

    @property
    def kept(self) -> int:
        """How many bytes wait for the component."""
        return len(self._kept)

    def read(self, most_bytes: int) -> bytes:
        """Return what has come; nothing if nothing has, or nobody is there."""
        if self.fd < 0:
            return b""
        try:
            return os.read(self.fd, most_bytes)
        except OSError as error:  # EIO: the port is closed, and all has been read
            if error.errno in (errno.EAGAIN, errno.EIO):
                return b""
            raise

    def keep(self, data: bytes) -> int:
        """Put *data* behind what waits; return how many bytes found no room."""
        room_bytes = KEPT_BYTES - len(self._kept)
        self._kept += data[:room_bytes]
        return max(len(data) - room_bytes, 0)

    def send_kept(self) -> None:
        """Hand on as much of what waits as the port takes."""
        if self._kept and self.fd >= 0:
            with contextlib.suppress(BlockingIOError):
                del self._kept[: os.write(self.fd, self._kept)]

    def drop_kept(self) -> None:
        """Drop what waits for the component."""
        self._kept.clear()

    def drop_unread(self) -> int:
        """Drop what the component has written; return how many bytes that was."""
        dropped_bytes = 0
        while dropped_bytes < KEPT_BYTES and (data := self.read(KEPT_BYTES)):
            dropped_bytes += len(data)
        return dropped_bytes
