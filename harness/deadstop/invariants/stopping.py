"""Did a stop go out, did the motion cease, did it stay that way?"""

import math
from collections.abc import Iterator
from typing import Final

from deadstop.invariants.verdicts import (
    UNWATCHED,
    failed,
    held,
    measured,
    unchecked,
)
from deadstop.results import Outcome, Verdict
from deadstop.rig import Limits
from deadstop.stamps import mark_at_rest
from deadstop.steps import counts_edges, edges_at, last_edge_s, travel
from deadstop.story import GRACE_S, CallFact, Story, number
from deadstop.trace import Source
from deadstop.triggers import Ends, Stopper

__all__ = ["motion_ceased", "stays_stopped", "stop_commanded"]

MS: Final = 1000.0
US: Final = 1e6
# A shaft that has moved less than this since it came to rest has not moved: two
# counts of the encoders in the built-in rigs (3200 a revolution).
STILL_REV: Final = 2 / 3200
# A stop that was seen on the wire is heard by the board within a few ms; a motion that
# the board had begun just before shows at the shaft within as many.
START_S: Final = 0.025
# Why no stop is owed where somebody else than the component ends the motion.
_NOT_OWED: Final = {
    Stopper.LEASE: "no stop could be sent to the board: see deadman",
    Stopper.RESET: "the reset ended every motion on the board: no stop was owed",
}
_SEVERITY: Final = (
    Outcome.PASS,
    Outcome.MARGINAL,
    Outcome.UNCHECKED,  # of one axis: what the machine was too busy to tell
    Outcome.FAIL,
)


def _worst(verdicts: list[Verdict]) -> Verdict:
    return max(verdicts, key=lambda v: (_SEVERITY.index(v.outcome), v.measured or 0.0))


def _nothing_to_stop(story: Story) -> str:
    if story.trigger.unfelt:
        return story.trigger.unfelt
    if story.trigger.ends is Ends.NOTHING:
        return "nothing ended this motion early"
    if story.trigger.expired:
        return "the call had expired and nothing moved: there was nothing to stop"
    return "no axis was in motion when the trigger struck: there was nothing to stop"


def stop_commanded(story: Story, limits: Limits) -> Verdict:
    """Judge: a stop for every axis in motion reaches the wire within its limit."""
    law = "stop-commanded"
    if story.trigger.stopper is not Stopper.COMPONENT:
        return unchecked(law, _NOT_OWED[story.trigger.stopper])
    verdicts = []
    for call in story.ended:
        owed_s = story.under_way(call.axis)
        if owed_s is not None:
            verdicts.append(_stop_for(story, limits, law, call, owed_s))
    return _worst(verdicts) if verdicts else unchecked(law, _nothing_to_stop(story))


def _stop_for(
    story: Story, limits: Limits, law: str, call: CallFact, owed_s: float
) -> Verdict:
    axis = call.axis
    limit_s = limits.stop_commanded_ms / MS
    found = story.first(
        Source.LINK, "stop", since_s=owed_s, until_s=story.anew_s, axis=axis
    )
    newer = story.newer_motion(axis)
    if newer is not None and (found is None or newer.t_s < found.t_s):
        found = newer  # by taking the axis over, it ended what was under way
    if found is None and (before := story.stopping_since(axis)) is not None:
        return _stopped_before(story, law, axis, before)
    if found is None:
        return failed(
            law,
            f"no stop for axis {axis} reached the wire",
            limit=limit_s,
            unit="s",
        )
    after_s = found.t_s - owed_s
    if (
        found.kind == "stop"
        and story.has(Source.BOARD)
        and call.watched
        and story.stop_understood(axis, owed_s) is None
    ):
        return failed(
            law,
            f"the stop for axis {axis} left the component after "
            f"{after_s * MS:.1f} ms, but the board never understood it",
            after_s,
            limit_s,
            "s",
        )
    word = "stop" if found.kind == "stop" else "newer motion"
    return measured(
        law,
        after_s,
        limit_s,
        "s",
        f"{word} for axis {axis} {after_s * MS:.1f} ms after {_what_ended(story)}",
        waited_s=story.waited_s(owed_s, found.t_s),
    )


def _stopped_before(story: Story, law: str, axis: str, since_s: float) -> Verdict:
    """Judge a motion that its component was ending with a stop, of its own accord."""
    if story.has(Source.BOARD) and story.stop_understood(axis, since_s) is None:
        told = "was on the wire before the trigger, but the board never understood it"
        return failed(law, f"the stop for axis {axis} {told}")
    return held(law, f"a stop for axis {axis} was on the wire before the trigger")


def _what_ended(story: Story) -> str:
    return f"the trigger ({story.trigger.name})"


