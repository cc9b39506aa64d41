"""What the simulator's pins and shafts did, kept for whoever asks, and on a file.

The file is a trace, written as it happens: it tells how a motor came to rest even where
all others that watched it have died.
"""

import threading
from pathlib import Path
from typing import IO, Final

from deadstop.trace import Event, Source, as_line
from deadstop.uno.state import AxisView

__all__ = ["PinRecord"]

_SHAFT: Final = frozenset({"moving", "sample", "standstill"})
_BOARD: Final = frozenset({"boot", "command"})
_PINS: Final = frozenset({"drive", "level", "limit"})


class PinRecord:
    """Hears every event of the board, in the board's thread; asked from any other."""

    def __init__(self, axes: str, file: Path | None = None) -> None:
        """Know of *axes* that they are at rest.

        Args:
            axes: the letters of the board's axes.
            file: gets each change of a pin or drive, each movement from its beginning
                to its end, each command that arrived and each boot, one JSON object a
                line; None for no file.

        Raises:
            OSError: it cannot be written.
        """
        self._lock = threading.Lock()
        self._axes = {axis: AxisView() for axis in axes}
        self._levels: dict[str, int] = {}
        self._last_change_s: float | None = None
        # Unbuffered: what has happened is on the file, whatever happens next.
        self._file: IO[bytes] | None = None if file is None else file.open("wb", 0)

    def observe(self, event: Event) -> None:
        """Take note of *event*.

        Raises:
            OSError: the file cannot be written.
        """
        with self._lock:
            self._note(event)
            if self._file is not None and _is_kept(event):
                self._file.write(as_line(event).encode())

    @property
    def axes(self) -> dict[str, AxisView]:
        """What is known of each axis; positions are those of its last event."""
        with self._lock:
            return dict(self._axes)

    @property
    def levels(self) -> dict[str, int]:
        """The level of each pin of the shield that has changed yet."""
        with self._lock:
            return dict(self._levels)

    @property
    def last_change_s(self) -> float | None:
        """When a drive last changed, CLOCK_MONOTONIC; None if none has."""
        with self._lock:
            return self._last_change_s

    def close(self) -> None:
        """Close the file, if any."""
        if self._file is not None:
            self._file.close()

    def _note(self, event: Event) -> None:
        data = event.data
        axis = str(data.get("axis", ""))
        view = self._axes.get(axis)
        match event.source, event.kind:
            case Source.PINS, "drive" if view is not None:
                self._last_change_s = event.t_s
                self._axes[axis] = view.driven(data)
            case Source.PINS, "level":
                level = data["level"]
                self._levels[str(data["pin"])] = level if isinstance(level, int) else 0
            case Source.SHAFT, _ if view is not None and "position_rev" in data:
                self._axes[axis] = view.moved(event.kind, data)


def _is_kept(event: Event) -> bool:
    match event.source:
        case Source.PINS:
            return event.kind in _PINS
        case Source.SHAFT:
            return event.kind in _SHAFT
        case Source.BOARD:
            return event.kind in _BOARD
        case _:
            return False
