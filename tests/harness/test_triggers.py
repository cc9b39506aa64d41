"""Each trigger, once, for real: it strikes, it is felt, and a right motor passes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deadstop.cases import Case
from deadstop.hosting import Zygote
from deadstop.moments import Moment
from deadstop.results import Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from deadstop.trace import Source, Trace
from deadstop.triggers import TRIGGERS, Ends, Hosting, Trigger, by_name

pytestmark = [
    pytest.mark.wall_clock,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runner(
    zygote: Zygote, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Runner]:
    """One runner for all, so that the reference is run once."""
    folder = tmp_path_factory.mktemp("triggers")
    async with Runner(load_rig("loopback"), folder, zygote=zygote) as one:
        yield one


def moment_of(trigger: Trigger) -> Moment:
    """At cruise, or at the only moment there is."""
    if Moment.CRUISE in trigger.moments:
        return Moment.CRUISE
    (moment,) = trigger.moments
    return moment


def seen(trace: Trace, source: Source, kind: str, **data: str) -> int:
    """Count the events of this kind with these data."""
    return sum(
        event.source is source
        and event.kind == kind
        and all(event.data.get(key) == value for key, value in data.items())
        for event in trace
    )


async def run(runner: Runner, case: Case) -> Trace:
    """Run *case*, see it pass, and return its trace."""
    result = await runner.run(case)

    assert runner.at_rest
    outcomes = {verdict.outcome for verdict in result.verdicts}
    assert Outcome.PASS in outcomes
    assert Outcome.FAIL not in outcomes, result.explain()
    return Trace.read(Path(runner.folder) / result.folder / "trace.jsonl")


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
async def test_a_right_motor_passes_and_the_trigger_was_felt(
    runner: Runner, trigger: Trigger
) -> None:
    """A trigger that never reached the component would pass everything."""
    case = Case("go_for", trigger.name, moment_of(trigger).value)
    trace = await run(runner, case)

    cancellations = seen(trace, Source.SERVER, "call-cancelled", call="left#1")
    motions = seen(trace, Source.LINK, "motion", axis="a")
    stops = seen(trace, Source.LINK, "stop", axis="a")
    if trigger.ends is Ends.NOTHING:
        assert (cancellations, stops) == (0, 0)
    elif trigger.starves:
        # Struck late on a busy machine, the motion may be over before its lease is.
        expired = seen(trace, Source.BOARD, "lease-expired", axis="a")
        assert expired or seen(trace, Source.BOARD, "event", event="arrived")
        assert cancellations == 0
        assert motions == (1 if trigger.kills_host else 2)
    elif trigger.expired:
        assert (motions, stops) == (1, 0)  # the one is the next motion
    elif trigger.ends is Ends.COMPONENT:
        called = {"stop-rpc": "stop", "preempt": "newer"}[trigger.name]
        assert seen(trace, Source.SERVER, "call-begun", call=called) == 1
        assert stops >= 1
    elif trigger.timed and trigger.hosting is Hosting.DIRECT:
        assert stops >= 1  # its own timer: no task was cancelled
    else:
        assert cancellations >= 1
        assert stops >= 1


async def test_a_client_deadline_cancels_more_than_once(runner: Runner) -> None:
    """The server's timer, and the client's reset right behind it."""
    trace = await run(runner, Case("go_for", "client-deadline", "accelerating"))

    assert seen(trace, Source.SERVER, "call-cancelled", call="left#1") >= 2


async def test_a_second_cancel_cancels_during_the_cleanup(runner: Runner) -> None:
    """More than once, while the stop is being confirmed."""
    trace = await run(runner, Case("go_for", "second-cancel", "accelerating"))

    assert seen(trace, Source.SERVER, "call-cancelled", call="left#1") >= 2


@pytest.mark.parametrize("trigger", ["client-cancel", "client-kill", "outer-cancel"])
async def test_of_two_calls_it_strikes_the_right_one_before_its_first_byte(
    runner: Runner, trigger: str
) -> None:
    """Both are sent at the same time, and only one is to be ended with its caller."""
    trace = await run(runner, Case("both", trigger, "before-first-byte"))

    assert seen(trace, Source.JUDGE, "strike") == 1
    # Killed with the first request out, the client may not have sent the second.
    begun = seen(trace, Source.SERVER, "call-begun", call="right#1")
    expected = begun if by_name(trigger).ends is Ends.CONNECTION else 0
    other = seen(trace, Source.SERVER, "call-cancelled", call="right#1")
    assert min(other, 1) == expected


async def test_of_two_calls_only_the_one_expires_on_arrival(runner: Runner) -> None:
    """The neighbour's deadline is its own."""
    trace = await run(runner, Case("both", "expired-on-arrival", "before-first-byte"))

    assert seen(trace, Source.LINK, "motion", axis="a") == 1  # the next motion
    assert seen(trace, Source.LINK, "motion", axis="b") == 2  # its own, and the next


async def test_every_trigger_is_known_by_its_name() -> None:
    """And no two share one."""
    assert [by_name(trigger.name) for trigger in TRIGGERS] == list(TRIGGERS)
    with pytest.raises(KeyError, match=r"^'client-sneeze'$"):
        by_name("client-sneeze")
