"""Every law holds for each joint by itself; steps are judged exactly."""

import pytest

from deadstop.invariants import INVARIANTS
from deadstop.latency import legs_of
from deadstop.results import JointStop, Outcome
from deadstop.steps import joints_of
from deadstop.trace import Source
from tests.harness.invariants.arm_script import (
    ARM_LIMITS,
    FROM_MS,
    HEARD_MS,
    LASTS_MS,
    ArmScript,
    begun_arm,
    cancelled_arm,
    steps_at,
    struck_arm,
)

ENDED_MS = FROM_MS + LASTS_MS


@pytest.mark.parametrize("law", INVARIANTS)
def test_an_arm_that_stops_every_joint_breaks_no_law(law: str) -> None:
    """The green one."""
    assert cancelled_arm().judge(law).outcome in (Outcome.PASS, Outcome.UNCHECKED)


def test_one_stop_is_owed_for_all_the_joints_of_a_line() -> None:
    """A stop frame that names it by one of them means all of it."""
    script = struck_arm().joint("a", 30).joint("b", 30).off(2, "a", "b")
    script.at(1.5, Source.LINK, "stop", axis="*", how="frame", motion=1, category=1)
    script.at(2, Source.BOARD, "command", verb="stop", axis="a", motion=1)

    verdict = script.asked_up(400).judge("stop-commanded")

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail.startswith("stop for axis a 1.5 ms after")


def test_a_stop_for_one_of_two_joints_leaves_the_other_to_be_told_of() -> None:
    """B19: only some axes stopped."""
    script = struck_arm().without(Source.LINK, "motion")
    script.motion(-397, axis="a").motion(-397, number=2, axis="b")
    script.at(1.5, Source.LINK, "stop", axis="a", how="frame", motion=1, category=1)
    script.at(1.8, Source.BOARD, "command", verb="stop", axis="a", motion=1)
    script.joint("a", 10).joint("b", ENDED_MS).off(20, "a").off(ENDED_MS, "b")
    script.asked_up(900)

    commanded = script.judge("stop-commanded")
    ceased = script.judge("motion-ceased")

    assert commanded.outcome is Outcome.FAIL
    assert commanded.detail == "no stop for axis b reached the wire"
    assert ceased.outcome is Outcome.FAIL
    assert ceased.detail.startswith(
        "axis b still after 405 ms, 506 steps and 14.25 deg"
    )


def test_a_joint_that_has_no_part_in_the_motion_needs_no_stop() -> None:
    """It has no profile, and nothing has moved it."""
    story = cancelled_arm().story()

    assert story.under_way("a") is not None
    assert story.under_way("b") is not None
    assert story.under_way("c") is None


def test_a_joint_that_moves_though_it_has_no_part_needs_one() -> None:
    """Whoever moved it."""
    script = struck_arm().shaft(-100, "moving", "c", 1, 1)

    assert script.story().under_way("c") is not None


def test_the_travel_is_told_in_steps_and_degrees() -> None:
    """From the strike on: what was between two samples is counted, too."""
    verdict = cancelled_arm().judge("motion-ceased")

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail == (
        "axis a still after 2 ms, 4 steps and 0.11 deg; its last step edge 12.0 us "
        "after the stop byte"
    )


def test_an_edge_that_comes_too_late_behind_the_stop_byte_fails() -> None:
    """20 us are allowed."""
    verdict = cancelled_arm(HEARD_MS + 0.035).judge("motion-ceased")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "the stop byte for axis a reached the board, and its last step edge came "
        "35.0 us later"
    )
    assert (verdict.measured, verdict.limit) == pytest.approx((35e-6, 20e-6))


def test_a_stop_byte_for_one_joint_cuts_the_power_of_all() -> None:
    """They share it: b's drivers stay on, and that is told."""
    script = cancelled_arm().without(Source.PINS, "drive", axis="b", duty_permille=0)
    script.without(Source.SHAFT, "moving", "sample", "standstill", axis="b")
    script.joint("b", HEARD_MS + 0.01).off(30, "b")

    verdict = script.judge("motion-ceased")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail.startswith("the stop byte for axis b reached the board, and")


