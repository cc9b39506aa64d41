"""Who has a port open: the kernel tells of each opening, and so of DTR, in effect.

A pseudo-terminal has no DTR. On a real port the kernel raises it at the first opening
and, unless HUPCL was cleared, lowers it at the last close (termios(3)). An Uno is reset
as it rises.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator
from typing import Final

from deadstop.port_users import port_users

__all__ = ["Openings"]

# sys/inotify.h
IN_CLOSE_WRITE: Final = 0x8
IN_CLOSE_NOWRITE: Final = 0x10
IN_OPEN: Final = 0x20
_HEADER: Final = struct.Struct("iIII")  # watch, mask, cookie, length of the name
_READ_BYTES: Final = 4096
_CFLAG: Final = 2  # where `termios.tcgetattr` has the control modes


class Openings:
    """Watches one pseudo-terminal's port, from its making until `close`.

    Who has it open already, as the board and this object have, does not count.
    """

    def __init__(self, path: str) -> None:
        """Watch the port at *path*, which nobody has opened by its path yet."""
        self._users = 0
        self._dtr = False
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        attributes = termios.tcgetattr(self._port)
        attributes[_CFLAG] |= termios.HUPCL  # as a real port has it to begin with
        termios.tcsetattr(self._port, termios.TCSANOW, attributes)
        libc = ctypes.CDLL(None, use_errno=True)
        self._inotify: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        wanted = IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
        watch = libc.inotify_add_watch(self._inotify, os.fsencode(path), wanted)
        if self._inotify < 0 or watch < 0:
            error = ctypes.get_errno()
            self.close()
            raise OSError(error, f"cannot watch {path}: {os.strerror(error)}")
        self._path = path
        self._ours = port_users(path)

    def fileno(self) -> int:
        """What becomes readable when `dtr_rises` has something to tell."""
        return self._inotify

    @property
    def users(self) -> int:
        """How many have the port open, as told so far."""
        return self._users

    def dtr_rises(self) -> int:
        """Take note of what has happened; return how often DTR would have risen."""
        rises = 0
        doubtful = False
        while self._has_news():
            for mask in self._masks():
                if mask & IN_OPEN:
                    rises += not self._dtr
                    self._dtr = True
                    self._users += 1
                elif mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE):
                    doubtful = True
                    self._users = max(self._users - 1, 0)
                    if not self._users:
                        self._closed()
            if doubtful:
                self._count_anew()
        return rises

    def close(self) -> None:
        """Watch no longer; a second call does nothing."""
        for fd in (self._inotify, self._port):
            if fd >= 0:
                os.close(fd)
        self._inotify = self._port = -1

    def _masks(self) -> Iterator[int]:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._inotify, _READ_BYTES)
            while data:
                _, mask, _, name_bytes = _HEADER.unpack_from(data)
                yield mask
                data = data[_HEADER.size + name_bytes :]

    def _has_news(self) -> bool:
        return bool(select.select([self._inotify], [], [], 0)[0])

    def _count_anew(self) -> None:
        """Put the count right: of two like events in a row one is told (inotify(7))."""
        users = len(port_users(self._path) - self._ours)
        if self._has_news():
            return  # they are about what has just been counted
        if self._users and not users:
            self._closed()
        self._users = users

    def _closed(self) -> None:
        """Leave the port as the last close leaves a real one."""
        with contextlib.suppress(termios.error, OSError):  # it is hung up
            # This one stays open, so that they would outlive whoever asked for them.
            termios.tcflush(self._port, termios.TCIFLUSH)
            fcntl.ioctl(self._port, termios.TIOCNXCL)
            if termios.tcgetattr(self._port)[_CFLAG] & termios.HUPCL:
                self._dtr = False
