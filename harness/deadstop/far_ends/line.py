"""A device on a serial port: bytes in, answers out, until the port is gone."""

import os
import sys
import time
import tty
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["Device", "main"]

READ_BYTES: Final = 4096


class Device(Protocol):
    """What is at the far end; it does no I/O and has no clock of its own."""

    def feed(self, data: bytes, t_s: float) -> bytes:
        """Take *data*, which came at *t_s*, and return what is answered to it."""


def main(make: Callable[[], Device]) -> None:
    """Serve the device that *make* makes on the port that the arguments name."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and its port
        sys.exit(f"usage: {sys.argv[0]} PORT")
    try:
        port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
    except OSError as error:
        sys.exit(f"port {sys.argv[1]!r} cannot be opened: {error.strerror}")
    tty.setraw(port)
    device = make()
    while data := _read(port):
        answer = device.feed(data, time.monotonic())
        while answer:
            answer = answer[os.write(port, answer) :]


def _read(port: int) -> bytes:
    try:
        return os.read(port, READ_BYTES)
    except OSError:  # EIO: the other end was closed
        return b""
