"""Components that harm their own process: each gets its verdict, and no one else's."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import Rig, load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

CASE = "go_for/client-cancel/accelerating"
GOOD = "tests.broken.plain_motor:PlainMotor"


def impatient_rig() -> Rig:
    """The built-in rig, which gives a component that hangs up sooner."""
    rig = load_rig("loopback")
    limits = rig.limits.model_copy(update={"call_ms": 1500.0})
    return rig.model_copy(update={"limits": limits})


def broken_laws(result: CaseResult) -> set[str]:
    """Return the laws that *result* says were broken."""
    return {
        verdict.invariant
        for verdict in result.verdicts
        if verdict.outcome is Outcome.FAIL
    }


@pytest.mark.parametrize(
    ("name", "laws"),
    [
        ("Blocker", {"stop-commanded", "loop-responsive", "next-works"}),
        ("Quitter", {"stop-commanded", "cleanup-complete", "next-works"}),
        ("Raiser", {"stop-commanded"}),
        ("Sleeper", {"cleanup-complete"}),
    ],
)
async def test_a_hostile_component_is_judged_and_harms_no_other_case(
    zygote: Zygote, tmp_path: Path, name: str, laws: set[str]
) -> None:
    """The next case, with a right component, starts clean and passes."""
    rig = impatient_rig()
    hostile = f"tests.broken.hostile:{name}"
    async with Runner(rig, tmp_path, component=hostile, zygote=zygote) as runner:
        judged = await runner.run(case_by_id(rig, CASE))
        runner.component = GOOD
        after = await runner.run(case_by_id(rig, CASE), repeat=2)

    assert laws <= broken_laws(judged), judged.explain()
    assert not broken_laws(after), after.explain()
    assert runner.at_rest
