"""Descriptors that no kernel knows: files that live in virtual time.

A serial port's program may write to its descriptor (`os.write`), drop what is queued
(`termios.tcflush`) or ask how much that is. `outside.py` puts these in place of the
system's own calls, which they still are for every real descriptor.
"""

import errno
import os
from typing import Final, Protocol

__all__ = ["DESCRIPTORS", "Descriptors", "VirtualFile"]

# Far above what a process can have open: /proc/sys/fs/nr_open is 2**20 by default.
FIRST: Final = 1 << 24


class VirtualFile(Protocol):
    """A file that lives in virtual time; non-blocking."""

    def read(self, size: int) -> bytes:
        """Read at most *size* bytes.

        Raises:
            BlockingIOError: there are none.
            OSError: EIO, it was unplugged.
        """

    def write(self, data: bytes) -> int:
        """Write, and return how many bytes were taken.

        Raises:
            OSError: EIO, it was unplugged.
        """

    def drop_input(self) -> None:
        """Drop what was received and not yet read."""

    def drop_output(self) -> None:
        """Drop what was written and has not left yet."""

    def drain(self) -> None:
        """Block until what was written has left."""

    @property
    def unread_bytes(self) -> int:
        """How many bytes can be read."""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes have been written and have not left."""

    def close(self) -> None:
        """Close it; its descriptor is gone."""


class Descriptors:
    """The table of open virtual files."""

    def __init__(self) -> None:
        """Begin with none."""
        self._files: dict[int, VirtualFile] = {}
        self._next = FIRST

    def add(self, file: VirtualFile) -> int:
        """Open *file* and return its descriptor."""
        fd, self._next = self._next, self._next + 1
        self._files[fd] = file
        return fd

    def remove(self, fd: int) -> None:
        """Forget *fd*."""
        self._files.pop(fd, None)

    def holds(self, fd: object) -> bool:
        """Whether *fd* is one of these, open or not."""
        return isinstance(fd, int) and fd >= FIRST

    def file(self, fd: int) -> VirtualFile:
        """Return the file behind *fd*.

        Raises:
            OSError: EBADF, it is not open.
        """
        try:
            return self._files[fd]
        except KeyError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None

    def names(self) -> list[str]:
        """Return what is open."""
        return [str(file) for file in self._files.values()]


DESCRIPTORS: Final = Descriptors()
