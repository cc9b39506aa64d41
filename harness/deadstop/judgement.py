"""From a trace to a case's result: the verdicts, and the latency leg by leg."""

from deadstop.cases import Case
from deadstop.invariants import judge
from deadstop.latency import legs_of
from deadstop.results import CaseResult
from deadstop.rig import Rig
from deadstop.steps import joints_of
from deadstop.story import Story
from deadstop.trace import Trace

__all__ = ["judged"]


def judged(
    case: Case,
    trace: Trace,
    rig: Rig,
    *,
    repeat: int,
    folder: str,
    duration_s: float,
) -> CaseResult:
    """Judge the trace of *case*."""
    story = Story(trace)
    return CaseResult(
        id=case.id,
        motion=case.motion,
        trigger=case.trigger,
        moment=case.moment,
        hosting=story.hosting,
        moment_reached=story.moment_reached,
        repeat=repeat,
        verdicts=judge(story, rig.limits),
        legs=legs_of(story),
        folder=folder,
        duration_s=round(duration_s, 3),
        joints=joints_of(story),
    )
