"""What a witness that counts step edges tells of a joint: exact to the microstep."""

from collections.abc import Iterator
from typing import Final

from deadstop.results import JointStop
from deadstop.story import Story, number
from deadstop.trace import Event, Source

__all__ = [
    "counts_edges",
    "edges_at",
    "joints_of",
    "last_edge_s",
    "lost_steps",
    "travel",
]

DEG_PER_REV: Final = 360.0
US: Final = 1e6
_SEEN: Final = ("moving", "sample", "standstill")


def counts_edges(story: Story, axis: str) -> bool:
    """Whether the witness of *axis* counts the edges of its step pin."""
    if not story.counts_edges:
        return False
    seen = story.first(Source.SHAFT, *_SEEN, axis=axis)
    return seen is not None and "edges" in seen.data


def edges_at(story: Story, axis: str, t_s: float) -> int:
    """How many step edges *axis* has had since power-up, as far as seen by *t_s*."""
    seen = story.last(Source.SHAFT, *_SEEN, until_s=t_s, axis=axis)
    return 0 if seen is None else int(number(seen, "edges"))


def travel(story: Story, axis: str, from_s: float, to_s: float) -> tuple[int, float]:
    """Return how far *axis* went from *from_s* to *to_s*: steps, and revolutions.

    Both without their signs. Between two samples it is taken to move evenly.
    """
    steps, way_rev = (
        abs(_at(story, axis, to_s, key) - _at(story, axis, from_s, key))
        for key in ("steps", "position_rev")
    )
    return round(steps), way_rev


def _at(story: Story, axis: str, t_s: float, key: str) -> float:
    before = story.last(Source.SHAFT, *_SEEN, until_s=t_s, axis=axis)
    if before is None:
        return 0.0  # where it was at power-up
    value = number(before, key)
    after = story.first(Source.SHAFT, *_SEEN, since_s=t_s, axis=axis)
    if before.kind == "standstill" or after is None or after.t_s <= before.t_s:
        return value
    share = (t_s - before.t_s) / (after.t_s - before.t_s)
    return value + share * (number(after, key) - value)


def last_edge_s(story: Story, axis: str, since_s: float) -> Iterator[float]:
    """Yield of each stop byte that reached *axis* in motion, when its last edge came.

    In seconds from the end of that byte.
    """
    for stop in story.stops_heard(axis, since_s, "stop-byte"):
        if story.is_still(axis, stop.t_s):
            continue
        rest = _rest_after(story, axis, stop)
        if rest is not None:  # else `motion-ceased` says that it never came to rest
            yield max(rest.t_s - stop.t_s, 0.0)


def _rest_after(story: Story, axis: str, stop: Event) -> Event | None:
    """Return the rest that ended the motion in which *stop* came.

    Its stamp is that of the last edge, which may be the one before the stop.
    """
    begun = story.last(Source.SHAFT, "moving", until_s=stop.t_s, axis=axis)
    since_s = stop.t_s if begun is None else begun.t_s
    return story.first(
        Source.SHAFT, "standstill", since_s=since_s, after=begun, axis=axis
    )


def lost_steps(story: Story, axis: str) -> int:
    """How many edges the rotor of *axis* did not follow, in the motion or its end."""
    lost = story.all(
        Source.SHAFT, "lost", since_s=story.begin_s, until_s=story.anew_s, axis=axis
    )
    return sum(abs(int(number(event, "steps"))) for event in lost)


def joints_of(story: Story) -> tuple[JointStop, ...]:
    """Return what became of each stepped joint when its call was ended."""
    strike_s = story.strike_s
    if strike_s is None or story.trigger.takes_over or not story.counts_edges:
        return ()
    return tuple(
        _joint(story, call.axis, strike_s)
        for call in story.ended
        if counts_edges(story, call.axis)
    )


def _joint(story: Story, axis: str, strike_s: float) -> JointStop:
    rest_s = story.standstill_s(axis, strike_s)
    steps, way_rev = travel(
        story, axis, strike_s, story.anew_s if rest_s is None else rest_s
    )
    edge_s = next(last_edge_s(story, axis, strike_s), None)
    return JointStop(
        axis,
        None if rest_s is None else round(rest_s - strike_s, 9),
        steps,
        round(way_rev * DEG_PER_REV, 4),
        None if edge_s is None else round(edge_s * US, 3),
    )
