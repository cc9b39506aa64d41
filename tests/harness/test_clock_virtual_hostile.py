"""Components that harm their process, on virtual time: a verdict, and the next case."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.errors import ComponentError
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from deadstop.virtual.refusal import VirtualTimeError

pytestmark = pytest.mark.timeout(100)

CASE = "go_for/client-cancel/accelerating"
GOOD = "deadstop.gallery.plain_motor:PlainMotor"


def broken_laws(result: CaseResult) -> set[str]:
    """Return the laws that *result* says were broken."""
    return {
        verdict.invariant
        for verdict in result.verdicts
        if verdict.outcome is Outcome.FAIL
    }


def detail_of(result: CaseResult, law: str) -> str:
    """Return what was seen of *law*."""
    (verdict,) = [one for one in result.verdicts if one.invariant == law]
    return verdict.detail


@pytest.mark.parametrize(
    ("name", "laws"),
    [
        ("Blocker", {"stop-commanded", "loop-responsive", "cleanup-complete"}),
        ("Napper", {"stop-commanded", "loop-responsive", "next-works"}),
        ("Quitter", {"stop-commanded", "cleanup-complete", "next-works"}),
        ("Crasher", {"stop-commanded", "cleanup-complete", "next-works"}),
        ("Raiser", {"stop-commanded"}),
        ("Sleeper", {"cleanup-complete"}),
    ],
)
async def test_a_hostile_component_is_judged_and_harms_no_other_case(
    zygote: Zygote, tmp_path: Path, name: str, laws: set[str]
) -> None:
    """The next case, with a right component, starts clean and passes."""
    rig = load_rig("loopback")
    hostile = f"tests.broken.hostile:{name}"
    async with Runner(
        rig, tmp_path, component=hostile, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        judged = await runner.run(case_by_id(rig, CASE))
        await runner.use(GOOD)
        after = await runner.run(case_by_id(rig, CASE), repeat=2)

    assert laws <= broken_laws(judged), judged.explain()
    assert not broken_laws(after), after.explain()
    assert runner.at_rest


async def test_a_loop_that_is_blocked_for_ever_is_judged_by_what_the_board_does(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Time passes without it: the lease runs out, as it would on the real clock."""
    rig = load_rig("loopback")
    spec = "tests.broken.hostile:Spinner"
    async with Runner(
        rig, tmp_path, component=spec, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        judged = await runner.run(case_by_id(rig, CASE))

    laws = {"stop-commanded", "loop-responsive", "cleanup-complete", "next-works"}
    assert laws <= broken_laws(judged), judged.explain()
    assert runner.at_rest
    assert "the board itself stopped axis a" in detail_of(judged, "deadman")
    assert detail_of(judged, "loop-responsive") == "the loop was blocked for 3000 ms"


async def test_a_component_that_ends_its_process_while_it_is_made_is_told_in_one_line(
    zygote: Zygote, tmp_path: Path
) -> None:
    """There is no case yet to be judged, and no trace is left of one."""
    rig = load_rig("loopback")
    spec = "tests.broken.hostile:Stillborn"
    async with Runner(
        rig, tmp_path, component=spec, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        with pytest.raises(
            ComponentError, match=r"^the component's process ended \(ex"
        ):
            await runner.run(case_by_id(rig, CASE))

    assert not list(tmp_path.rglob("trace.jsonl"))  # noqa: ASYNC240 - all is over


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("Spawner", r"subprocess\.Popen\('sleep'"),
        ("Threader", r"a thread for bool\(\)"),
        ("Worker", r"a thread for "),
    ],
)
async def test_what_lives_on_the_real_clock_is_refused_by_its_name(
    zygote: Zygote, tmp_path: Path, name: str, call: str
) -> None:
    """Also where the component swallows the refusal."""
    rig = load_rig("loopback")
    spec = f"tests.broken.hostile:{name}"
    async with Runner(
        rig, tmp_path, component=spec, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        with pytest.raises(VirtualTimeError, match=rf"^{call}.* use the real clock"):
            await runner.run(case_by_id(rig, CASE))
