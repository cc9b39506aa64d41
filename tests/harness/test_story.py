"""What a trace tells; and that a saved one tells exactly the same."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.invariants import judge
from deadstop.latency import legs_of
from deadstop.rig import load_rig
from deadstop.runner import Runner
from deadstop.story import Story
from deadstop.trace import Event, Source, Trace
from tests.harness.invariants.script import STRIKE_S, begun, cancelled, preempted


@pytest.mark.wall_clock
@pytest.mark.timeout(60)
async def test_a_saved_trace_is_judged_exactly_as_the_live_one(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Written, read, judged; and once more."""
    rig = load_rig("loopback")
    async with Runner(rig, tmp_path, zygote=zygote) as runner:
        result = await runner.run(case_by_id(rig, "both/client-deadline/cruise"))

    path = tmp_path / result.folder / "trace.jsonl"
    for _ in range(2):
        trace = Trace.read(path)
        story = Story(trace)
        assert judge(story, rig.limits) == result.verdicts
        assert legs_of(story) == result.legs
        assert story.moment_reached == result.moment_reached
        path = tmp_path / "again.jsonl"
        trace.write(path)


def test_a_trace_without_a_case_is_none() -> None:
    """Somebody gave another file."""
    with pytest.raises(ValueError, match=r"^the trace holds no case$"):
        Story([Event(1.0, Source.JUDGE, "begin")])


def test_a_trigger_that_is_unknown_is_told() -> None:
    """A newer version wrote it."""
    with pytest.raises(KeyError, match="unheard-of"):
        begun("unheard-of").story()


def test_the_component_knows_when_its_call_is_cancelled() -> None:
    """Not when some other call of the process is."""
    script = cancelled().at(0.1, Source.SERVER, "call-cancelled", call="ask#9")

    assert script.story().told_s == pytest.approx(STRIKE_S + 0.0004)


def test_a_request_to_stop_is_known_when_it_has_arrived() -> None:
    """Not when some other call happens to."""
    script = begun("stop-rpc").at(0, Source.JUDGE, "strike")
    script.at(0.5, Source.SERVER, "call-begun", call="ask#9")
    script.at(2, Source.SERVER, "call-begun", call="stop")

    assert script.story().told_s == pytest.approx(STRIKE_S + 0.002)


def test_who_was_never_told_is_held_to_the_strike() -> None:
    """The strictest reading."""
    story = cancelled().without(Source.SERVER, "call-cancelled").story()

    assert story.told_s is None
    assert story.knows_s == STRIKE_S


def test_the_newer_motion_is_the_first_after_the_newer_call() -> None:
    """What the old operation sent is not."""
    newer = preempted().story().newer_motion("a")

    assert newer is not None
    assert newer.data["motion"] == 2


def test_messages_of_one_stamp_are_told_apart_by_their_order() -> None:
    """They came in one chunk."""
    script = cancelled().motion(1.5, number=2)
    story = script.story()
    stop = story.first(Source.LINK, "stop")
    motion = story.first(Source.LINK, "motion", motion=2)

    assert stop is not None
    assert motion is not None
    assert stop.t_s == motion.t_s
    assert story.comes_after(motion, stop)
    assert not story.comes_after(stop, motion)


def test_a_latency_leg_to_the_board_ends_at_the_stop_and_not_at_another_command() -> (
    None
):
    """A keep that was under way is not the stop."""
    script = cancelled().at(
        0.2, Source.BOARD, "command", verb="keep", axis="a", motion=1
    )

    legs = {leg.name: leg.seconds for leg in legs_of(script.story())}

    assert legs == pytest.approx(
        {
            "trigger to operation": 0.0004,
            "operation to first stop byte": 0.0011,
            "first to last stop byte": 0.0,
            "stop byte to board": 0.0003,
            "board to pins dead": 0.0,
            "pins dead to shaft still": 0.1982,
            "trigger to shaft still": 0.2,
        }
    )


def test_a_strike_that_came_behind_the_first_byte_is_not_called_before_it() -> None:
    """The moment that is reported is the one that the trace shows."""
    early = begun(moment="before-first-byte").without(Source.LINK, "motion")
    late = begun(moment="before-first-byte")
    for script in (early, late):
        script.at(0, Source.JUDGE, "strike", trigger="client-cancel")

    assert early.story().moment_reached == "before-first-byte"
    assert late.story().moment_reached == "mid-frame"


def test_a_cleanup_that_never_began_was_not_struck() -> None:
    """Without a stop there is no cleanup: only the first cancellation struck."""
    begun_only = begun(moment="during-cleanup")
    begun_only.at(0, Source.JUDGE, "strike", trigger="client-cancel")

    assert begun_only.story().moment_reached == "cruise"

    begun_only.at(2, Source.JUDGE, "moment", moment="during-cleanup")
    assert begun_only.story().moment_reached == "during-cleanup"
