"""`stays-stopped`: no command, no drive and no motion until someone asks anew."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    Script,
    begun,
    cancelled,
    preempted,
    undisturbed,
)

LAW = "stays-stopped"


def test_a_component_that_leaves_it_at_the_stop_passes() -> None:
    """The green one."""
    verdict = cancelled().judge(LAW)

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail == "nothing moved or was told to for 405 ms afterwards"


def test_a_late_write_fails() -> None:
    """Power applied long after the cancellation."""
    verdict = cancelled().motion(250, number=2).judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "was told to move (move) 249.6 ms after" in verdict.detail


def test_a_command_that_crossed_the_cancellation_is_excused() -> None:
    """It was on its way; `stop-commanded` sees to it that it was stopped."""
    script = cancelled().without(Source.LINK, "motion").motion(1.0)

    assert script.judge(LAW).outcome is Outcome.PASS


def test_a_command_behind_the_stop_is_not_excused() -> None:
    """A control loop that goes on; half a millisecond is enough for it."""
    assert cancelled().motion(2.0, number=2).judge(LAW).outcome is Outcome.FAIL


def test_a_command_in_one_chunk_behind_the_stop_is_not_excused() -> None:
    """The bytes came together, and so bear one stamp."""
    assert cancelled().motion(1.5, number=2).judge(LAW).outcome is Outcome.FAIL


def test_a_frame_that_the_stop_overtook_is_no_command() -> None:
    """The board refuses it."""
    script = cancelled()
    script.at(
        1.6, Source.LINK, "motion", verb="move", axis="a", motion=2, overtaken=True
    )

    assert script.judge(LAW).outcome is Outcome.PASS


def test_a_command_for_the_axis_that_goes_on_is_none_of_this() -> None:
    """Its call was not ended."""
    script = cancelled().call("right", "b", ended=False).motion(100, axis="b")

    assert script.judge(LAW).outcome is Outcome.PASS


def test_the_next_motion_is_none_of_this() -> None:
    """It was asked for."""
    assert cancelled().motion(410, number=2).judge(LAW).outcome is Outcome.PASS


def test_drive_at_the_pins_after_the_standstill_fails() -> None:
    """No command on the wire, and yet the bridge is driven."""
    verdict = cancelled().drive(300, 120).drive(310, 0).judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "was driven again 100 ms after it had come to rest" in verdict.detail


def test_a_drive_that_stays_on_at_rest_fails() -> None:
    """A stalled or held shaft stands still, with power."""
    script = cancelled().without(Source.PINS, "drive", duty_permille=0)

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "axis a came to rest, but its drive stayed on"


def test_a_shaft_that_turns_again_fails() -> None:
    """It was at rest, and it creeps off."""
    verdict = cancelled().turn(260, 300, 0.5, 0.505).judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert (verdict.measured, verdict.unit) == (0.005, "rev")


def test_a_count_of_the_encoder_back_and_forth_is_no_motion() -> None:
    """One of 3200: a shaft settles."""
    assert (
        cancelled().turn(260, 270, 0.5, 0.5 + 1 / 3200).judge(LAW).outcome
        is Outcome.PASS
    )


def test_a_servo_that_settles_until_its_own_arrival_is_not_driven_again() -> None:
    """Nothing was left to stop; the drive goes off with the arrival."""
    script = cancelled().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")
    script.without(Source.SHAFT, "moving", "sample", "standstill")
    script.without(Source.PINS, "drive").turn(-395, -10, 0.0, 0.8)
    script.drive(1.0, 20).drive(1.2, 0).board_says(1.3, "arrived")

    assert script.judge(LAW).outcome is Outcome.PASS


def test_a_shaft_that_had_not_started_yet_is_at_rest_only_afterwards() -> None:
    """Stopped in its first millisecond, it is seen to move a little later."""
    script = cancelled().without(Source.SHAFT, "moving", "sample", "standstill")
    script.without(Source.PINS, "drive").drive(1.0, 500).drive(1.8, 0)

    assert script.turn(2.5, 40, 0.0, 0.01).judge(LAW).outcome is Outcome.PASS


def test_an_expired_call_may_not_move_at_all() -> None:
    """Not even for the moment that a crossing command is excused."""
    script = Script("call-timeout-zero", "before-first-byte", "direct").call()
    script.at(-400, Source.JUDGE, "begin").at(0, Source.JUDGE, "strike")
    script.at(400, Source.JUDGE, "asked-anew")
    assert script.judge(LAW).outcome is Outcome.PASS

    assert script.motion(0.5).judge(LAW).outcome is Outcome.FAIL


def test_too_short_a_watch_is_not_called_a_pass() -> None:
    """100 ms of quiet are wanted."""
    script = cancelled().without(Source.JUDGE, "asked-anew")
    script.at(60, Source.JUDGE, "asked-anew").without(Source.SHAFT, "standstill")

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == "watched for 60 ms only; 100 ms wanted"


@pytest.mark.parametrize("script", [undisturbed(), preempted()], ids=["none", "newer"])
def test_what_was_not_ended_for_good_is_not_judged(script: Script) -> None:
    """Somebody wants it to move on."""
    assert script.judge(LAW).outcome is Outcome.UNCHECKED


def stood_when_stopped() -> Script:
    """A motion whose frame is late: the stop comes first, while the shaft stands."""
    script = begun("client-cancel").at(0, Source.JUDGE, "strike")
    script.at(0.4, Source.SERVER, "call-cancelled", call="left#1").stop(1.5)
    script.returned(1, "left#1", "cancelled")
    return script.checked_up(400, 0.0, 0.0).without(Source.PINS, "drive")


def test_a_shaft_that_begins_to_turn_after_its_stop_fails() -> None:
    """Whoever told it to: no command of the component's was seen."""
    script = stood_when_stopped().turn(60, 500, 0.0, 0.3)
    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "began to move" in verdict.detail


def test_a_shaft_that_the_stop_just_crossed_is_not_moved_again() -> None:
    """It had been told to move before the board heard the stop."""
    script = stood_when_stopped().turn(8, 100, 0.0, 0.01)

    assert script.judge(LAW).outcome is Outcome.PASS
