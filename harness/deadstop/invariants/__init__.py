"""The laws that every trace is judged by, in the order of the catalogue.

Each is a function from a `Story` and the rig's `Limits` to one `Verdict`. It judges
what was recorded and nothing else, so that a saved run is judged the same again.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from deadstop.invariants.aftermath import cleanup_complete, next_works, port_released
from deadstop.invariants.honesty import honest_outcome, honest_state
from deadstop.invariants.others import (
    bystanders_unharmed,
    deadman,
    loop_responsive,
    no_needless_stop,
)
from deadstop.invariants.stopping import motion_ceased, stays_stopped, stop_commanded
from deadstop.invariants.verdicts import failed, unchecked
from deadstop.moments import Moment
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.story import Story
from deadstop.trace import Source

__all__ = ["INVARIANTS", "judge"]

INVARIANTS: Final[Mapping[str, Callable[[Story, Limits], Verdict]]] = MappingProxyType(
    {
        "stop-commanded": stop_commanded,
        "motion-ceased": motion_ceased,
        "stays-stopped": stays_stopped,
        "cleanup-complete": cleanup_complete,
        "bystanders-unharmed": bystanders_unharmed,
        "honest-state": honest_state,
        "honest-outcome": honest_outcome,
        "next-works": next_works,
        "no-needless-stop": no_needless_stop,
        "loop-responsive": loop_responsive,
        "deadman": deadman,
        "port-released": port_released,
    }
)


def judge(story: Story, limits: Limits) -> tuple[Verdict, ...]:
    """Hold *story* against every law.

    A trigger that never struck, though it should have, fails `stop-commanded`: a
    case that did not happen must not look like one that went well. One that cannot
    happen is unchecked as a whole.
    """
    verdicts = tuple(law(story, limits) for law in INVARIANTS.values())
    if story.strike_s is None and story.trigger.disturbs:
        if why := _cannot_happen(story):
            return tuple(unchecked(name, why) for name in INVARIANTS)
        missed = story.first_text("moment-missed")
        never = failed(
            "stop-commanded",
            f"the trigger never struck: {missed or 'its moment was not reached'}",
        )
        return (never, *verdicts[1:])
    return verdicts


def _cannot_happen(story: Story) -> str:
    """Say why the trigger could not strike this motion; nothing if it could."""
    if story.moment is Moment.AFTER_ARRIVAL and story.stops_itself:
        return "the component itself stops this motion: it has no arrival"
    if story.first(Source.SERVER, "session-expired", components=""):
        return "the session had nothing to stop: by their API it watches no such calls"
    return ""
