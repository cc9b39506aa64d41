"""`stop-commanded`: a stop for every axis in motion, in time."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, begun, cancelled, preempted

LAW = "stop-commanded"


def stopped_at(ms: float, axis: str = "a") -> Script:
    """The right case, but for when its stop is sent and for whom."""
    script = cancelled().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")
    return script.stop(ms, axis)


@pytest.mark.parametrize(
    ("ms", "outcome"),
    [
        (1.5, Outcome.PASS),
        (39.0, Outcome.PASS),
        (41.0, Outcome.MARGINAL),
        (49.9, Outcome.MARGINAL),
        (50.1, Outcome.FAIL),
    ],
)
def test_the_stop_is_held_against_its_limit(ms: float, outcome: Outcome) -> None:
    """The limit is 50 ms, and its last fifth is marginal."""
    verdict = stopped_at(ms).judge(LAW)

    assert verdict.outcome is outcome
    assert verdict.measured == pytest.approx(ms / 1000)
    assert (verdict.limit, verdict.unit) == (0.05, "s")


def test_no_stop_at_all_fails() -> None:
    """That is what the whole harness is for."""
    verdict = cancelled().without(Source.LINK, "stop").judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "no stop for axis a reached the wire"


def test_a_stop_of_all_axes_counts_for_each() -> None:
    """`!` stops every axis."""
    assert stopped_at(2, axis="*").judge(LAW).outcome is Outcome.PASS


def test_a_stop_for_another_axis_does_not_count() -> None:
    """A typing error in the component's configuration."""
    assert stopped_at(2, axis="b").judge(LAW).outcome is Outcome.FAIL


def test_a_stop_that_is_on_its_way_when_it_strikes_will_do() -> None:
    """A component that ends its motions itself, struck while it waits for the rest."""
    verdict = stopped_at(-1).judge(LAW)

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail == "a stop for axis a was on the wire before the trigger"


def test_a_stop_before_the_strike_with_a_motion_behind_it_does_not_count() -> None:
    """It was for what had been before."""
    assert stopped_at(-5).motion(-3, number=2).judge(LAW).outcome is Outcome.FAIL


def test_a_stop_before_the_strike_that_was_lost_does_not_count() -> None:
    """The board never heard it."""
    script = cancelled().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")

    verdict = script.stop(-1, heard=False).judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail.endswith("but the board never understood it")


def test_a_stop_after_motion_was_asked_for_anew_does_not_count() -> None:
    """The next motion's own stop must not save the one before."""
    assert stopped_at(600).judge(LAW).outcome is Outcome.FAIL


def test_a_stop_that_the_board_never_understood_fails() -> None:
    """Glued to half a frame it is lost; other commands do not stand in for it."""
    script = cancelled().without(Source.BOARD, "stop-byte")
    script.at(3, Source.BOARD, "command", verb="keep", axis="a", motion=1)
    script.at(9, Source.BOARD, "command", verb="state", axis="a")
    script.at(700, Source.BOARD, "command", verb="stop", axis="a", motion=2)

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "the board never understood it" in verdict.detail


@pytest.mark.parametrize("verb", ["stop", "halt"])
def test_a_stop_frame_is_understood_as_well_as_a_stop_byte(verb: str) -> None:
    """Both are stops; `halt` names no axis."""
    script = cancelled().without(Source.BOARD, "stop-byte")
    axis = "a" if verb == "stop" else None
    script.at(3, Source.BOARD, "command", verb=verb, axis=axis)

    assert script.judge(LAW).outcome is Outcome.PASS


def test_on_a_board_that_does_not_tell_the_wire_must_do() -> None:
    """Then it is known that the bytes left, and no more is claimed."""
    script = cancelled().without(Source.BOARD, "boot", "stop-byte", "command")

    assert script.judge(LAW).outcome is Outcome.PASS


def test_each_axis_that_was_ended_needs_its_own_stop() -> None:
    """Only some axes stopped: the one that was forgotten decides."""
    script = cancelled("client-close").call("right", "b").motion(-390, axis="b")

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "axis b" in verdict.detail


