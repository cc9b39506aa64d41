"""Does what the component says agree with what the witness saw?"""

from typing import Final

from deadstop.invariants.verdicts import (
    UNWATCHED,
    failed,
    held,
    measured,
    needs_answers,
    unchecked,
)
from deadstop.moments import Moment
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.steps import lost_steps
from deadstop.story import GRACE_S, CallFact, Story, number
from deadstop.trace import Event, Source
from deadstop.triggers import Ends, Stopper

__all__ = ["honest_outcome", "honest_state"]

MS: Final = 1000.0
# Of the time of the undisturbed motion: what ends that much before it cannot have
# reached its target. More than a busy machine delays, less than half of the way.
EARLY_BELOW: Final = 0.8


@needs_answers
def honest_state(story: Story, limits: Limits) -> Verdict:
    """Judge: what it says of its motion and position agrees with the witness."""
    law = "honest-state"
    checks = list(story.all(Source.JUDGE, "check"))
    wanted = sum({call.id: call.checks for call in story.askable}.values())
    if len(checks) < wanted or not checks:
        why = story.first_text("unanswered", "component-gone")
        return failed(law, f"the component could not be asked: {why or 'not reached'}")
    worst_rev = 0.0
    for check in checks:
        lie = _lie_of(story, limits, law, check)
        if lie is not None:
            return lie
        if check.data.get("off_rev") is not None and story.trigger.keeps_position:
            worst_rev = max(worst_rev, number(check, "off_rev"))
    if not story.anybody_watches:
        return unchecked(law, UNWATCHED)
    # In the order in which they were asked, each once.
    states = [str(c.data["what"]) for c in checks if "value" in c.data]
    asked = list(dict.fromkeys(states))
    if not any("off_rev" in check.data for check in checks):
        return held(law, _agree(asked))
    if not story.trigger.keeps_position:
        return held(law, _agree(asked))
    return measured(
        law,
        worst_rev,
        limits.position_tolerance_rev,
        "rev",
        _agree([*asked, "position"]),
    )


def _agree(asked: list[str]) -> str:
    *most, last = asked
    if not most:
        return f"{last} agrees with the witness"
    return f"{', '.join(most)} and {last} agree with the witness"


def _lie_of(story: Story, limits: Limits, law: str, check: Event) -> Verdict | None:
    """Judge one answer."""
    component, what = check.data["component"], check.data["what"]
    if check.data["outcome"] != "returned":
        return failed(law, f"{component}.{what} failed: {check.data.get('error')}")
    axes = [call.axis for call in story.calls if call.component == component]
    if not all(map(story.is_watched, axes)):
        return None
    if check.data.get("value") and all(
        story.is_still(axis, check.t_s) for axis in axes
    ):
        return failed(law, f"{component}.{what} says true of a shaft at rest")
    if "off_rev" not in check.data or not story.trigger.keeps_position:
        return None
    axis = str(check.data.get("axis", axes[0]))
    lost = lost_steps(story, axis)
    if lost:
        return failed(
            law,
            f"axis {axis} lost {lost} steps: {component}.{what} cannot say where it is",
            float(lost),
            0.0,
            "steps",
        )
    named = f" of axis {axis}" if len(axes) > 1 else ""
    return _position_lie(law, limits, check, named)


def _turns(figure_rev: float, digits: int) -> str:
    """Write it with *digits*, or with those that a microstep needs."""
    small = figure_rev < 10**-digits
    return f"{figure_rev:.{6 if small else digits}f}"


def _position_lie(law: str, limits: Limits, check: Event, named: str) -> Verdict | None:
    component, what = check.data["component"], check.data["what"]
    if check.data["off_rev"] is None:
        return failed(law, f"{component}.{what} gave no position{named}")
    off_rev = number(check, "off_rev")
    if off_rev <= limits.position_tolerance_rev:  # NaN is off, too
        return None
    return failed(
        law,
        f"{component}.{what}{named} is off by {_turns(off_rev, 4)} rev from what the "
        "witness saw",
        off_rev,
        limits.position_tolerance_rev,
        "rev",
    )


def honest_outcome(story: Story, limits: Limits) -> Verdict:
    """Judge: what the caller was told is true."""
    law = "honest-outcome"
    if not story.trigger.caller_lives:
        return unchecked(law, "the client was gone: there was nobody to tell")
    if story.moment is Moment.IDLE and story.trigger.ends is not Ends.NOTHING:
        return unchecked(law, "the motion had ended by itself before the trigger")
    told = {}
    for call in story.calls:
        returned = story.first(Source.CLIENT, "call-returned", call=call.id)
        if returned is None:
            return failed(law, f"the caller of {call.component} was never answered")
        lie = _lie(story, limits, call, returned)
        if lie is not None:
            return lie
        told[call.id] = f"{call.component}: {returned.data['outcome']}"
    refused = _refused(story)
    if refused is not None:
        return refused
    return held(law, "the caller was told the truth: " + ", ".join(told.values()))


