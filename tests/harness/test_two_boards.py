"""An arm on one board, a motor on another: what ends one leaves the other alone."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.resources import resource_folder
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from tests.harness.patient import Expected, fails_by, holds, run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]


async def run(
    zygote: Zygote, folder: Path, rig_path: str, case: str, expected: Expected = holds
) -> CaseResult:
    """Run one case, and see both boards at rest."""
    rig = load_rig(rig_path)
    runner = Runner(rig, folder, zygote=zygote)
    async with runner:
        result = await run_patiently(runner, case_by_id(rig, case), expected)
    assert runner.at_rest
    return result


def verdict(result: CaseResult, law: str) -> tuple[Outcome, str]:
    """Return what came of one invariant, and the detail."""
    (found,) = [one for one in result.verdicts if one.invariant == law]
    return found.outcome, found.detail


@pytest.mark.parametrize(
    ("case", "unharmed"),
    [
        ("both/client-cancel/cruise", "wheel"),
        ("other/board-reset/cruise", "arm"),
        ("both/unplug/cruise", "wheel"),
    ],
)
async def test_what_ends_one_leaves_the_other_board_alone(
    zygote: Zygote, tmp_path: Path, case: str, unharmed: str
) -> None:
    """A cancellation, a reset and a pulled cable each reach one board only."""
    result = await run(zygote, tmp_path, "arm-and-motor", case)

    assert result.outcome is not Outcome.FAIL, result.explain()
    outcome, detail = verdict(result, "bystanders-unharmed")
    assert outcome is Outcome.PASS
    assert detail.startswith(f"went on to the end: {unharmed}")


async def test_an_arm_that_stops_the_neighbours_board_too_is_caught(
    zygote: Zygote, tmp_path: Path
) -> None:
    """A motor on another board was doing no harm."""
    text = resource_folder("rigs").joinpath("arm-and-motor.toml").read_text("utf-8")
    right = 'class = "arduino_actuators.arm:ArduinoArm"'
    wrong = 'class = "tests.harness.stops_the_neighbour:BrokenArm"'
    assert right in text
    rig = tmp_path / "rig.toml"
    rig.write_text(text.replace(right, wrong), "utf-8")

    law = "bystanders-unharmed"
    case = "both/client-cancel/cruise"
    result = await run(zygote, tmp_path, str(rig), case, fails_by(law))

    outcome, detail = verdict(result, law)
    assert outcome is Outcome.FAIL
    assert "wheel#1 on axis motor.a" in detail
