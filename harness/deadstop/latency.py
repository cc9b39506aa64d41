"""The latency of a stop, leg by leg, from the trigger to the shaft at rest."""

import math

from deadstop.results import Leg
from deadstop.stamps import Mark, mark_at_rest, mark_of
from deadstop.story import Story
from deadstop.trace import Source
from deadstop.triggers import Stopper

__all__ = ["LEGS", "legs_of"]

LEGS = (
    "trigger to operation",
    "operation to first stop byte",
    "first to last stop byte",
    "stop byte to board",
    "board to pins dead",
    "pins dead to shaft still",
    "trigger to shaft still",
)


def legs_of(story: Story) -> tuple[Leg, ...]:
    """Return the legs that this trace shows.

    Of the first call that was ended; of its joints, that which stood still last. An
    instant that lay between two looks is taken for the middle of them: half of their
    distance is part of the error.
    """
    strike_s = story.strike_s
    trigger = story.trigger
    by_component = trigger.stopper is Stopper.COMPONENT and not trigger.takes_over
    if strike_s is None or not by_component:
        return ()
    axis = _slowest(story, strike_s)
    if axis is None:
        return ()
    until_s = story.anew_s
    stops = list(
        story.all(Source.LINK, "stop", since_s=strike_s, until_s=until_s, axis=axis)
    )
    heard = story.stop_understood(axis, strike_s)
    heard_s = story.stop_heard_s(axis)
    dead = story.first(
        Source.PINS,
        "drive",
        since_s=strike_s if heard_s is None else heard_s,
        until_s=until_s,
        axis=axis,
        duty_permille=0,
    )
    rest_s = story.standstill_s(axis, strike_s) if story.is_watched(axis) else None
    marks: list[Mark | None] = [
        Mark(strike_s),
        None if story.told_s is None else Mark(story.told_s),
        mark_of(story, stops[0]) if stops else None,
        mark_of(story, stops[-1]) if stops else None,
        None if heard is None or not stops else mark_of(story, heard),
        None if dead is None else mark_of(story, dead),
        None if rest_s is None else mark_at_rest(story, axis, rest_s),
    ]
    pairs = [(0, 1), (1, 2), (2, 3), (2, 4), (4, 5), (5, 6), (0, 6)]
    legs = []
    for name, (first, last) in zip(LEGS, pairs, strict=True):
        begin, end = marks[first], marks[last]
        if begin is not None and end is not None:
            took_s, error_s = begin.until(end)
            legs.append(Leg(name, round(took_s, 7), round(error_s, 7)))
    return tuple(legs)


def _slowest(story: Story, strike_s: float) -> str | None:
    owed = [call for call in story.ended if story.under_way(call.axis) is not None]
    axes = [call.axis for call in owed if call.id == owed[0].id]
    if len(axes) < 2:  # noqa: PLR2004 - nothing to choose from
        return axes[0] if axes else None

    def still_s(axis: str) -> float:
        rest_s = story.standstill_s(axis, strike_s)
        return math.inf if rest_s is None else rest_s

    return max(axes, key=still_s)
