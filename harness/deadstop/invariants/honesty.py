"""Does what the component says agree with what the witness saw?"""

from typing import Final

from deadstop.invariants.verdicts import failed, held, measured, unchecked
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.story import CallFact, Story, number
from deadstop.trace import Source
from deadstop.triggers import Ends

__all__ = ["honest_outcome", "honest_state"]

MS: Final = 1000.0


def honest_state(story: Story, limits: Limits) -> Verdict:
    """Judge: is_moving, is_powered and position agree with the witness afterwards."""
    law = "honest-state"
    checks = list(story.all(Source.JUDGE, "check"))
    if not checks:
        why = story.first_text("unanswered", "component-gone")
        return failed(law, f"the component could not be asked: {why or 'not reached'}")
    worst_rev = 0.0
    for check in checks:
        component = check.data["component"]
        if check.data["outcome"] != "returned":
            return failed(
                law,
                f"{component}.{check.data['what']} failed: {check.data.get('error')}",
            )
        if check.data["what"] in ("is_moving", "is_powered") and check.data["value"]:
            return failed(
                law, f"{component}.{check.data['what']} says true of a shaft at rest"
            )
        if check.data["what"] == "get_position":
            off_rev = number(check, "off_rev")
            worst_rev = max(worst_rev, off_rev)
            if off_rev > limits.position_tolerance_rev:
                return failed(
                    law,
                    f"{component}.get_position is off by {off_rev:.4f} rev from "
                    "what the witness saw",
                    off_rev,
                    limits.position_tolerance_rev,
                    "rev",
                )
    return measured(
        law,
        worst_rev,
        limits.position_tolerance_rev,
        "rev",
        "is_moving, is_powered and position agree with the witness",
    )


def honest_outcome(story: Story, limits: Limits) -> Verdict:
    """Judge: what the caller was told is true."""
    law = "honest-outcome"
    if not story.trigger.caller_lives:
        return unchecked(law, "the client was gone: there was nobody to tell")
    told = []
    for call in story.calls:
        if story.moment.value == "idle" and story.trigger.name != "none":
            continue
        returned = story.first(Source.CLIENT, "call-returned", call=call.id)
        if returned is None:
            return failed(law, f"the caller of {call.component} was never answered")
        outcome = str(returned.data["outcome"])
        if outcome == "returned":
            short = _short_of_target(story, limits, call, returned.t_s)
            if short is not None:
                return failed(
                    law,
                    f"{call.component} reported success {short:.3f} rev short of "
                    "its target",
                    short,
                    limits.position_tolerance_rev,
                    "rev",
                )
        elif not call.ended or story.trigger.ends is Ends.NOTHING:
            return failed(
                law,
                f"the call of {call.component}, which nothing ended, came back with "
                f"{outcome}: {returned.data.get('error')}",
            )
        told.append(f"{call.component}: {outcome}")
    if not told:
        return unchecked(law, "the motion had ended by itself before the trigger")
    return held(law, "the caller was told the truth: " + ", ".join(told))


def _short_of_target(
    story: Story, limits: Limits, call: CallFact, t_s: float
) -> float | None:
    """How far *call*'s axis was from its target at *t_s*, if out of tolerance."""
    profile = story.profile(call.axis)
    from_rev = story.position_at(call.axis, story.begin_s)
    to_rev = story.position_at(call.axis, t_s)
    if profile is None:
        return None  # the reference itself: its travel is what others are held to
    way_rev = 0.0 if from_rev is None or to_rev is None else to_rev - from_rev
    short_rev = abs(profile.travel_rev - way_rev)
    return short_rev if short_rev > limits.position_tolerance_rev else None
