"""Stops under way: which ones the board has not answered, and who waits for them."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from arduino_actuators.wire import AxisNotice, BoardEvent, Cause

__all__ = ["PendingStops"]

# What an axis tells of a motion that goes on.
_GOES_ON: Final = frozenset({BoardEvent.STARTED, BoardEvent.PASSED})


class PendingStops:
    """What was sent to stop axes, until the board says that it heard it."""

    def __init__(self) -> None:
        """Start with nothing to stop."""
        self._unheard: dict[str, bytes] = {}
        self._waiting: dict[asyncio.Future[None], str] = {}

    def add(self, axis: str, data: bytes) -> None:
        """Note that *data* is being sent to stop *axis*."""
        self._unheard[axis] = data

    @property
    def unheard(self) -> bytes:
        """What to send again when the port's queue has to be dropped."""
        # One frame or byte may stop several axes.
        return b"".join(dict.fromkeys(self._unheard.values()))

    def forget(self, axis: str) -> None:
        """Never repeat the stop of *axis*: it would hit a newer motion."""
        stop = self._unheard.get(axis)
        if stop is not None:
            self._unheard = {a: s for a, s in self._unheard.items() if s != stop}

    def forget_all(self) -> None:
        """Repeat no stop: the board is gone, or has stopped by its reset."""
        self._unheard.clear()

    @contextlib.contextmanager
    def expect_end(
        self, axes: Iterable[str]
    ) -> Iterator[Mapping[str, asyncio.Future[None]]]:
        """Give for each of *axes* a future that is done once it has come to an end."""
        loop = asyncio.get_running_loop()
        ended = {axis: loop.create_future() for axis in axes}
        self._waiting.update({future: axis for axis, future in ended.items()})
        try:
            yield ended
        finally:
            for future in ended.values():
                del self._waiting[future]

    def hear(self, notice: AxisNotice) -> None:
        """Learn of an event."""
        if notice.event in _GOES_ON or notice.cause is Cause.SUPERSEDED:
            return
        if notice.event is not BoardEvent.ARRIVED:
            self._unheard.pop(notice.axis, None)
        if notice.event is BoardEvent.STOPPING:
            return
        for ended, axis in self._waiting.items():
            if axis == notice.axis and not ended.done():
                ended.set_result(None)
