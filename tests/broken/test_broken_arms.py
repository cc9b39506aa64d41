"""The harness fails every broken arm by the invariant named, joint by joint."""

from pathlib import Path
from typing import Final

import pytest

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

PLAIN: Final = "tests.broken.plain_arm:PlainArm"

BROKEN: Final = [
    ("b18_arm_is_there", "honest-state", "arm-loopback", "joints/client-cancel/cruise"),
    (
        "b19_only_some_joints",
        "motion-ceased",
        "arm-loopback",
        "joints/client-close/accelerating",
    ),
    (
        "b20_stop_goes_home",
        "stays-stopped",
        "arm-loopback",
        "joints/client-close/cruise",
    ),
    (
        "b35_stream_feeds_on",
        "stays-stopped",
        "arm-loopback",
        "stream/stream-drop/cruise",
    ),
]
CASES: Final = sorted({(rig, case) for _, _, rig, case in BROKEN})


async def run(
    zygote: Zygote, folder: Path, rig_name: str, spec: str, case_id: str
) -> CaseResult:
    """Run one case with one component, and see the rig at rest."""
    rig = load_rig(rig_name)
    runner = Runner(rig, folder, component=spec, zygote=zygote, clock=Clock.VIRTUAL)
    async with runner:
        result = await runner.run(case_by_id(rig, case_id))
    assert runner.at_rest
    return result


def failed(result: CaseResult) -> dict[str, str]:
    """Return what failed, and the detail."""
    return {
        verdict.invariant: verdict.detail
        for verdict in result.verdicts
        if verdict.outcome is Outcome.FAIL
    }


@pytest.mark.parametrize("broken", BROKEN, ids=[name for name, _, _, _ in BROKEN])
async def test_a_broken_arm_fails_by_the_invariant_named(
    zygote: Zygote, tmp_path: Path, broken: tuple[str, str, str, str]
) -> None:
    """Each is caught where the catalogue says."""
    module, invariant, rig, case_id = broken
    spec = f"tests.broken.{module}:BrokenArm"
    result = await run(zygote, tmp_path, rig, spec, case_id)

    assert invariant in failed(result), result.explain()


@pytest.mark.parametrize(("rig", "case_id"), CASES)
async def test_a_correct_arm_passes_where_the_broken_ones_fail(
    zygote: Zygote, tmp_path: Path, rig: str, case_id: str
) -> None:
    """Red for the broken ones means something only if the right ones are green."""
    result = await run(zygote, tmp_path, rig, PLAIN, case_id)

    assert not failed(result), result.explain()


async def test_the_joint_that_was_forgotten_is_named(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Two of three stopped."""
    _, _, rig, case_id = BROKEN[1]
    spec = "tests.broken.b19_only_some_joints:BrokenArm"
    result = await run(zygote, tmp_path, rig, spec, case_id)

    assert failed(result)["stop-commanded"] == "no stop for axis c reached the wire"
