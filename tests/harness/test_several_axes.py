"""A component of several axes is called, asked and judged joint by joint."""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.gallery.arm_of_motors import DEG_PER_REV, RPM, ArmOfMotors
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import Rig, load_rig
from deadstop.runner import Runner
from deadstop.sweep.fixture import run_sweep
from deadstop.trace import Source, Trace

RIG: Final = Path(__file__).with_name("arm_of_motors.toml")


class OneJointRunsOn(ArmOfMotors):
    """B25: what one of its joints does is not ended with the call."""

    @override
    async def go(self, degrees: Sequence[float]) -> None:
        """Move the first two joints, the second in a task of its own."""
        first, second, _ = self.motors
        # Whose operation is linked to no other.
        runs_on = asyncio.get_running_loop().create_task(
            second.go_to(RPM, degrees[1] / DEG_PER_REV), context=Context()
        )
        await first.go_to(RPM, degrees[0] / DEG_PER_REV)
        await runs_on


@pytest.fixture
def rig() -> Rig:
    """Three motors as one arm."""
    return load_rig(str(RIG))


async def played(
    rig: Rig, zygote: Zygote, folder: Path, case: str, component: str | None = None
) -> CaseResult:
    """Play one case on virtual time."""
    runner = Runner(
        rig, folder, zygote=zygote, clock=Clock.VIRTUAL, component=component
    )
    async with runner:
        return await runner.run(case_by_id(rig, case))


@pytest.mark.parametrize(
    "case",
    [
        "joints/none/idle",
        "joints/client-close/cruise",
        "joints/outer-cancel/mid-frame",
        "joints/preempt/accelerating",
        "joints/unplug/cruise",
        "stream/client-close/cruise",
        "stream/outer-cancel/cruise",
    ],
)
async def test_a_right_arm_breaks_no_law(
    rig: Rig, zygote: Zygote, tmp_path: Path, case: str
) -> None:
    """Whatever it is made of."""
    result = await played(rig, zygote, tmp_path, case)

    assert result.outcome is Outcome.PASS, result.explain()


async def test_every_joint_is_told_of_on_the_trace(
    rig: Rig, zygote: Zygote, tmp_path: Path
) -> None:
    """Positions before and after, of each; profiles of those that move."""
    result = await played(rig, zygote, tmp_path, "joints/client-close/cruise")

    trace = Trace.read(tmp_path / result.folder / "trace.jsonl")
    judge = [event for event in trace if event.source is Source.JUDGE]
    (call,) = (event for event in judge if event.kind == "call")
    assert (call.data["axis"], call.data["checks"]) == ("abc", 4)
    asked = [
        (event.data["axis"], event.data["when"])
        for event in judge
        if event.kind == "position"
    ]
    assert asked == [(axis, when) for when in ("before", "after") for axis in "abc"]
    assert [e.data["axis"] for e in judge if e.kind == "profile"] == ["a", "b"]


async def test_a_joint_that_runs_on_is_named(
    rig: Rig, zygote: Zygote, tmp_path: Path
) -> None:
    """The other one did stop."""
    component = f"{__name__}:OneJointRunsOn"
    case = "joints/client-close/cruise"
    result = await played(rig, zygote, tmp_path, case, component)

    failed = {v.invariant: v.detail for v in result.verdicts if v.outcome == "fail"}
    assert failed["stop-commanded"] == "no stop for axis b reached the wire"


def test_an_arm_is_swept_step_by_step(rig: Rig, tmp_path: Path) -> None:
    """A sample of the steps."""
    found = run_sweep(
        rig, None, tmp_path, motion="joints", trigger="client-cancel", max_cases=12
    )

    assert found.points == 12
    assert not found.failures, found.explain()
