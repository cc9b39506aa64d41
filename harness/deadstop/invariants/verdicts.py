"""How a verdict is made from a figure and its limit."""

import functools
import math
from collections.abc import Callable
from typing import Final

from deadstop.busy import BUSY
from deadstop.results import Outcome, Verdict
from deadstop.rig import Limits
from deadstop.story import Story

__all__ = [
    "OUTSIDE",
    "UNWATCHED",
    "failed",
    "held",
    "measured",
    "needs_answers",
    "unchecked",
]

# Why a law about the inside of the component's process cannot be judged.
OUTSIDE: Final = "the component is in a module process: no probe tells of its inside"
UNWATCHED: Final = "nobody watches the shaft of this board"
MARGINAL_ABOVE: Final = 0.8  # of the limit: less than a fifth to spare


def measured(
    invariant: str,
    figure: float,
    limit: float,
    unit: str,
    detail: str,
    *,
    waited_s: float = 0.0,
    per_s: float = 1.0,
    error: float = 0.0,
) -> Verdict:
    """Hold *figure* against *limit*, both in *unit*; *error* is how sure it is.

    A figure within its limit that may truly be beyond it has barely held. One that is
    beyond it has not, however unsure it is.

    A figure that missed its limit by no more than what it grew, *per_s* at most, while
    a busy machine kept the processes waiting tells nothing of the component.
    """
    if limit < figure <= limit + waited_s * per_s:
        return unchecked(
            invariant,
            f"{detail}, but {BUSY}: its processes waited {waited_s * 1000:.0f} ms for "
            "a CPU",
        )
    if figure > limit:
        outcome = Outcome.FAIL
    elif figure > MARGINAL_ABOVE * limit or figure + error > limit:
        outcome = Outcome.MARGINAL
    else:
        outcome = Outcome.PASS
    return Verdict(invariant, outcome, detail, round(figure, 9), limit, unit)


def held(invariant: str, detail: str) -> Verdict:
    """Say that the law held, where there is no figure to it."""
    return Verdict(invariant, Outcome.PASS, detail)


def failed(
    invariant: str,
    detail: str,
    figure: float | None = None,
    limit: float | None = None,
    unit: str = "",
) -> Verdict:
    """Say that the law was broken."""
    finite = figure is not None and math.isfinite(figure)
    rounded = round(figure, 9) if figure is not None and finite else None
    return Verdict(invariant, Outcome.FAIL, detail, rounded, limit, unit)


def unchecked(invariant: str, why: str) -> Verdict:
    """Say why this trace cannot tell."""
    return Verdict(invariant, Outcome.UNCHECKED, why)


def needs_answers(
    law: Callable[[Story, Limits], Verdict],
) -> Callable[[Story, Limits], Verdict]:
    """Let *law* claim nothing where the trigger leaves no component to be asked."""

    @functools.wraps(law)
    def judge(story: Story, limits: Limits) -> Verdict:
        if story.calls and not story.askable:
            name = law.__name__.replace("_", "-")
            return unchecked(name, story.trigger.unaskable)
        return law(story, limits)

    return judge
