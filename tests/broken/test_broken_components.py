"""The harness fails what takes no notice of a board that is gone, by the law named."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from tests.harness.patient import Expected, fails_by, holds, run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

BROKEN = [
    ("b32_success_after_reset", "honest-outcome", "go_for/board-reset/cruise"),
    ("b33_moves_again_after_reset", "stays-stopped", "go_for/board-reset/cruise"),
    ("b34_waits_for_the_cable", "cleanup-complete", "go_for/unplug/cruise"),
]
CASES = sorted({case for _, _, case in BROKEN})


async def run(
    zygote: Zygote, folder: Path, spec: str, case_id: str, expected: Expected = holds
) -> CaseResult:
    """Run one case with one component, and see the rig at rest."""
    rig = load_rig("loopback")
    runner = Runner(rig, folder, component=spec, zygote=zygote)
    async with runner:
        result = await run_patiently(runner, case_by_id(rig, case_id), expected)
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
    spec = f"tests.broken.{module}:BrokenMotor"
    result = await run(zygote, tmp_path, spec, case_id, fails_by(invariant))

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