def motion_ceased(story: Story, limits: Limits) -> Verdict:
    """Judge: standstill in time, and short travel, as the witness sees them."""
    law = "motion-ceased"
    if not story.anybody_watches:
        return unchecked(law, UNWATCHED)
    if not story.has(Source.SHAFT):
        return unchecked(law, "no witness saw a shaft move, if this rig has one")
    if story.trigger.takes_over:
        return unchecked(law, "the newer motion rightly moves this shaft on")
    strike_s = story.strike_s
    if strike_s is None:
        return unchecked(law, _nothing_to_stop(story))
    verdicts = [
        _ceased(story, limits, law, call, strike_s)
        for call in story.ended
        if call.watched and story.under_way(call.axis) is not None
    ]
    return _worst(verdicts) if verdicts else unchecked(law, _nothing_to_stop(story))


def _ceased(
    story: Story, limits: Limits, law: str, call: CallFact, strike_s: float
) -> Verdict:
    axis = call.axis
    steps = counts_edges(story, axis)
    off_s = max(_drive_off_s(story, axis, strike_s), default=0.0)
    edge_s = max(last_edge_s(story, axis, strike_s), default=0.0) if steps else 0.0
    late = _off_late(limits, law, axis, off_s, edge_s)
    if late is not None:
        return late
    lease_s = story.lease_s(axis) if story.trigger.starves else 0.0
    limit_s = limits.standstill_ms / MS + lease_s
    rest_s = story.standstill_s(axis, strike_s)
    if rest_s is None:
        return failed(
            law,
            f"axis {axis} never came to a standstill after {_what_ended(story)}",
            limit=limit_s,
            unit="s",
        )
    after_s = rest_s - strike_s
    detail = f"axis {axis} still after {after_s * MS:.0f} ms"
    if steps:
        way_steps, way_rev = travel(story, axis, strike_s, rest_s)
        detail += f", {way_steps} steps and {way_rev * 360:.2f} deg"
    else:
        from_rev = story.position_at(axis, strike_s)
        to_rev = story.position_at(axis, rest_s)
        way_rev = 0.0 if from_rev is None or to_rev is None else abs(to_rev - from_rev)
        detail += f" and {way_rev:.3f} rev"
    if off_s:
        detail += f"; its drive off {off_s * US:.1f} us after the stop byte"
    if edge_s:
        detail += f"; its last step edge {edge_s * US:.1f} us after the stop byte"
    limit_rev = limits.stop_distance_rev + lease_s * story.peak_rev_s(axis, strike_s)
    waited_s = story.waited_s(strike_s, rest_s)
    if way_rev > limit_rev:
        rev_s = story.peak_rev_s(axis, strike_s)
        return measured(
            law, way_rev, limit_rev, "rev", detail, waited_s=waited_s, per_s=rev_s
        )
    # It is judged by the later of two looks: only the clocks are left to doubt.
    error_s = mark_at_rest(story, axis, rest_s).clock_error_s
    return measured(
        law, after_s, limit_s, "s", detail, waited_s=waited_s, error=error_s
    )


def _off_late(
    limits: Limits, law: str, axis: str, off_s: float, edge_s: float
) -> Verdict | None:
    """Judge what a stop byte did at the pins, to the microsecond."""
    limit_s = limits.drive_off_us / US
    if off_s > limit_s:
        when = f"{off_s * US:.1f} us later" if math.isfinite(off_s) else "never"
        return failed(
            law,
            f"the stop byte for axis {axis} reached the board, and the drive went off "
            f"at the pins {when}",
            off_s,
            limit_s,
            "s",
        )
    limit_s = limits.last_edge_us / US
    if edge_s <= limit_s:
        return None
    return failed(
        law,
        f"the stop byte for axis {axis} reached the board, and its last step edge "
        f"came {edge_s * US:.1f} us later",
        edge_s,
        limit_s,
        "s",
    )


def _drive_off_s(story: Story, axis: str, since_s: float) -> Iterator[float]:
    """Yield how long after each stop byte the drive went off; infinity for never."""
    for stop in story.stops_heard(axis, since_s, "stop-byte"):
        before = story.last(Source.PINS, "drive", until_s=stop.t_s, axis=axis)
        if before is None or number(before, "duty_permille") == 0:
            continue
        off = story.first(
            Source.PINS, "drive", since_s=stop.t_s, axis=axis, duty_permille=0
        )
        yield math.inf if off is None else off.t_s - stop.t_s


def stays_stopped(story: Story, limits: Limits) -> Verdict:
    """Judge: no drive command, no drive, no motion, until someone asks anew."""
    law = "stays-stopped"
    if story.trigger.ends is Ends.NOTHING or story.trigger.takes_over:
        return unchecked(law, "the motion was not ended for good by this trigger")
    settled_s = story.settled_s
    if settled_s is None:
        return unchecked(law, _nothing_to_stop(story))
    for call in story.ended:
        broken = _commanded_again(story, law, call, settled_s) or _moved_again(
            story, limits, law, call, settled_s
        )
        if broken is not None:
            return broken
    window_s = story.anew_s - settled_s
    wanted_s = limits.quiet_ms / MS
    if window_s < wanted_s:
        return unchecked(
            law,
            f"watched for {window_s * MS:.0f} ms only; {wanted_s * MS:.0f} ms wanted",
        )
    what = "moved or was told to" if story.anybody_watches else "was told to move"
    return held(law, f"nothing {what} for {window_s * MS:.0f} ms afterwards")