def test_one_step_after_standstill_fails() -> None:
    """Exactly none is allowed."""
    last = steps_at("a", HEARD_MS)
    script = cancelled_arm().shaft(200, "moving", "a", last + 1, last + 1)
    script.shaft(200, "standstill", "a", last + 1, last + 1)

    verdict = script.judge("stays-stopped")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "axis a made 1 step edges after it had come to rest"


def test_a_stream_that_goes_on_feeding_after_the_drop_fails() -> None:
    """A `via` is a command to move, though it begins no new motion."""
    verdict = cancelled_arm().line(250, verb="via").judge("stays-stopped")

    assert verdict.outcome is Outcome.FAIL
    assert "axis a was told to move (via) 249.6 ms after" in verdict.detail


def test_a_joint_that_goes_home_instead_of_stopping_fails() -> None:
    """B20: the stop itself causes motion."""
    script = cancelled_arm().at(
        100, Source.LINK, "motion", verb="home", axis="c", motion=2, lease_ms=300
    )

    verdict = script.judge("stays-stopped")

    assert verdict.outcome is Outcome.FAIL
    assert "axis c was told to move (home)" in verdict.detail


def test_a_position_that_is_half_a_step_off_is_a_lie() -> None:
    """Positions reported equal the edges counted, exactly."""
    script = cancelled_arm().without(Source.JUDGE, "check", "asked-anew", "clean")
    script.without(Source.JUDGE, "next", "port").asked_up(400, b=0.5)

    verdict = script.judge("honest-state")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "arm.get_joint_positions of axis b is off by 0.000039 rev from what the "
        "witness saw"
    )


def test_lost_steps_make_the_position_a_lie() -> None:
    """Edges were counted that the rotor did not follow."""
    script = cancelled_arm().at(-100, Source.SHAFT, "lost", axis="b", steps=7)

    verdict = script.judge("honest-state")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "axis b lost 7 steps: arm.get_joint_positions cannot say where it is"
    )


def test_an_arm_that_was_not_asked_of_every_joint_could_not_be_asked() -> None:
    """Its process was gone by then."""
    script = cancelled_arm().without(Source.JUDGE, "check", axis="c")

    assert script.judge("honest-state").outcome is Outcome.FAIL


def test_a_success_one_step_short_is_a_lie() -> None:
    """One joint of three is enough."""
    script = ArmScript("none", "idle").call_arm(ended=False)
    script.at(-420, Source.BOARD, "boot", cause="power").at(-400, Source.JUDGE, "begin")
    script.line(-397).joint("a", ENDED_MS).joint("b", ENDED_MS - 1)
    script.returned(ENDED_MS + 30, "arm#1", "returned")

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "arm reported success axis b 0.000078 rev short of its target"
    )


def test_a_whole_motion_is_a_success() -> None:
    """Also for the joint that has no part in it."""
    script = ArmScript("none", "idle").call_arm(ended=False)
    script.at(-420, Source.BOARD, "boot", cause="power").at(-400, Source.JUDGE, "begin")
    script.line(-397).joint("a", ENDED_MS).joint("b", ENDED_MS)
    script.returned(ENDED_MS + 30, "arm#1", "returned")

    assert script.judge("honest-outcome").outcome is Outcome.PASS


def test_one_keep_feeds_the_lease_of_every_joint() -> None:
    """A `line` has one, whichever joint a keep names it by."""
    script = begun_arm("sigkill").at(0, Source.JUDGE, "strike")
    script.at(-40, Source.BOARD, "command", verb="keep", axis="a", motion=1)
    for axis in "ab":
        script.at(260, Source.BOARD, "lease-expired", axis=axis, motion=1, lease_ms=300)
    script.joint("a", 260).joint("b", 260).off(260, "a", "b")

    verdict = script.judge("deadman")

    assert verdict.outcome is Outcome.PASS
    assert verdict.detail == "unfed for 300 ms, the board itself stopped axis a"


