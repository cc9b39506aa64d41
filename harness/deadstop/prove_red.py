"""Can each law be seen broken on this rig, with this component?

The component may be right in all: it is the harness that does the harm. What stays
green although it was harmed so is not watched on this rig.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from deadstop.cases import Case
from deadstop.errors import UsageError
from deadstop.harm import Harm
from deadstop.invariants import INVARIANTS
from deadstop.link.harm import LinkHarm
from deadstop.moments import Moment
from deadstop.results import CaseResult, ExitCode, Outcome
from deadstop.rig import Rig
from deadstop.runner import Progress, Runner

__all__ = ["Attempt", "LawSeen", "RedProof", "RedResult", "attempts_on"]

# What this does not try, and why; the law's own tests have seen it broken.
_NOT_TRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no-needless-stop": "only the component itself could send a stray command",
        "deadman": "nothing here could feed the board behind the component's back; "
        "`deadstop deadman` proves the board's own",
        "bystanders-unharmed": "no motion of this rig moves two components",
    }
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One case in which harm is done.

    Attributes:
        what: in words, for a person.
        harm: what is done.
        case: in which case.
        laws: that have to be seen broken by it.
    """

    what: str
    harm: Harm
    case: Case
    laws: tuple[str, ...]

    def shows(self, result: CaseResult) -> bool:
        """Whether each of its laws was seen broken in *result*."""
        red = {v.invariant for v in result.verdicts if v.outcome is Outcome.FAIL}
        return red.issuperset(self.laws)


@dataclass(frozen=True, slots=True)
class LawSeen:
    """What became of one law.

    Attributes:
        outcome: fail if it was seen broken; unchecked if this rig cannot observe it,
            or it was not tried; pass if it stayed green in spite of the harm.
        by: what broke it.
        detail: what was seen, or why nothing was.
    """

    law: str
    outcome: Outcome
    detail: str
    by: str = ""

    @property
    def red(self) -> bool:
        """Whether it was seen broken."""
        return self.outcome is Outcome.FAIL


@dataclass(frozen=True, slots=True)
class RedResult:
    """What became of all laws."""

    seen: tuple[LawSeen, ...]
    at_rest: bool = True
    interrupted: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """0 if no law that was harmed stayed green, and `stop-commanded` went red."""
        if not self.at_rest:
            return ExitCode.NOT_AT_REST
        if self.interrupted:
            return ExitCode.INTERRUPTED
        green = any(one.outcome is Outcome.PASS for one in self.seen)
        stop = any(one.law == "stop-commanded" and one.red for one in self.seen)
        return ExitCode.HELD if stop and not green else ExitCode.FAILED


def attempts_on(rig: Rig, motion: str | None = None) -> tuple[Attempt, ...]:
    """Return what to try on *rig*, with *motion* or its first one.

    Raises:
        UsageError: it has no such motion.
    """
    name = motion or next(iter(rig.motions))
    if name not in rig.motions:
        raise UsageError(f"unknown motion {name!r}; known: {', '.join(rig.motions)}")

    def case(trigger: str, moment: Moment) -> Case:
        return Case(name, trigger, moment.value)

    tried = [
        Attempt(
            "no stop gets to the board",
            Harm(link=LinkHarm.STOPS_LOST),
            case("client-cancel", Moment.ACCELERATING),
            ("stop-commanded", "motion-ceased"),
        ),
        Attempt(
            "the motion gets to the board after its stop",
            Harm(link=LinkHarm.MOTION_LATE),
            case("client-cancel", Moment.AWAITING_ACK),
            ("stays-stopped",),
        ),
        Attempt(
            "the component's process is frozen when it is to stop",
            Harm(freeze_at="strike"),
            case("stop-rpc", Moment.CRUISE),
            (
                "cleanup-complete",
                "honest-state",
                "honest-outcome",
                "next-works",
                "loop-responsive",
            ),
        ),
        Attempt(
            "the component's process is frozen when it is to close",
            Harm(freeze_at="next"),
            case("client-cancel", Moment.CRUISE),
            ("port-released",),
        ),
    ]
    for several, config in rig.motions.items():
        others = {one.component for one in config.calls} - {
            config.struck_call.component
        }
        if others:
            cut = Harm(cuts=min(others))
            neighbours = Case(several, "client-cancel", Moment.CRUISE.value)
            what = "the port of the neighbour is unplugged"
            tried.append(Attempt(what, cut, neighbours, ("bystanders-unharmed",)))
            break
    return tuple(tried)


class RedProof:
    """Runs attempts; what has been seen so far is always there."""

    def __init__(
        self, rig: Rig, attempts: tuple[Attempt, ...], component: str | None = None
    ) -> None:
        """Plan to run *attempts* on *rig*, with *component* in place of the rig's."""
        self.results: list[tuple[Attempt, CaseResult]] = []
        self.at_rest = True
        self._rig = rig
        self._attempts = attempts
        self._component = component

    async def run(self, folder: Path, progress: Progress) -> None:
        """Run; ends early when the rig cannot be put to rest.

        Raises:
            DeadstopError: the rig cannot be brought to life or the component made.
        """
        runner = Runner(
            self._rig, folder, component=self._component, tell=progress.note
        )
        async with runner:
            for motion in dict.fromkeys(one.case.motion for one in self._attempts):
                # What it does unharmed is learnt first.
                await runner.run(Case(motion, "none", Moment.IDLE.value))
            for attempt in self._attempts:
                runner.harm = attempt.harm
                result = await runner.run(attempt.case, expected=attempt.shows)
                self.results.append((attempt, result))
                self.at_rest = runner.at_rest
                if not self.at_rest:
                    return

    def result(self, *, interrupted: bool = False) -> RedResult:
        """Return what was seen of each law."""
        seen = tuple(self._seen(law) for law in INVARIANTS)
        return RedResult(seen, self.at_rest, interrupted)

    def _seen(self, law: str) -> LawSeen:
        green = ""
        why = _NOT_TRIED.get(law, "it was not come to")
        for attempt, result in self.results:
            if result.moment_reached == "never":
                continue
            (verdict,) = [v for v in result.verdicts if v.invariant == law]
            if verdict.outcome is Outcome.FAIL:
                return LawSeen(law, Outcome.FAIL, verdict.detail, attempt.what)
            if law in attempt.laws:
                why = f"{attempt.what}: {verdict.detail}"
                if verdict.outcome is not Outcome.UNCHECKED:
                    green = why
        if green:
            return LawSeen(law, Outcome.PASS, green)
        return LawSeen(law, Outcome.UNCHECKED, why)
