"""Cases: a motion, a trigger, a moment; and which of them a run takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from deadstop.errors import UsageError
from deadstop.moments import NAMED, UNWATCHED, Moment
from deadstop.rig import Rig
from deadstop.triggers import TRIGGERS, Stopper, Trigger, by_name

__all__ = ["Case", "can_strike", "case_by_id", "select_cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """One motion, ended by one trigger at one moment."""

    motion: str
    trigger: str
    moment: str

    @property
    def id(self) -> str:
        """``motion/trigger/moment``, also the case's folder in a run."""
        return f"{self.motion}/{self.trigger}/{self.moment}"

    @property
    def is_reference(self) -> bool:
        """Whether nothing disturbs this motion."""
        return not by_name(self.trigger).disturbs


# A rig's first motion is taken at every moment, the others at the one that tells
# most: half way at full speed. A glob for moments asks for more.
_OTHERS_AT: Final = frozenset({Moment.CRUISE, Moment.IDLE, Moment.BEFORE_FIRST_BYTE})


def _matching(known: Iterable[str], globs: Sequence[str], what: str) -> list[str]:
    names = list(known)
    if not globs:
        return names
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise UsageError(f"unknown {what} {glob!r}; known: {', '.join(names)}")
    return [name for name in names if any(fnmatchcase(name, glob) for glob in globs)]


def can_strike(rig: Rig, motion: str, trigger: Trigger) -> bool:
    """Whether *trigger* can mean anything to a motion.

    A stream's needs a stream; a reset, a board that the harness can reset. A module
    is out of reach for some. A stream that dries up is felt.
    """
    if rig.module is not None and not trigger.reaches_module:
        return False
    call = rig.motions[motion].struck_call
    if trigger.stopper is Stopper.RESET and not rig.resets(call.component):
        return False
    if call.is_streamed:
        return not trigger.unfelt
    return not trigger.streams


def _moments_of(trigger: Trigger, *, watched: bool = True) -> list[Moment]:
    moments = trigger.moments if watched else trigger.moments & UNWATCHED
    return [moment for moment in Moment if moment in moments]


def _by_default(first: bool, trigger: Trigger, moment: Moment) -> bool:
    if first:
        return True
    alone = trigger.moments == {moment}
    return (moment is Moment.CRUISE) or (alone and moment in _OTHERS_AT)


def select_cases(
    rig: Rig,
    motions: Sequence[str] = (),
    triggers: Sequence[str] = (),
    moments: Sequence[str] = (),
) -> tuple[Case, ...]:
    """Choose the cases of a run, the reference of each motion first.

    Args:
        rig: says which motions there are.
        motions: globs; none means all.
        triggers: globs; none means all.
        moments: globs; none means every moment for the rig's first motion, and
            `cruise` for the others.

    Raises:
        UsageError: a glob matches nothing; the message lists what is known.
    """
    wanted_motions = _matching(rig.motions, motions, "motion")
    wanted_triggers = _matching((t.name for t in TRIGGERS), triggers, "trigger")
    wanted_moments = _matching((m.value for m in NAMED), moments, "moment")
    every = bool(moments) or bool(motions)
    cases: list[Case] = []
    for motion in wanted_motions:
        watched = rig.watches(rig.motions[motion].struck_call.component)
        first = every or motion == next(iter(rig.motions))
        for name in wanted_triggers:
            trigger = by_name(name)
            if not can_strike(rig, motion, trigger):
                continue
            cases.extend(
                Case(motion, name, moment.value)
                for moment in _moments_of(trigger, watched=watched)
                if moment.value in wanted_moments
                and (moments or _by_default(first, trigger, moment))
            )
    beyond = [t.name for t in map(by_name, wanted_triggers) if not t.reaches_module]
    if not cases and rig.module is not None and len(beyond) == len(wanted_triggers):
        raise UsageError(
            f"rig {rig.name!r} is served by a module process, which is out of reach "
            f"for: {', '.join(beyond)}; use a rig without [module]"
        )
    if not cases and not any(
        rig.watches(rig.motions[motion].struck_call.component)
        for motion in wanted_motions
    ):
        seen = ", ".join(moment for moment in NAMED if moment in UNWATCHED)
        raise UsageError(
            f"no case matches: nobody watches a shaft of rig {rig.name!r}, nor can its "
            f"board be reset; what can be seen there is: {seen}"
        )
    if not cases:
        raise UsageError(
            "no case matches: "
            + "; ".join(
                f"{trigger.name} strikes at {', '.join(_moments_of(trigger))}"
                for trigger in map(by_name, wanted_triggers)
            )
        )
    return tuple(cases)


def case_by_id(rig: Rig, case_id: str) -> Case:
    """Return the case called ``motion/trigger/moment``.

    Raises:
        UsageError: a part of it is unknown; the message lists what is known.
    """
    parts = case_id.split("/")
    if len(parts) != 3:  # noqa: PLR2004 - motion, trigger, moment
        raise UsageError(f"case {case_id!r}: write it as MOTION/TRIGGER/MOMENT")
    motion, trigger, moment = parts
    (case,) = select_cases(rig, [motion], [trigger], [moment])[:1]
    return case
