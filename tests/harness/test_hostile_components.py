"""Components that harm their own process: each gets its verdict, and no one else's."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.hosting.processes import LOG_PART_BYTES
from deadstop.results import CaseResult, Outcome
from deadstop.rig import Rig, load_rig
from deadstop.runner import Runner
from tests.broken.hostile import HELPER_SLEEPS
from tests.harness.patient import fails_by, run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

CASE = "go_for/client-cancel/accelerating"
GOOD = "deadstop.gallery.plain_motor:PlainMotor"


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


def longest_log_bytes(folder: Path) -> int:
    """Return the size of the largest log of a component below *folder*."""
    return max(log.stat().st_size for log in folder.rglob("component.log"))


@pytest.mark.parametrize(
    ("name", "laws"),
    [
        ("Blocker", {"stop-commanded", "loop-responsive", "next-works"}),
        ("Quitter", {"stop-commanded", "cleanup-complete", "next-works"}),
        ("Crasher", {"stop-commanded", "cleanup-complete", "next-works"}),
        ("Raiser", {"stop-commanded"}),
        ("Sleeper", {"cleanup-complete"}),
        ("Leaker", {"cleanup-complete"}),
        ("Flooder", set()),
        ("Forker", set()),
    ],
)
async def test_a_hostile_component_is_judged_and_harms_no_other_case(
    zygote: Zygote, tmp_path: Path, name: str, laws: set[str]
) -> None:
    """The next case, with a right component, starts clean and passes."""
    rig = impatient_rig()
    hostile = f"tests.broken.hostile:{name}"
    async with Runner(rig, tmp_path, component=hostile, zygote=zygote) as runner:
        case = case_by_id(rig, CASE)
        judged = await run_patiently(runner, case, fails_by(*laws))
        await runner.use(GOOD)
        after = await run_patiently(runner, case, repeat=2)

    assert runner.at_rest
    assert laws <= broken_laws(judged), judged.explain()
    assert not broken_laws(after), after.explain()
    assert longest_log_bytes(tmp_path) < 3 * LOG_PART_BYTES


def helpers() -> list[str]:
    """Return the running processes that `Spawner` started."""
    wanted = b"\0".join([b"sleep", HELPER_SLEEPS.encode(), b""])
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_bytes() == wanted:
                found.append(entry.name)
    return found


async def test_processes_that_a_component_starts_end_with_it(
    zygote: Zygote, tmp_path: Path
) -> None:
    """No process outlives its case, whoever started it."""
    rig = impatient_rig()
    spec = "tests.broken.hostile:Spawner"
    async with Runner(rig, tmp_path, component=spec, zygote=zygote) as runner:
        await runner.run(case_by_id(rig, CASE))

        async with asyncio.timeout(5):  # the kernel takes its time to bury them
            while helpers():  # noqa: ASYNC110 - nothing announces that
                await asyncio.sleep(0.01)
