"""The events of a trace, found by layer, kind and time without looking at them all."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from deadstop.axes import all_of
from deadstop.trace import Event, Scalar, Source

__all__ = ["EventIndex"]

_EVER_S: Final = float("inf")


class _Track(NamedTuple):
    """What one layer saw of certain kinds, in order; three lists of one length."""

    events: list[Event]
    stamps: list[float]
    places: list[int]  # of each among all events


class EventIndex:
    """The events of one case, in the order of their stamps.

    Attributes:
        events: all of them.
    """

    def __init__(self, trace: Iterable[Event]) -> None:
        """Index *trace*, which is in the order of the stamps."""
        self.events = tuple(trace)
        self._stamps = [event.t_s for event in self.events]
        self._places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, (_, source, kind, _) in enumerate(self.events):
            self._places[source, kind].append(place)
        self._tracks: dict[tuple[str, ...], _Track] = {}

    def all(
        self,
        source: Source,
        *kinds: str,
        since_s: float = 0.0,
        until_s: float = _EVER_S,
        axis: str | None = None,
        after: Event | None = None,
        **fields: Scalar,
    ) -> Iterator[Event]:
        """Yield the events of these *kinds*; one of all axes fits any of its board.

        Messages of one chunk of bytes bear one stamp: *after* goes by their order.
        """
        track = self._track(source, kinds)
        axes = _meant(axis)
        begin = bisect_left(track.stamps, since_s)
        if after is not None:
            begin = max(begin, bisect_right(track.places, self._place(after)))
        for i in range(begin, bisect_right(track.stamps, until_s)):
            event = track.events[i]
            if _fits(event, axes, fields):
                yield event

    def first(
        self,
        source: Source,
        *kinds: str,
        since_s: float = 0.0,
        until_s: float = _EVER_S,
        axis: str | None = None,
        after: Event | None = None,
        **fields: Scalar,
    ) -> Event | None:
        """Return the first such event, if any."""
        found = self.all(
            source,
            *kinds,
            since_s=since_s,
            until_s=until_s,
            axis=axis,
            after=after,
            **fields,
        )
        return next(found, None)

    def last(
        self,
        source: Source,
        *kinds: str,
        since_s: float = 0.0,
        until_s: float = _EVER_S,
        axis: str | None = None,
        **fields: Scalar,
    ) -> Event | None:
        """Return the last such event, if any."""
        track = self._track(source, kinds)
        axes = _meant(axis)
        begin = bisect_left(track.stamps, since_s)
        for i in reversed(range(begin, bisect_right(track.stamps, until_s))):
            event = track.events[i]
            if _fits(event, axes, fields):
                return event
        return None

    def any(
        self,
        source: Source,
        *kinds: str,
        since_s: float = 0.0,
        until_s: float | None = None,
        axis: str | None = None,
        **fields: Scalar,
    ) -> bool:
        """Whether there is such an event."""
        found = self.first(
            source,
            *kinds,
            since_s=since_s,
            until_s=_EVER_S if until_s is None else until_s,
            axis=axis,
            after=None,
            **fields,
        )
        return found is not None

    def since(self, t_s: float) -> Iterator[Event]:
        """Yield every event from *t_s* on."""
        for i in range(bisect_left(self._stamps, t_s), len(self.events)):
            yield self.events[i]

    def comes_after(self, later: Event, earlier: Event) -> bool:
        """Whether *later* follows *earlier*, also where they bear the same stamp."""
        return self._place(earlier) < self._place(later) < len(self.events)

    def has(self, source: Source) -> bool:
        """Whether this rig sees that layer at all."""
        return any(seen == source for seen, _ in self._places)

    def _track(self, source: Source, kinds: tuple[str, ...]) -> _Track:
        key = (source, *kinds)
        track = self._tracks.get(key)
        if track is None:
            places = [
                place
                for kind in set(kinds)
                for place in self._places.get((source, kind), ())
            ]
            places.sort()
            track = self._tracks[key] = _Track(
                [self.events[place] for place in places],
                [self._stamps[place] for place in places],
                places,
            )
        return track

    def _place(self, event: Event) -> int:
        """Where *event* itself is, and not its like; behind the end if nowhere."""
        place = bisect_left(self._stamps, event.t_s)
        while place < len(self.events) and self.events[place] is not event:
            place += 1
        return place


def _meant(axis: str | None) -> tuple[str, ...]:
    return () if axis is None else (axis, all_of(axis))


def _fits(event: Event, axes: tuple[str, ...], fields: dict[str, Scalar]) -> bool:
    data = event.data
    if axes and data.get("axis") not in axes:
        return False
    return all(data.get(key) == value for key, value in fields.items())
