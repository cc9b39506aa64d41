"""The ordered record of one case: everything that happened, on one clock.

Every layer adds to it (client, server, operation, link, board, pins, shaft) from
its own thread or process. Stamps are CLOCK_MONOTONIC seconds, which all
processes of one Linux machine share.
"""

import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

__all__ = ["Event", "Scalar", "Source", "Trace", "TraceFileError", "as_line"]


class Source(StrEnum):
    """The layer that saw an event."""

    JUDGE = "judge"  # the harness itself: case begins, moment reached, trigger struck
    CLIENT = "client"  # the calling process
    SERVER = "server"  # the component's process, outside of the component
    LINK = "link"  # the tap: bytes and messages between component and board
    BOARD = "board"  # what the board's controller says of itself
    PINS = "pins"  # drive at the board's outputs
    SHAFT = "shaft"  # the witness: motion of the plant


_NO_DATA: Final[Mapping[str, Scalar]] = MappingProxyType({})
_IN_TIME: Final = attrgetter("t_s")


class Event(NamedTuple):
    """One thing that happened; a named tuple is made in a third of the time.

    Attributes:
        t_s: CLOCK_MONOTONIC, seconds.
        source: the layer that saw it.
        kind: what happened, a lower-case word with hyphens; see ARCHITECTURE.md.
        data: flat, JSON-able facts; numeric keys end in their unit.
    """

    t_s: float
    source: Source
    kind: str
    data: Mapping[str, Scalar] = _NO_DATA


class TraceFileError(Exception):
    """A trace file cannot be read; the message names the file and the line."""


_RESERVED: Final = frozenset({"t_s", "source", "kind"})


def _event(row: Mapping[str, Any]) -> Event:
    t_s = float(row["t_s"])
    if not math.isfinite(t_s):
        raise ValueError(f"t_s is {t_s}")
    data = {key: value for key, value in row.items() if key not in _RESERVED}
    return Event(t_s, Source(str(row["source"])), str(row["kind"]), data)


def as_line(event: Event) -> str:
    """Return *event* as a line of a trace's file."""
    row = {
        "t_s": event.t_s,
        "source": event.source.value,
        "kind": event.kind,
        **event.data,
    }
    return json.dumps(row, separators=(",", ":")) + "\n"


class Trace:
    """An append-only, thread-safe record; listeners hear each event as it is added."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        """Start with *events*, usually none."""
        self._events = list(events)
        self._listeners: tuple[Callable[[Event], None], ...] = ()
        self._lock = threading.Lock()

    def add(self, event: Event) -> None:
        """Append *event* and tell the listeners, in the calling thread."""
        with self._lock:
            self._events.append(event)
            listeners = self._listeners
        for listener in listeners:
            listener(event)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call *listener* for each event from now on; the result ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unlisten() -> None:
            with self._lock:
                left = list(self._listeners)
                if listener in left:
                    left.remove(listener)
                self._listeners = tuple(left)

        return unlisten

    def __iter__(self) -> Iterator[Event]:
        """Iterate over the events in the order of their stamps."""
        with self._lock:
            events = list(self._events)
        return iter(sorted(events, key=_IN_TIME))

    def amend(self, change: Callable[[Event], Event]) -> None:
        """Replace every event by what *change* makes of it; tells nobody."""
        with self._lock:
            self._events = [change(event) for event in self._events]

    def __len__(self) -> int:
        return len(self._events)

    def write(self, path: Path) -> None:
        """Write one JSON object a line, in the order of the stamps.

        The stamps are written in full: what is read back is judged exactly alike.
        """
        with path.open("w", encoding="utf-8") as file:
            for event in self:
                file.write(as_line(event))

    @classmethod
    def read(cls, path: Path) -> "Trace":
        """Read what `write` wrote.

        Raises:
            TraceFileError: naming file and line, if it is not a trace.
        """
        events = []
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TraceFileError(f"{path}: cannot read the trace: {error}") from error
        for number, line in enumerate(lines, start=1):
            try:
                events.append(_event(json.loads(line)))
            except (
                ValueError,
                KeyError,
                TypeError,
                OverflowError,
                RecursionError,
            ) as error:
                raise TraceFileError(
                    f"{path}:{number}: not a trace event: {error!r}"
                ) from error
        return cls(events)
