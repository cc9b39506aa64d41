"""The harness fails every broken component by the invariant named, and no other.

A harness that has not been seen to go red proves nothing.
"""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

BROKEN = [
    ("b01_never_looks", "stop-commanded", "go_for/client-cancel/accelerating"),
    ("b02_not_decorated", "stop-commanded", "go_for/client-close/accelerating"),
    ("b03_no_finally", "stop-commanded", "go_for/client-kill/cruise"),
    ("b04_looks_afterwards", "stop-commanded", "go_for/client-reset/accelerating"),
    ("b05_polls_slowly", "stop-commanded", "go_for/outer-cancel/accelerating"),
    ("b08_stop_is_a_flag", "stop-commanded", "go_for/client-close/accelerating"),
    ("b12_second_cancel", "stop-commanded", "go_for/second-cancel/accelerating"),
    ("b13_lost_at_shutdown", "stop-commanded", "go_for/loop-teardown/accelerating"),
    ("b16_commands_again", "stays-stopped", "go_for/client-cancel/accelerating"),
    ("b17_late_write", "stays-stopped", "go_for/outer-cancel/before-first-byte"),
    ("b18_state_lies", "honest-state", "go_for/client-cancel/cruise"),
    ("b21_close_lets_it_run", "stop-commanded", "go_for/remove/accelerating"),
    ("b29_keeps_the_port", "port-released", "go_for/remove/cruise"),
    ("b32_success_after_reset", "honest-outcome", "go_for/board-reset/cruise"),
    ("b33_moves_again_after_reset", "stays-stopped", "go_for/board-reset/cruise"),
    ("b34_waits_for_the_cable", "cleanup-complete", "go_for/unplug/cruise"),
]
CASES = sorted({case for _, _, case in BROKEN})


async def run(zygote: Zygote, folder: Path, spec: str, case_id: str) -> CaseResult:
    """Run one case with one component, and see the rig at rest."""
    rig = load_rig("loopback")
    runner = Runner(rig, folder, component=spec, zygote=zygote)
    async with runner:
        result = await runner.run(case_by_id(rig, case_id))
    assert runner.at_rest
    return result


def outcomes(result: CaseResult) -> dict[str, Outcome]:
    """Return the outcome of each invariant."""
    return {verdict.invariant: verdict.outcome for verdict in result.verdicts}


@pytest.mark.parametrize(
    ("module", "invariant", "case_id"), BROKEN, ids=[name for name, _, _ in BROKEN]
)
async def test_a_broken_component_fails_by_the_invariant_named(
    zygote: Zygote, tmp_path: Path, module: str, invariant: str, case_id: str
) -> None:
    """Each is caught where the catalogue says."""
    result = await run(zygote, tmp_path, f"tests.broken.{module}:BrokenMotor", case_id)

    assert outcomes(result)[invariant] is Outcome.FAIL, result.explain()


@pytest.mark.parametrize("case_id", CASES)
@pytest.mark.parametrize(
    "spec",
    ["deadstop.gallery.plain_motor:PlainMotor", "arduino_actuators.motor:ArduinoMotor"],
    ids=["plain", "example"],
)
async def test_a_correct_component_passes_where_the_broken_ones_fail(
    zygote: Zygote, tmp_path: Path, spec: str, case_id: str
) -> None:
    """Red for the broken ones means something only if the right ones are green."""
    result = await run(zygote, tmp_path, spec, case_id)

    assert Outcome.FAIL not in outcomes(result).values(), result.explain()


async def test_a_component_that_looks_late_does_not_fail_what_it_keeps(
    zygote: Zygote, tmp_path: Path
) -> None:
    """A verdict names the law that was broken, not everything in sight."""
    result = await run(
        zygote,
        tmp_path,
        "deadstop.gallery.b18_state_lies:BrokenMotor",
        "go_for/client-cancel/cruise",
    )

    failed = {name for name, outcome in outcomes(result).items() if outcome == "fail"}
    assert failed == {"honest-state"}, result.explain()
