"""Stops under way: which ones the board has not answered, and who waits for them."""

import asyncio
import contextlib
from collections.abc import Iterator

from arduino_actuators.wire import AxisNotice, BoardEvent, Cause

__all__ = ["PendingStops"]


class PendingStops:
    """What was sent to stop axes, until the board says that it heard it."""

    def __init__(self) -> None:
        """Start with nothing to stop."""
        self._unheard: dict[str, bytes] = {}
        self._waiting: dict[asyncio.Future[None], tuple[str, int]] = {}

    def add(self, axis: str, data: bytes) -> None:
        """Note that *data* is being sent to stop *axis*."""
        self._unheard[axis] = data

    @property
    def unheard(self) -> bytes:
        """What to send again when the port's queue has to be dropped."""
        return b"".join(self._unheard.values())

    def forget(self, axis: str) -> None:
        """Never repeat the stop of *axis*: it would hit a newer motion."""
        self._unheard.pop(axis, None)

    def forget_all(self) -> None:
        """Repeat no stop: the board is gone, or has stopped by its reset."""
        self._unheard.clear()

    @contextlib.contextmanager
    def expect_end(self, axis: str, motion: int) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done once *axis* stands, or a newer one has it."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[ended] = (axis, motion)
        try:
            yield ended
        finally:
            del self._waiting[ended]

    def hear(self, notice: AxisNotice) -> None:
        """Learn of an event."""
        if notice.event is BoardEvent.STARTED or notice.cause is Cause.SUPERSEDED:
            return
        if notice.event is not BoardEvent.ARRIVED:
            self._unheard.pop(notice.axis, None)
        if notice.event is BoardEvent.STOPPING:
            return
        for ended, (axis, _) in self._waiting.items():
            if axis == notice.axis and not ended.done():
                ended.set_result(None)