def _refused(story: Story) -> Verdict | None:
    """Judge the call that asked the component to end what it does."""
    call = story.trigger.call
    if not call or story.trigger.takes_over or story.strike_s is None:
        return None  # a newer motion is judged as a bystander
    law = "honest-outcome"
    returned = story.first(Source.CLIENT, "call-returned", call=call)
    if returned is None:
        return failed(law, f"the call `{call}` was never answered")
    if returned.data["outcome"] != "returned":
        why = f"{returned.data['outcome']}: {returned.data.get('error')}"
        return failed(law, f"the call `{call}` came back with {why}")
    return None


def _lie(
    story: Story, limits: Limits, call: CallFact, returned: Event
) -> Verdict | None:
    law = "honest-outcome"
    outcome = f"{returned.data['outcome']}: {returned.data.get('error')}"
    if returned.data["outcome"] == "returned":
        return _false_success(story, limits, call, returned.t_s)
    if story.stopped_by_noise(call.axis):
        return None  # the board ended it, and nobody had asked for that
    if story.was_cut(call.id):
        return None  # nobody said anything
    if not call.ended or story.trigger.ends is Ends.NOTHING:
        return failed(
            law,
            f"the call of {call.component}, which nothing ended, came back with "
            f"{outcome}",
        )
    if story.strike_s is not None and returned.t_s < story.strike_s - GRACE_S:
        return failed(
            law,
            f"the call of {call.component} came back before anything ended it, with "
            f"{outcome}",
        )
    return None


def _false_success(
    story: Story, limits: Limits, call: CallFact, t_s: float
) -> Verdict | None:
    law = "honest-outcome"
    if not call.watched:
        early = _early(story, call, t_s)
        if early:
            return failed(law, f"{call.component} reported success {early}")
    short = _short_of_target(story, limits, call, t_s)
    if short is not None:
        joints = sum(one.id == call.id for one in story.calls)
        named = f"axis {call.axis} " if joints > 1 else ""
        return failed(
            law,
            f"{call.component} reported success {named}{_turns(short, 3)} rev short "
            "of its target",
            short,
            limits.position_tolerance_rev,
            "rev",
        )
    if _cut_by_board(story, call):
        return failed(
            law,
            f"{call.component} reported success, but the board never told it that "
            "the motion had arrived",
        )
    return None


def _early(story: Story, call: CallFact, t_s: float) -> str:
    """Say why a success at *t_s* cannot be true by the wire; nothing if it can."""
    profile = story.profile(call.axis)
    if profile is None or not profile.lasts_s:
        return ""
    driven = next(story.motions(call.axis, story.begin_s, t_s), None)
    if driven is None:
        return "without a drive command"
    stop = story.first(Source.LINK, "stop", after=driven, until_s=t_s, axis=call.axis)
    what, end_s = ("after", t_s) if stop is None else ("though stopped after", stop.t_s)
    lasted_s = end_s - driven.t_s
    if lasted_s >= EARLY_BELOW * profile.lasts_s:
        return ""
    return (
        f"{what} {lasted_s * MS:.0f} ms of a motion that takes "
        f"{profile.lasts_s * MS:.0f} ms undisturbed"
    )


def _cut_by_board(story: Story, call: CallFact) -> bool:
    """Whether the board, and not the component, ended *call*'s motion."""
    # Of a motion that nobody watches, only who has lost the link cannot know the end.
    known = call.watched or story.trigger.ends is Ends.BOARD
    return (
        known
        and call.ended
        and story.trigger.stopper is not Stopper.COMPONENT
        and story.under_way(call.axis) is not None
        and story.arrived_s(call.axis) is None
    )


def _short_of_target(
    story: Story, limits: Limits, call: CallFact, t_s: float
) -> float | None:
    """How far *call*'s axis was from its target at *t_s*, if out of tolerance."""
    if not call.watched:
        return None
    profile = story.profile(call.axis)
    from_rev = story.position_at(call.axis, story.begin_s)
    to_rev = story.position_at(call.axis, t_s)
    if profile is None and not story.has_profile(call):
        # The reference itself: others are held to its travel, but some there must be.
        moved_rev = story.witnessed_rev(call.component)
        short_rev = limits.position_tolerance_rev - (moved_rev or 0.0)
        return None if moved_rev is None or short_rev < 0 else short_rev
    way_rev = 0.0 if from_rev is None or to_rev is None else to_rev - from_rev
    wanted_rev = 0.0 if profile is None else profile.travel_rev
    short_rev = abs(wanted_rev - way_rev)
    return short_rev if short_rev > limits.position_tolerance_rev else None
