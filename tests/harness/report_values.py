"""Runs made by hand, for the tests of what is told of a run."""

from deadstop.results import (
    CaseResult,
    JointStop,
    Leg,
    Outcome,
    RunResult,
    Verdict,
)
from deadstop.rig import Limits

HOSTILE = "\x1b[2J\x1b]0;x\x07 \u202egnp.exe \u200b\x00 [bold]&<a>\ufffe\n"

HELD = Verdict(
    "stop-commanded", Outcome.PASS, "stop for axis a after 0.7 ms", 0.0007, 0.05, "s"
)
NONE_CAME = Verdict(
    "stop-commanded",
    Outcome.FAIL,
    "no stop for axis a reached the wire",
    None,
    0.05,
    "s",
)
TOO_FAR = Verdict("motion-ceased", Outcome.FAIL, "axis a went on", 0.8001, 0.6, "rev")
BARELY = Verdict("motion-ceased", Outcome.MARGINAL, "after 450 ms", 0.45, 0.5, "s")
NOBODY = Verdict("bystanders-unharmed", Outcome.UNCHECKED, "nothing else was under way")


JOINTS = (
    JointStop("a", 0.0021, 34, 0.9563, 14.2),
    JointStop("b", 0.0, 0, 0.0),
    JointStop("c", None, 900, 25.3125),
)


def case(
    *verdicts: Verdict,
    case_id: str = "go_for/client-close/cruise",
    repeat: int = 1,
    reached: str = "",
    legs: tuple[Leg, ...] = (),
    joints: tuple[JointStop, ...] = (),
) -> CaseResult:
    """Return a case with these verdicts."""
    motion, trigger, moment = case_id.split("/")
    return CaseResult(
        id=case_id,
        motion=motion,
        trigger=trigger,
        moment=moment,
        hosting="grpc",
        moment_reached=reached or moment,
        repeat=repeat,
        verdicts=verdicts,
        legs=legs,
        folder=f"cases/{case_id}",
        duration_s=1.25,
        joints=joints,
    )


def run_of(
    *cases: CaseResult, at_rest: bool = True, interrupted: bool = False
) -> RunResult:
    """Return a run of these cases."""
    return RunResult(
        rig_name="loopback",
        board="loopback",
        proves="wire",
        component="my_module.motor:MyMotor",
        seed=7,
        clock="real",
        cases=cases,
        limits=Limits(),
        at_rest=at_rest,
        interrupted=interrupted,
    )