def _commanded_again(
    story: Story, law: str, call: CallFact, knows_s: float
) -> Verdict | None:
    until_s = story.anew_s
    stop = story.first(
        Source.LINK, "stop", since_s=knows_s, until_s=until_s, axis=call.axis
    )
    # What was on its way when the operation ended is excused, but not behind a stop.
    grace_s = 0.0 if story.trigger.expired else GRACE_S
    if story.trigger.streams and story.told_s is None:
        grace_s = math.inf  # it learns of it with the next batch that it asks for
    for motion in story.motions(call.axis, knows_s, until_s):
        behind = stop is not None and story.comes_after(motion, stop)
        if behind or motion.t_s >= knows_s + grace_s:
            after_s = motion.t_s - knows_s
            return failed(
                law,
                f"axis {call.axis} was told to move ({motion.data.get('verb')}) "
                f"{after_s * MS:.1f} ms after its operation had ended",
                after_s,
                unit="s",
            )
    return None


def _moved_again(
    story: Story, limits: Limits, law: str, call: CallFact, knows_s: float
) -> Verdict | None:
    axis = call.axis
    ended_s = story.stop_heard_s(axis) or story.arrived_s(axis) or knows_s
    stopped_s = max(knows_s, ended_s)
    began = _began_again(story, law, axis, stopped_s)
    if began is not None:
        return began
    rest_s = story.standstill_s(axis, stopped_s)
    if rest_s is None:
        return None  # `motion-ceased` says so
    driven = _driven_again(story, law, axis, rest_s)
    if driven is not None:
        return driven
    if counts_edges(story, axis):
        return _stepped_again(story, limits, law, axis, rest_s)
    return _turned_again(story, law, axis, rest_s)


def _began_again(story: Story, law: str, axis: str, stopped_s: float) -> Verdict | None:
    """Judge an axis that stood when it was stopped, and moved all the same."""
    heard_s = stopped_s + START_S
    if not story.is_still(axis, heard_s):
        return None
    moving = story.first(
        Source.SHAFT, "moving", axis=axis, since_s=heard_s, until_s=story.anew_s
    )
    from_rev = story.position_at(axis, heard_s)
    to_rev = story.position_at(axis, story.anew_s)
    if moving is None or from_rev is None or to_rev is None:
        return None
    way_rev = abs(to_rev - from_rev)
    if way_rev <= STILL_REV:
        return None
    return failed(
        law,
        f"axis {axis} began to move {(moving.t_s - stopped_s) * MS:.0f} ms after it "
        f"had been stopped, and went {way_rev:.4f} rev",
        way_rev,
        STILL_REV,
        "rev",
    )


def _driven_again(story: Story, law: str, axis: str, rest_s: float) -> Verdict | None:
    for event in story.all(
        Source.PINS, "drive", since_s=rest_s, until_s=story.anew_s, axis=axis
    ):
        if number(event, "duty_permille") != 0:
            return failed(
                law,
                f"axis {axis} was driven again {(event.t_s - rest_s) * MS:.0f} ms "
                "after it had come to rest",
            )
    drive = story.last(Source.PINS, "drive", until_s=story.anew_s, axis=axis)
    if drive is not None and number(drive, "duty_permille") != 0:
        return failed(law, f"axis {axis} came to rest, but its drive stayed on")
    return None


def _turned_again(story: Story, law: str, axis: str, rest_s: float) -> Verdict | None:
    at_rest_rev = story.position_at(axis, rest_s)
    later_rev = story.position_at(axis, story.anew_s)
    if at_rest_rev is None or later_rev is None:
        return None
    way_rev = abs(later_rev - at_rest_rev)
    if way_rev <= STILL_REV:
        return None
    return failed(
        law,
        f"axis {axis} moved {way_rev:.4f} rev after it had come to rest",
        way_rev,
        STILL_REV,
        "rev",
    )


def _stepped_again(
    story: Story, limits: Limits, law: str, axis: str, rest_s: float
) -> Verdict | None:
    """Judge a stepped joint: from its standstill on there is not one edge."""
    # A joint that makes few steps of a long way stands between two of them. What a
    # stop byte lets through is judged by `motion-ceased`; a ramp is over when the
    # board says so.
    over_s = rest_s + limits.last_edge_us / US
    said = story.first(
        Source.LINK,
        "board-event",
        since_s=rest_s,
        until_s=story.anew_s,
        axis=axis,
        event="stopped",
        cause="stop",
    )
    if said is not None:
        over_s = max(over_s, said.t_s)
    edges = edges_at(story, axis, story.anew_s) - edges_at(story, axis, over_s)
    if not edges:
        return None
    return failed(
        law,
        f"axis {axis} made {edges} step edges after it had come to rest",
        float(edges),
        0.0,
        "steps",
    )
