"""Is everything over, does the next motion work, is the port free?"""

from typing import Final

from deadstop.invariants.verdicts import (
    failed,
    held,
    measured,
    needs_component,
    unchecked,
)
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.story import Story
from deadstop.trace import Source

__all__ = ["cleanup_complete", "next_works", "port_released"]

MS: Final = 1000.0


@needs_component
def cleanup_complete(story: Story, limits: Limits) -> Verdict:
    """Judge: what the operation started is over in time, and nothing was lost."""
    law = "cleanup-complete"
    limit_s = limits.cleanup_ms / MS
    lost = story.first(Source.SERVER, "lost-exception", since_s=story.begin_s)
    if lost is not None:
        return failed(law, f"an exception was lost: {lost.data['text']}")
    clean = story.first(Source.JUDGE, "clean")
    if clean is None:
        why = story.first_text("unanswered", "component-gone")
        return failed(law, f"the component's process did not say: {why or 'no word'}")
    leftovers = str(clean.data["leftovers"])
    if leftovers:
        return failed(law, f"left over: {leftovers}", limit=limit_s, unit="s")
    since_s = story.thaw_s or story.knows_s
    if since_s is None:
        return held(law, "nothing was left over when the motion had ended")
    took_s = 0.0
    if clean.data.get("waited_s"):  # else it was clean when first looked at
        took_s = clean.t_s - since_s
    for call in story.ended:
        if not _begun(story, call.id):
            continue  # it was over before the component heard of it
        end_s = _ended_s(story, call.id)
        if end_s is None:
            return failed(law, f"call {call.id} never ended", limit=limit_s, unit="s")
        took_s = max(took_s, end_s - since_s)
    return measured(
        law,
        took_s,
        limit_s,
        "s",
        f"the call was over, with nothing left over, {took_s * MS:.0f} ms after "
        "it was cancelled",
    )


def _begun(story: Story, call: str) -> bool:
    if story.case.data.get("hosting") == "direct":
        return story.first(Source.CLIENT, "call-sent", call=call) is not None
    return story.first(Source.SERVER, "call-begun", call=call) is not None


def _ended_s(story: Story, call: str) -> float | None:
    ended = story.first(Source.SERVER, "call-ended", call=call)
    if ended is None and story.case.data.get("hosting") == "direct":
        ended = story.first(Source.CLIENT, "call-returned", call=call)
    return None if ended is None else ended.t_s


@needs_component
def next_works(story: Story, _: Limits) -> Verdict:
    """Judge: the next motion works normally."""
    law = "next-works"
    answers = list(story.all(Source.JUDGE, "next"))
    if len(answers) < len(story.calls) or not answers:
        why = story.first_text("unanswered", "component-gone")
        return failed(law, f"no next motion was possible: {why or 'not reached'}")
    for answer in answers:
        component = answer.data["component"]
        if answer.data["outcome"] != "returned":
            return failed(
                law,
                f"the next motion of {component} ended with "
                f"{answer.data['outcome']}: {answer.data.get('error') or 'no reason'}",
            )
        if not answer.data["moved"]:
            return failed(law, f"the next motion of {component} moved nothing")
    return held(law, "the next motion ran to its end")


def port_released(story: Story, limits: Limits) -> Verdict:
    """Judge: after close the port can be opened again at once."""
    law = "port-released"
    port = story.first(Source.JUDGE, "port")
    if port is None:
        why = story.first_text("unanswered", "component-gone")
        return unchecked(law, f"the component was never closed: {why or 'not reached'}")
    if not port.data["released"]:
        return failed(law, str(port.data["detail"]))
    after = port.data["after_s"]
    assert isinstance(after, (int, float))  # noqa: S101 - our own event
    return measured(
        law, float(after), limits.cleanup_ms / MS, "s", str(port.data["detail"])
    )
