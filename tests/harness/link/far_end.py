"""The far end of a tapped link, and a record of what the tap tells."""

import contextlib
import os
import pty
import select
import threading
import time
import tty
from typing import Self

from deadstop.trace import Event

PATIENCE_S = 5.0  # how long a test waits for what must come


class FarEnd:
    """A board's side of a serial line that says only what a test has it say."""

    def __init__(self) -> None:
        """Make the pty whose path stands for the board's serial port."""
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.master, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.vanish()

    def vanish(self) -> None:
        """Pull the board's cable."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def say(self, data: bytes) -> None:
        """Send *data* to the tap."""
        until_s = time.monotonic() + PATIENCE_S
        while data and time.monotonic() < until_s:
            select.select([], [self.master], [], PATIENCE_S)
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.master, data) :]
        assert not data, f"the tap does not read: {len(data)} bytes are left"

    def heard(self, count: int, within_s: float = PATIENCE_S) -> bytes:
        """Return what the board's side gets, once that is *count* bytes."""
        data = b""
        until_s = time.monotonic() + within_s
        while len(data) < count and (left_s := until_s - time.monotonic()) > 0:
            if select.select([self.master], [], [], left_s)[0]:
                with contextlib.suppress(BlockingIOError):
                    data += os.read(self.master, 4096)
        return data


class Record:
    """Hears the tap's events and lets a test wait for them."""

    def __init__(self) -> None:
        """Begin empty."""
        self.events: list[Event] = []
        self._news = threading.Condition()

    def hear(self, event: Event) -> None:
        """Take *event*; for `Tap`'s *observe*."""
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def all(self, *kinds: str) -> list[Event]:
        """Return the events of these *kinds* so far."""
        return [event for event in tuple(self.events) if event.kind in kinds]

    def wait(self, kind: str, count: int = 1) -> Event:
        """Return the *count*-th event of *kind*, as soon as it is there."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.all(kind)) >= count, PATIENCE_S)
        kinds = [event.kind for event in self.events]
        assert came, f"no {kind!r} (number {count}) in {kinds}"
        return self.all(kind)[count - 1]