def test_the_slower_of_two_stops_decides() -> None:
    """Each is in time, one narrowly."""
    script = cancelled("client-close").call("right", "b").motion(-390, axis="b")

    verdict = script.stop(45, "b").judge(LAW)

    assert verdict.outcome is Outcome.MARGINAL
    assert verdict.measured == pytest.approx(0.045)


def test_a_motion_that_had_arrived_needs_no_stop() -> None:
    """There is nothing to stop, and so nothing to praise."""
    script = cancelled().without(Source.LINK, "stop").board_says(-5, "arrived")

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.UNCHECKED
    assert "nothing to stop" in verdict.detail


def test_a_motion_that_arrives_before_the_component_knows_needs_no_stop() -> None:
    """The trigger's way to the component takes its time on a busy machine."""
    script = cancelled().without(Source.LINK, "stop").board_says(7, "arrived")
    script.without(Source.SERVER, "call-cancelled")
    script.at(8, Source.SERVER, "call-cancelled", call="left#1")

    assert script.judge(LAW).outcome is Outcome.UNCHECKED


def test_a_blocked_loop_does_not_excuse_the_missing_stop() -> None:
    """It learns of its end when the motion is over, because it did not look."""
    script = cancelled().without(Source.LINK, "stop").board_says(89, "arrived")
    script.without(Source.SERVER, "call-cancelled")
    script.at(90, Source.SERVER, "call-cancelled", call="left#1")

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_a_motion_of_several_steps_is_owed_a_stop_in_each() -> None:
    """The first step had arrived; the second was under way."""
    script = cancelled().without(Source.LINK, "stop")
    script.board_says(-200, "arrived").motion(-199, number=2)

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_the_arrival_of_a_superseded_step_does_not_end_the_next() -> None:
    """The event of the older step was on its way when the next was sent."""
    script = cancelled().without(Source.LINK, "stop").motion(-200, number=2)
    script.board_says(-199.9, "arrived", number=1)

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_a_motion_sent_after_the_strike_is_owed_a_stop_from_then_on() -> None:
    """The cancellation and the command crossed."""
    script = cancelled().without(Source.LINK, "motion", "stop").motion(1.2).stop(3.2)

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.PASS
    assert verdict.measured == pytest.approx(0.002)


def test_a_motion_overtaken_by_its_stop_is_owed_no_other() -> None:
    """The stop byte fell into the frame; the board refuses what it completes."""
    script = cancelled().without(Source.LINK, "motion")
    script.at(
        1.6, Source.LINK, "motion", verb="move", axis="a", motion=1, overtaken=True
    )

    assert script.judge(LAW).outcome is Outcome.UNCHECKED


def test_without_a_motion_on_the_wire_there_is_nothing_to_stop() -> None:
    """Cancelled before the first byte."""
    script = cancelled().without(Source.LINK, "motion", "stop")

    assert script.judge(LAW).outcome is Outcome.UNCHECKED


def test_nothing_is_owed_by_the_reference() -> None:
    """Nobody ended it early."""
    verdict = begun("none", "idle").judge(LAW)

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == "nothing ended this motion early"


def test_a_motion_that_takes_over_stands_for_the_stop() -> None:
    """The protocol lets a newer motion end an older one."""
    script = preempted().without(Source.LINK, "stop", "motion").motion(-397)

    verdict = script.motion(4, number=2).judge(LAW)

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail.startswith("newer motion for axis a")


def test_a_preempted_motion_that_is_neither_stopped_nor_taken_over_fails() -> None:
    """The newer call is ignored, or waits for the older to end by itself."""
    script = preempted().without(Source.LINK, "stop")

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_a_stop_just_before_the_newer_call_is_known_still_counts() -> None:
    """Stamps of two processes: a few 100 us either way decide nothing."""
    script = preempted().without(Source.LINK, "stop").stop(0.9)

    assert script.judge(LAW).outcome is Outcome.PASS
