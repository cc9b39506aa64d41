"""The harness fails every broken firmware by the invariant named."""

from pathlib import Path
from typing import Final

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from tests.broken.firmwares import BROKEN_FIRMWARES, BrokenFirmware, build
from tests.harness.patient import fails_by, run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(120)]

RIG: Final = Path(__file__).parents[2] / "rigs" / "avr.toml"
CASES: Final = sorted({broken.case for broken in BROKEN_FIRMWARES})


async def run(
    zygote: Zygote, folder: Path, elf: Path | None, case: str, *laws: str
) -> CaseResult:
    """Run one case with firmware *elf*, that breaks *laws*; None is the right one."""
    text = RIG.read_text("utf-8")
    if elf is not None:
        line = '# firmware = "build/controller.elf"\n'
        assert line in text
        text = text.replace(line, f'firmware = "{elf}"\n')
    path = folder / "rig.toml"
    path.write_text(text, "utf-8")
    rig = load_rig(str(path))
    async with Runner(rig, folder, zygote=zygote) as runner:
        return await run_patiently(runner, case_by_id(rig, case), fails_by(*laws))


@pytest.mark.parametrize("broken", BROKEN_FIRMWARES, ids=lambda each: each.name)
async def test_a_broken_firmware_fails_by_the_invariant_named(
    zygote: Zygote, tmp_path: Path, broken: BrokenFirmware
) -> None:
    """With a component that does everything right."""
    result = await run(
        zygote, tmp_path, build(broken, tmp_path), broken.case, broken.invariant
    )

    outcomes = {verdict.invariant: verdict.outcome for verdict in result.verdicts}
    assert outcomes[broken.invariant] is Outcome.FAIL, result.explain()


@pytest.mark.parametrize("case", CASES)
async def test_the_right_firmware_passes_where_the_broken_ones_fail(
    zygote: Zygote, tmp_path: Path, case: str
) -> None:
    """Red means something only if the right one is green."""
    result = await run(zygote, tmp_path, None, case)

    assert Outcome.FAIL not in {v.outcome for v in result.verdicts}, result.explain()
