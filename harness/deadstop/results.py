"""What a run found: verdicts, case results, the run as a whole, exit codes."""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from deadstop.busy import BUSY
from deadstop.rig import Limits

__all__ = [
    "CaseResult",
    "ExitCode",
    "JointStop",
    "Leg",
    "Outcome",
    "Provenance",
    "RunResult",
    "Verdict",
]


class Outcome(StrEnum):
    """What the trace says of a law."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    MARGINAL = (
        "marginal"  # held, with less than a fifth of the limit to spare, or unsurely
    )
    FAIL = "fail"
    UNCHECKED = "unchecked"  # this rig could not observe it, or it does not apply


class ExitCode(IntEnum):
    """Exit codes of the command line; other tools rely on them."""

    HELD = 0
    FAILED = 1
    USAGE = 2
    NOTHING_CHECKED = 5
    RIG_BUSY = 20
    BOARD_ABSENT = 21
    TOOLCHAIN = 22
    FLASHING = 23
    LINK_FAULT = 24
    NOT_AT_REST = 30
    INTERNAL = 70  # a mistake of Deadstop's own; EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it


@dataclass(frozen=True, slots=True)
class Verdict:
    """One invariant, judged on one trace.

    Attributes:
        invariant: its name in the catalogue, such as ``stop-commanded``.
        outcome: pass, marginal, fail or unchecked.
        measured: the figure, in *unit*; None where there is none.
        limit: what the figure was held against, in *unit*.
        unit: ``s``, ``rev``, ``tasks`` ... or "" for none.
        detail: one line for a person: what was seen, or why it is unchecked.
    """

    invariant: str
    outcome: Outcome
    detail: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of the latency from trigger to standstill, in seconds.

    Attributes:
        error_s: it took at most so much more or less: what the clocks that its ends
            are stamped with may differ, and half of what lay between two looks.
    """

    name: str
    seconds: float
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class JointStop:
    """What became of a stepped joint whose call was ended.

    Attributes:
        axis: its letter.
        moving_for_s: how long it still moved after the strike; None if it never stood.
        travel_steps: how far, in microsteps.
        travel_deg: the same in degrees.
        last_edge_us: from the end of the stop byte to its last step edge; None if none
            came behind such a byte.
    """

    axis: str
    moving_for_s: float | None
    travel_steps: int
    travel_deg: float
    last_edge_us: float | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, run once and judged.

    Attributes:
        id: ``motion/trigger/moment``.
        moment_reached: the moment that the trace shows the trigger struck at;
            it can differ from *moment* where a deadline had to be set in advance.
        joints: the stepped joints whose call was ended, in the order of their axes.
        folder: where its trace is, relative to the run's folder.
        plays: how often it was played until it told something: more than once where
            the machine was too busy.
    """

    id: str
    motion: str
    trigger: str
    moment: str
    hosting: str
    moment_reached: str
    repeat: int
    verdicts: tuple[Verdict, ...]
    legs: tuple[Leg, ...] = ()
    folder: str = ""
    duration_s: float = 0.0
    joints: tuple[JointStop, ...] = ()
    plays: int = 1

    def played(self, plays: int) -> "CaseResult":
        """Return this as what the last of so many plays came to."""
        return replace(self, plays=plays)

    @property
    def spoiled(self) -> bool:
        """Whether a law could not be judged because the machine was too busy."""
        return any(
            BUSY in verdict.detail and verdict.outcome is Outcome.UNCHECKED
            for verdict in self.verdicts
        )

    @property
    def outcome(self) -> Outcome:
        """The worst verdict: fail, marginal, pass; unchecked if nothing was checked."""
        seen = {verdict.outcome for verdict in self.verdicts}
        for outcome in (Outcome.FAIL, Outcome.MARGINAL, Outcome.PASS):
            if outcome in seen:
                return outcome
        return Outcome.UNCHECKED

    def explain(self) -> str:
        """Say in a few lines what did not hold, for a failed assertion."""
        lines = [f"{self.id}: {self.outcome}"]
        for verdict in self.verdicts:
            if verdict.outcome in (Outcome.FAIL, Outcome.MARGINAL):
                lines.append(
                    f"  {verdict.outcome} {verdict.invariant}: {verdict.detail}"
                )
                if verdict.limit is not None:
                    figure = "none" if verdict.measured is None else verdict.measured
                    lines.append(
                        f"    measured {figure}, limit {verdict.limit} {verdict.unit}"
                    )
                lines.append(f"    see: deadstop explain {verdict.invariant}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where and with what a run was made; "" and 0 for what is not known.

    Attributes:
        rig: the rig as it was asked for: a name, or a path.
        component: what was asked for in place of the rig's; "" for nothing.
        started_at: UTC, in ISO 8601.
        host: the machine's name.
        system: its operating system and processor.
        cpus: how many the run could use.
        deadstop: the version of Deadstop; so for the next two.
    """

    rig: str = ""
    component: str = ""
    started_at: str = ""
    host: str = ""
    system: str = ""
    cpus: int = 0
    deadstop: str = ""
    python: str = ""
    viam_sdk: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run, as `run.json` tells it.

    Attributes:
        at_rest: whether the rig was confirmed at rest, after every case.
        interrupted: whether somebody ended it before all cases had run.
        error: what else ended it early, one line; "" for nothing.
        error_code: the exit code that belongs to *error*.
        provenance: where and with what it was made.
    """

    rig_name: str
    board: str
    proves: str
    component: str
    seed: int
    clock: str
    cases: tuple[CaseResult, ...]
    limits: Limits
    at_rest: bool = True
    board_identity: str = ""
    interrupted: bool = False
    error: str = ""
    error_code: ExitCode = ExitCode.HELD
    provenance: Provenance = Provenance()

    @property
    def summary(self) -> dict[str, int]:
        """Count the cases by outcome."""
        counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
        for case in self.cases:
            counts[case.outcome.value] += 1
        return counts

    @property
    def exit_code(self) -> ExitCode:
        """What the process exits with; a rig not at rest wins over all else."""
        if not self.at_rest:
            return ExitCode.NOT_AT_REST
        if self.error:
            return self.error_code
        if self.interrupted:
            return ExitCode.INTERRUPTED
        summary = self.summary
        if summary["fail"]:
            return ExitCode.FAILED
        if summary["pass"] + summary["marginal"] == 0:
            return ExitCode.NOTHING_CHECKED
        return ExitCode.HELD
