"""Each trigger, once, for real: it strikes, it is felt, and a right motor passes."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import pytest_asyncio

from deadstop.cases import Case
from deadstop.hosting import Zygote
from deadstop.hosting.sessions import WINDOW_S
from deadstop.moments import Moment
from deadstop.results import Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from deadstop.trace import Event, Source, Trace
from deadstop.triggers import (
    TRIGGERS,
    Actor,
    Ends,
    HostFate,
    Hosting,
    Stopper,
    Trigger,
    by_name,
)

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


def seen(trace: Iterable[Event], source: Source, kind: str, **data: str) -> int:
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
    elif trigger.stopper is Stopper.RESET:
        # That of its power-on comes before the tap is there, or after.
        struck_s = next(event.t_s for event in trace if event.kind == "strike")
        later = [event for event in trace if event.t_s > struck_s]
        assert seen(later, Source.LINK, "board-event", event="boot") == 1
        assert (cancellations, motions, stops) == (0, 2, 0)
    elif trigger.starves:
        # Struck late on a busy machine, the motion may be over before its lease is.
        expired = seen(trace, Source.BOARD, "lease-expired", axis="a")
        assert expired or seen(trace, Source.BOARD, "event", event="arrived")
        assert cancellations == 0
        # Where the machine is busy, a frame may have to be sent again.
        numbers = {
            event.data["motion"]
            for event in trace
            if event.source is Source.LINK and event.kind == "motion"
        }
        assert len(numbers) == (1 if trigger.unaskable else 2)
    elif trigger.expired:
        assert (motions, stops) == (1, 0)  # the one is the next motion
    elif trigger.call:
        assert sum(map(trigger.is_news, trace)) == 1
        answered = "returned"
        assert seen(
            trace, Source.CLIENT, "call-returned", call=trigger.call, outcome=answered
        )
        assert stops >= 1
    elif trigger.timed and trigger.hosting is Hosting.DIRECT:
        assert stops >= 1  # its own timer: no task was cancelled
    else:
        assert cancellations >= 1
        assert stops >= 1


async def test_a_loop_that_is_torn_down_ends_the_process_by_itself(
    runner: Runner,
) -> None:
    """Nobody asked it to close, and nobody killed it."""
    trace = await run(runner, Case("go_for", "loop-teardown", "accelerating"))

    (ended,) = [event for event in trace if event.kind == "host-ended"]
    assert ended.data["exit_code"] == 0
    assert seen(trace, Source.SERVER, "closed") == 0
    assert seen(trace, Source.JUDGE, "killed") == 0


async def test_a_board_that_is_reset_moves_again_when_it_is_asked(
    runner: Runner,
) -> None:
    """Both of its axes, and each only then."""
    trace = await run(runner, Case("both", "board-reset", "cruise"))

    assert seen(trace, Source.CLIENT, "call-returned", outcome="error") == 2
    assert seen(trace, Source.JUDGE, "next", outcome="returned") == 2


async def test_an_unplugged_component_can_still_be_closed(runner: Runner) -> None:
    """It has let go of what is left of its port."""
    trace = await run(runner, Case("go_for", "unplug", "awaiting-ack"))

    assert seen(trace, Source.LINK, "unplugged", side="component") == 1
    assert seen(trace, Source.SERVER, "closed") == 1
    (port,) = [event for event in trace if event.kind == "port"]
    assert port.data["released"]


async def test_a_removed_component_frees_the_port_that_it_had_alone(
    runner: Runner,
) -> None:
    """At once, and not only when its process ends."""
    trace = await run(runner, Case("go_for", "remove", "accelerating"))

    (closed,) = [
        e.t_s for e in trace if e.source is Source.SERVER and e.kind == "closed"
    ]
    first, last = [e for e in trace if e.kind == "port"]
    assert first.t_s < closed < last.t_s
    assert first.data["released"]
    assert seen(trace, Source.CLIENT, "call-sent", call="remove") == 1


async def test_a_removed_component_leaves_its_neighbour_the_port(
    runner: Runner,
) -> None:
    """The neighbour runs to its end, answers, and moves anew."""
    trace = await run(runner, Case("both", "remove", "accelerating"))

    assert seen(trace, Source.CLIENT, "call-returned", call="right#1") == 1
    assert seen(trace, Source.JUDGE, "next", component="right") == 1
    assert seen(trace, Source.JUDGE, "next", component="left") == 0
    assert sum(event.kind == "port" for event in trace) == 1


async def test_a_client_deadline_cancels_more_than_once(runner: Runner) -> None:
    """The server's timer, and the client's reset right behind it."""
    trace = await run(runner, Case("go_for", "client-deadline", "accelerating"))

    assert seen(trace, Source.SERVER, "call-cancelled", call="left#1") >= 2


async def test_a_second_cancel_cancels_during_the_cleanup(runner: Runner) -> None:
    """More than once, while the stop is being confirmed."""
    trace = await run(runner, Case("go_for", "second-cancel", "accelerating"))

    assert seen(trace, Source.SERVER, "call-cancelled", call="left#1") >= 2


async def test_every_component_is_stopped_though_who_asked_for_it_has_left(
    runner: Runner,
) -> None:
    """Both motors of the motion, in the midst of it; neither is a bystander."""
    trace = await run(runner, Case("both", "stop-all-dropped", "cruise"))

    assert seen(trace, Source.SERVER, "call-cancelled", call="stop-all-dropped") >= 1
    assert seen(trace, Source.SERVER, "call-cancelled", call="left#1") == 0
    assert seen(trace, Source.LINK, "stop", axis="a") >= 1
    assert seen(trace, Source.LINK, "stop", axis="b") >= 1


async def test_a_session_expires_with_its_connections_open(runner: Runner) -> None:
    """One window after the last heartbeat the server stops both, and cancels none."""
    trace = await run(runner, Case("both", "session-expiry", "cruise"))

    (strike,) = [e.t_s for e in trace if e.kind == "strike"]
    beats = [
        e.t_s
        for e in trace
        if e.kind == "call-begun" and e.data.get("method") == "SendSessionHeartbeat"
    ]
    assert len(beats) > 1
    assert max(beats) < strike
    assert strike - max(beats) > 0.9 * WINDOW_S
    assert seen(trace, Source.SERVER, "call-cancelled") == 0
    assert seen(trace, Source.LINK, "stop", axis="a") >= 1
    assert seen(trace, Source.LINK, "stop", axis="b") >= 1


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


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
async def test_what_a_trigger_says_of_itself_fits_together(trigger: Trigger) -> None:
    """The case and the laws go by these words, and never by the name."""
    if trigger.ends_host:
        assert trigger.unaskable
    if trigger.takes_over:
        assert trigger.call
    if trigger.host is HostFate.FROZEN:
        assert trigger.starves
    if trigger.ends in (Ends.COMPONENT, Ends.COMPONENTS):
        assert trigger.call
    if trigger.unfelt:
        assert trigger.ends is Ends.NOTHING
        assert trigger.caller_lives
    assert trigger.disturbs == (trigger.name != "none")
    if trigger.strikes_after_s is None:  # whoever strikes tells when it does
        assert trigger.actor is Actor.SERVER
    ends = trigger.ends
    all_ = (Ends.CONNECTION, Ends.COMPONENTS, Ends.EVERYTHING)
    struck = trigger.ends_call(struck=True, same_board=True)
    beside = trigger.ends_call(struck=False, same_board=True)
    elsewhere = trigger.ends_call(struck=False, same_board=False)
    assert struck == (ends is not Ends.NOTHING)
    assert beside == (ends in (*all_, Ends.BOARD))
    assert elsewhere == (ends in all_)


async def test_every_trigger_is_known_by_its_name() -> None:
    """And no two share one."""
    assert [by_name(trigger.name) for trigger in TRIGGERS] == list(TRIGGERS)
    with pytest.raises(KeyError, match=r"^'client-sneeze'$"):
        by_name("client-sneeze")
