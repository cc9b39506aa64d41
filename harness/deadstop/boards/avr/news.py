"""What happened, kept until the board halts, and then handed out in order.

In the middle of the simulation a listener could do no good: an exception would have
to pass through C++.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.pins import CPU_HZ, Change
from deadstop.boards.loopback.witness import Observe
from deadstop.trace import Event, Scalar, Source

__all__ = ["News", "ignore"]

# A duty is none; a step has its edges gathered, a limit switch an event of its own.
_NO_LEVEL: Final = frozenset({"duty", "step", "limit"})


def ignore(_event: Event) -> None:
    """Observe nothing."""


class News:
    """Events with their cycles, and un-thinned changes for who watches them."""

    def __init__(self, epoch_s: float, observe: Observe) -> None:
        """Begin with none.

        Args:
            epoch_s: the time of cycle 0.
            observe: called with each event that is handed out.
        """
        self._epoch_s = epoch_s
        self._observe = observe
        self._watchers: list[Callable[[Change], None]] = []
        self._kept: deque[Event | Change] = deque()

    @property
    def is_watched(self) -> bool:
        """Whether anybody watches the changes."""
        return bool(self._watchers)

    def to_s(self, cycle: int) -> float:
        """Turn a cycle into a time."""
        return self._epoch_s + cycle / CPU_HZ

    def to_cycles(self, t_s: float) -> float:
        """Turn a time into cycles, with what rounding leaves."""
        return (t_s - self._epoch_s) * CPU_HZ

    def watch(self, callback: Callable[[Change], None]) -> None:
        """Hand out every change to *callback* too, from now on."""
        self._watchers.append(callback)

    def tell(self, cycle: int, source: Source, kind: str, **data: Scalar) -> None:
        """Keep an event; its `cycle` is added."""
        data["cycle"] = cycle
        self._kept.append(Event(self.to_s(cycle), source, kind, data))

    def pass_on(self, event: Event, **more: Scalar) -> None:
        """Keep an event of a witness that knows no cycles, with *more* facts."""
        cycle = round(self.to_cycles(event.t_s))
        data = {**event.data, **more, "cycle": cycle}
        self._kept.append(Event(event.t_s, event.source, event.kind, data))

    def tell_change(self, change: Change) -> None:
        """Keep a change, and the event that its edge is, if it makes one by itself."""
        if change.signal not in _NO_LEVEL:
            self.tell(
                change.cycle,
                Source.PINS,
                "level",
                pin=change.pin,
                signal=f"{change.signal} {change.axis}",
                axis=change.axis,
                level=change.level,
            )
        if self._watchers:
            self._kept.append(change)

    def hand_out(self) -> None:
        """Hand out what is kept; an exception of a listener keeps the rest."""
        while self._kept:
            kept = self._kept.popleft()
            if isinstance(kept, Event):
                self._observe(kept)
            else:
                for watcher in self._watchers:
                    watcher(kept)
