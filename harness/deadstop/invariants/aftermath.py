"""Is everything over, does the next motion work, is the port free?"""

import signal
from typing import Final

from deadstop.invariants.verdicts import (
    OUTSIDE,
    failed,
    held,
    measured,
    needs_answers,
    unchecked,
)
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.story import Story, number
from deadstop.trace import Source
from deadstop.triggers import HostFate

__all__ = ["cleanup_complete", "next_works", "port_released"]

MS: Final = 1000.0
_BY_SIGTERM: Final = (-signal.SIGTERM, 128 + signal.SIGTERM)


def cleanup_complete(story: Story, limits: Limits) -> Verdict:
    """Judge: what the operation started is over in time, and nothing was lost."""
    law = "cleanup-complete"
    if story.trigger.host is HostFate.KILLED:
        return unchecked(law, story.trigger.unaskable)
    lost = story.first(Source.SERVER, "lost-exception", since_s=story.begin_s)
    if lost is not None:
        return failed(law, f"an exception was lost: {lost.data['text']}")
    judged = _ended if story.trigger.host is HostFate.ENDS else _cleaned_up
    gone = story.first_text("component-gone")
    if judged is _cleaned_up and not story.sees_inside and not gone:
        return unchecked(law, OUTSIDE)
    return judged(story, law, limits.cleanup_ms / MS)


def _cleaned_up(story: Story, law: str, limit_s: float) -> Verdict:
    """Judge a process that lives on: it must be as it was before the motion."""
    clean = story.first(Source.JUDGE, "clean")
    if clean is None:
        why = story.first_text("unanswered", "component-gone")
        return failed(law, f"the component's process did not say: {why or 'no word'}")
    leftovers = str(clean.data["leftovers"])
    stuck = story.first_text("stuck")
    where = f" ({stuck})" if stuck else ""
    if leftovers:
        return failed(law, f"left over: {leftovers}{where}", limit=limit_s, unit="s")
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
            told = f"call {call.id} never ended{where}"
            return failed(law, told, limit=limit_s, unit="s")
        took_s = max(took_s, end_s - since_s)
    return measured(
        law,
        took_s,
        limit_s,
        "s",
        f"the call was over, with nothing left over, {took_s * MS:.0f} ms after "
        "it was cancelled",
        waited_s=story.waited_s(since_s, since_s + took_s),
    )


def _ended(story: Story, law: str, limit_s: float) -> Verdict:
    """Judge a process whose event loop was told to end: nothing outlives that."""
    since_s = story.strike_s
    if since_s is None:
        return unchecked(law, "the event loop was not ended")
    ended = story.first(Source.JUDGE, "host-ended")
    if ended is None:
        why = f"the component's process did not end within {limit_s:g} s"
        return failed(law, why, limit=limit_s, unit="s")
    code = ended.data["exit_code"]
    # viam-server takes no offence at a module that ends by its SIGTERM (RSDK-2551).
    by_signal = not story.sees_inside and code in _BY_SIGTERM
    if code not in story.trigger.exit_codes and not by_signal:
        return failed(law, f"the component's process ended with exit code {code}")
    took_s = ended.t_s - since_s
    detail = f"the component's process ended by itself {took_s * MS:.0f} ms later"
    return measured(law, took_s, limit_s, "s", detail)


def _begun(story: Story, call: str) -> bool:
    if story.case.data.get("hosting") == "direct":
        return story.first(Source.CLIENT, "call-sent", call=call) is not None
    return story.first(Source.SERVER, "call-begun", call=call) is not None


def _ended_s(story: Story, call: str) -> float | None:
    ended = story.first(Source.SERVER, "call-ended", call=call)
    if ended is None and story.case.data.get("hosting") == "direct":
        ended = story.first(Source.CLIENT, "call-returned", call=call)
    return None if ended is None else ended.t_s


@needs_answers
def next_works(story: Story, _: Limits) -> Verdict:
    """Judge: the next motion works normally."""
    law = "next-works"
    answers = list(story.all(Source.JUDGE, "next"))
    wanted = len({call.id for call in story.askable})
    if len(answers) < wanted or not answers:
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
    ports = list(story.all(Source.JUDGE, "port"))
    if not ports:
        why = story.first_text("unanswered", "component-gone")
        return unchecked(law, f"the component was never closed: {why or 'not reached'}")
    for port in ports:
        if not port.data["released"]:
            return failed(law, str(port.data["detail"]))
    last = max(ports, key=lambda port: number(port, "after_s"))
    after_s = number(last, "after_s")
    return measured(law, after_s, limits.cleanup_ms / MS, "s", str(last.data["detail"]))
