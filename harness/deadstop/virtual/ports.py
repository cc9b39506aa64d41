"""The component's serial ports in virtual time, by name."""

import errno
import os
from typing import Final, Protocol

import serial

from deadstop.virtual.clock import VirtualLoop
from deadstop.virtual.descriptors import DESCRIPTORS

__all__ = ["PORTS", "Line", "VirtualPort", "install_ports"]


class Line(Protocol):
    """What a port is at the end of."""

    def opened(self) -> None:
        """Somebody opened the port."""

    def closed(self) -> None:
        """The last who had it open closed it."""

    def send(self, data: bytes) -> None:
        """Take *data* from the program."""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes of it have not crossed the line."""


class VirtualPort:
    """A serial port of the computer the component runs on."""

    def __init__(self, name: str, loop: VirtualLoop, line: Line) -> None:
        """Plug *line* in; the port is called ``deadstop://NAME``."""
        self.name = name
        self.fd = -1
        self._loop = loop
        self._line = line
        self._unread = bytearray()
        self._gone = False

    def __str__(self) -> str:
        return f"serial port {self.name}"

    @property
    def is_open(self) -> bool:
        """Whether somebody has it open."""
        return self.fd >= 0

    # The program's side (deadstop.virtual.descriptors.VirtualFile).

    def open(self) -> None:
        """Open it, for one program alone.

        Raises:
            serial.SerialException: it is open, or unplugged.
        """
        if self._gone:
            raise serial.SerialException(
                errno.ENOENT, f"could not open port deadstop://{self.name}: unplugged"
            )
        if self.is_open:
            raise serial.SerialException(
                errno.EAGAIN, f"could not lock port deadstop://{self.name}: in use"
            )
        self._unread.clear()
        self.fd = DESCRIPTORS.add(self)
        self._line.opened()

    def close(self) -> None:
        """Close it."""
        if self.is_open:
            DESCRIPTORS.remove(self.fd)
            self._loop.set_readable(self.fd, readable=False)
            self.fd = -1
            self._line.closed()

    def read(self, size: int) -> bytes:
        """Read what is there, *size* bytes at most."""
        self._require_plugged()
        if not self._unread:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        data = bytes(self._unread[:size])
        del self._unread[:size]
        self._loop.set_readable(self.fd, readable=bool(self._unread))
        return data

    def write(self, data: bytes) -> int:
        """Hand *data* to the line."""
        self._require_plugged()
        self._line.send(data)
        return len(data)

    def wait_for(self, size: int, within_s: float) -> None:
        """Block the loop until *size* bytes can be read."""
        self._loop.block_until(
            lambda: self._gone or len(self._unread) >= size, within_s
        )

    def drain(self) -> None:
        """Block the loop until what was written has crossed the line."""
        if not self._gone:
            self._loop.block_until(lambda: not self._line.unsent_bytes, float("inf"))

    def drop_input(self) -> None:
        """Drop what can be read."""
        self._unread.clear()
        if self.is_open and not self._gone:
            self._loop.set_readable(self.fd, readable=False)

    def drop_output(self) -> None:
        """Drop nothing: what was written is on the line, as it is behind a tap."""

    @property
    def unread_bytes(self) -> int:
        """How many bytes can be read."""
        return len(self._unread)

    @property
    def unsent_bytes(self) -> int:
        """How many bytes have not crossed the line."""
        return 0 if self._gone else self._line.unsent_bytes

    # The line's side.

    def receive(self, data: bytes) -> None:
        """Take *data* from the line; lost if nobody has the port open."""
        if self.is_open and not self._gone:
            self._unread += data
            self._loop.set_readable(self.fd, readable=True)

    def unplug(self) -> None:
        """Take the port away; who has it open sees an error."""
        self._gone = True
        self._unread.clear()
        if self.is_open:
            self._loop.set_readable(self.fd, readable=True)

    def _require_plugged(self) -> None:
        if self._gone:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


PORTS: Final[dict[str, VirtualPort]] = {}


def install_ports() -> None:
    """Let pyserial know of ``deadstop://``."""
    packages: list[str] = serial.protocol_handler_packages
    if __package__ not in packages:
        packages.append(__package__)