def test_a_joint_whose_lease_ran_out_early_is_told() -> None:
    """Though another's was right."""
    script = begun_arm("sigkill").at(0, Source.JUDGE, "strike")
    script.at(200, Source.BOARD, "command", verb="keep", axis="b", motion=9)
    for axis, motion in (("a", 1), ("b", 9)):
        script.at(
            -97, Source.BOARD, "lease-expired", axis=axis, motion=motion, lease_ms=300
        )
    script.at(-200, Source.BOARD, "command", verb="keep", axis="b", motion=9)

    verdict = script.judge("deadman")

    assert verdict.outcome is Outcome.FAIL
    assert "the board stopped axis b 103 ms after it was fed" in verdict.detail


def test_the_newer_motion_is_not_a_piece_of_the_older_one() -> None:
    """A `via` that crosses the newer call belongs to the older motion."""
    script = begun_arm("preempt").at(0, Source.JUDGE, "strike", trigger="preempt")
    script.at(1, Source.SERVER, "call-begun", call="newer").line(1.2, verb="via")
    newer = script.line(30, number=2).story().newer_motion("b")

    assert newer is not None
    assert newer.data["motion"] == 2


def test_each_joint_says_how_long_it_still_moved() -> None:
    """In time, steps and degrees; the one that stood still has nothing to say."""
    a, b = joints_of(cancelled_arm().story())  # no witness has seen an edge of c

    assert (a.axis, a.travel_steps, a.last_edge_us) == ("a", 4, 12.0)
    assert a.moving_for_s == pytest.approx(0.001812)
    assert a.travel_deg == pytest.approx(4 / 12800 * 360, abs=0.02)
    assert b == JointStop("b", 0.0008, 1, b.travel_deg, None)


def test_the_legs_are_those_of_the_joint_that_stood_still_last() -> None:
    """`trigger to shaft still` is about all of them."""
    legs = {leg.name: leg.seconds for leg in legs_of(cancelled_arm().story())}

    assert legs["trigger to shaft still"] == pytest.approx(0.001812)
    assert legs["stop byte to board"] == pytest.approx(0.0003)


def test_the_limits_of_an_arm_are_below_half_a_step() -> None:
    """Else an exact position could not be told from one that is nearly right."""
    assert ARM_LIMITS.position_tolerance_rev < 0.5 / 12800


def test_a_stop_just_before_a_deadline_was_meant_to_pass_is_in_time() -> None:
    """A stream's deadline is sent in whole milliseconds."""
    script = begun_arm("client-deadline").at(0, Source.JUDGE, "strike")
    script.at(-0.9, Source.LINK, "stop", axis="*", how="byte")
    script.at(-0.8, Source.BOARD, "stop-byte", axis="*").off(-0.8, "a", "b")
    script.at(-0.86, Source.SERVER, "call-cancelled", call="arm#1")
    script.joint("a", -0.9).joint("b", -0.9).asked_up(400)

    assert script.judge("stop-commanded").outcome is Outcome.PASS
    assert script.judge("stays-stopped").outcome is Outcome.PASS


def test_a_bad_point_is_learnt_of_with_the_next_batch() -> None:
    """What came before it is gone through; behind the stop nothing is."""
    script = begun_arm("stream-bad-point").at(0, Source.JUDGE, "strike")
    script.line(15, verb="via").at(30, Source.LINK, "stop", axis="*", how="byte")
    script.at(30.1, Source.BOARD, "stop-byte", axis="*").off(30.1, "a", "b")
    script.joint("a", 30).joint("b", 30).asked_up(400)
    assert script.judge("stays-stopped").outcome is Outcome.PASS

    assert script.line(31, verb="via").judge("stays-stopped").outcome is Outcome.FAIL
