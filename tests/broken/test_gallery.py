"""The gallery: what is broken goes red by the invariant named, what is right does not.

A harness that has not been seen to go red proves nothing.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.gallery.catalogue import BROKEN, CORRECT, BrokenComponent, Stand
from deadstop.hosting import Zygote
from deadstop.prove import Exhibit, Proof, Row, mount
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(240)]

# They are wrong although nobody disturbs them, or wait for the board in a thread.
NOT_UNDISTURBED = ("B3", "B6", "B7", "B28")
CASES = sorted(
    {
        one.case.replace("client-kill", "client-close")  # which virtual time has not
        for one in BROKEN
        if one.stand is Stand.MOTOR
    }
)


class Heard:
    """Keeps what a proof tells."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.rows: list[Row] = []
        self.notes: list[str] = []

    def begun(self, total: int) -> None:
        """Nothing to keep."""

    def row(self, row: Row) -> None:
        """Keep it."""
        self.rows.append(row)

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)


async def prove(folder: Path, *chosen: Exhibit) -> tuple[Row, ...]:
    """Run *chosen* on the loopback rig."""
    rig = load_rig("loopback")
    proof = Proof(rig, chosen, jobs=2)
    heard = Heard()
    await proof.run(folder, heard)
    result = proof.result(rig, 0.0)
    assert len(heard.rows) == len(result.rows) == len(chosen)
    assert result.at_rest, heard.notes
    return result.rows


async def test_every_broken_component_is_caught_by_the_invariant_named(
    tmp_path: Path,
) -> None:
    """All of the catalogue, each in its case, on the real clock."""
    rows = await prove(tmp_path, *BROKEN)

    assert [row.component.id for row in rows] == [f"B{n}" for n in range(1, 32)]
    assert not [row for row in rows if not row.holds]


async def test_no_correct_component_raises_an_alarm(tmp_path: Path) -> None:
    """Two cases of each style; `deadstop prove` plays more."""
    rows = await prove(
        tmp_path, *(replace(one, cases=one.cases[1:3]) for one in CORRECT)
    )

    assert not [row for row in rows if not row.holds]


async def run(
    zygote: Zygote, folder: Path, spec: str, stand: Stand, case_id: str
) -> CaseResult:
    """Run one case on virtual time."""
    rig = mount(load_rig("loopback"), stand)
    async with Runner(
        rig, folder, component=spec, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        return await runner.run(case_by_id(rig, case_id))


def failed(result: CaseResult) -> set[str]:
    """Return what failed."""
    return {v.invariant for v in result.verdicts if v.outcome is Outcome.FAIL}


@pytest.mark.parametrize(
    "broken",
    [one for one in BROKEN if one.id not in NOT_UNDISTURBED],
    ids=lambda broken: broken.id,
)
async def test_a_broken_component_is_right_while_nobody_disturbs_it(
    zygote: Zygote, tmp_path: Path, broken: BrokenComponent
) -> None:
    """It goes red for its mistake, and not because it can do nothing."""
    motion = broken.case.partition("/")[0]
    result = await run(
        zygote, tmp_path, broken.class_path, broken.stand, f"{motion}/none/idle"
    )

    own = set(broken.invariants) | set(failed_at_close(broken))
    assert failed(result) <= own, result.explain()


def failed_at_close(broken: BrokenComponent) -> tuple[str, ...]:
    """What else shows although nobody disturbs it: it is told to close in any case."""
    return ("port-released",) if "close" in broken.mistake else ()


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
    result = await run(zygote, tmp_path, spec, Stand.MOTOR, case_id)

    assert not failed(result), result.explain()


async def test_a_verdict_names_the_law_that_was_broken_and_not_all_in_sight(
    zygote: Zygote, tmp_path: Path
) -> None:
    """A motor that lies about its position stops all the same."""
    (lies,) = [one for one in BROKEN if one.id == "B18"]
    result = await run(zygote, tmp_path, lies.class_path, lies.stand, lies.case)

    assert failed(result) == {"honest-state"}, result.explain()
