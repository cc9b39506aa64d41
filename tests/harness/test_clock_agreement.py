"""Virtual time and real time come to the same verdicts, law by law."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.gallery.catalogue import BROKEN, BrokenComponent
from deadstop.hosting import Zygote
from deadstop.prove import mount
from deadstop.results import CaseResult, Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from tests.harness.patient import run_patiently

# They wait for the board in a thread, which virtual time has not.
THREADED = ("B6", "B7")

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

# At least one of every kind: who strikes, what it ends, how the component is served,
# how the moment is told, who has to stop. None at a moment that is a race on the real
# clock (`before-first-byte`: the request and what ends it arrive together).
CASES = [
    "go_for/none/idle",
    "go_for/client-cancel/cruise",
    "go_for/client-close/mid-frame",
    "go_for/client-reset/awaiting-ack",
    "go_for/client-deadline/cruise",
    "go_for/server-deadline/cruise",
    "go_for/client-drop-many/cruise",
    "go_for/expired-on-arrival/before-first-byte",
    "go_for/stop-rpc/accelerating",
    "go_for/preempt/cruise",
    "go_for/call-timeout/cruise",
    "go_for/outer-cancel/during-cleanup",
    "go_for/client-half-close/after-arrival",
    "go_for/client-close/idle",
    "go_for/remove/cruise",
    "go_for/loop-teardown/decelerating",
    "go_for/board-reset/cruise",
    "go_for/unplug/accelerating",  # well before the motion ends by itself
    "both/client-cancel/cruise",
    "both/stop-rpc/cruise",
]


def outcomes(result: CaseResult) -> dict[str, Outcome]:
    """Return what was judged of each law; marginal has held."""
    return {
        verdict.invariant: Outcome.PASS
        if verdict.outcome is Outcome.MARGINAL
        else verdict.outcome
        for verdict in result.verdicts
    }


@pytest.mark.parametrize("case_id", CASES)
async def test_both_clocks_come_to_the_same_verdict_by_every_law(
    zygote: Zygote, tmp_path: Path, case_id: str
) -> None:
    """Also to what cannot be checked, and at the moment that was meant."""
    rig = load_rig("loopback")
    results: dict[Clock, CaseResult] = {}

    def agrees(result: CaseResult) -> bool:
        virtual = results.get(Clock.VIRTUAL)
        return virtual is None or outcomes(result) == outcomes(virtual)

    for clock in (Clock.VIRTUAL, Clock.REAL):
        folder = tmp_path / clock
        folder.mkdir()
        async with Runner(rig, folder, zygote=zygote, clock=clock) as runner:
            case = case_by_id(rig, case_id)
            results[clock] = await run_patiently(runner, case, agrees)
        assert runner.at_rest
        assert runner.identity == "loopback twin-1"

    real, virtual = results[Clock.REAL], results[Clock.VIRTUAL]
    assert outcomes(virtual) == outcomes(real), real.explain() + virtual.explain()
    assert Outcome.FAIL not in outcomes(virtual).values(), virtual.explain()
    assert virtual.hosting == real.hosting
    # At these the drive may, or may not, have been on.
    if not case_id.endswith(("/awaiting-ack", "/mid-frame")):
        assert [leg.name for leg in virtual.legs] == [leg.name for leg in real.legs]


@pytest.mark.parametrize(
    "broken",
    [one for one in BROKEN if one.id not in THREADED],
    ids=lambda broken: broken.id,
)
async def test_a_broken_component_fails_by_the_same_law_on_virtual_time(
    zygote: Zygote, tmp_path: Path, broken: BrokenComponent
) -> None:
    """The very cases that it fails on the real clock."""
    rig = mount(load_rig("loopback"), broken.stand)
    case = case_by_id(rig, broken.case.replace("client-kill", "client-close"))
    spec = broken.class_path
    async with Runner(
        rig, tmp_path, component=spec, zygote=zygote, clock=Clock.VIRTUAL
    ) as runner:
        result = await runner.run(case)

    found = outcomes(result)
    failed = [law for law in broken.invariants if found[law] is Outcome.FAIL]
    assert failed, result.explain()
