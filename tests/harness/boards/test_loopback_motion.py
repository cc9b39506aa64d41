"""Moves of the twin arrive, on time, without overshoot."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.wire import (
    AxisState,
    BoardEvent,
    Cause,
    ErrorCode,
    Refusal,
    Reply,
    Verb,
)
from deadstop.boards.loopback import BoardConfig
from tests.harness.boards.twin import RPM_150_CPS, Twin

COUNTS_PER_REV = 3200


def peak_rev(twin: Twin, axis: str) -> float:
    """The farthest the true shaft was from its start."""
    return max(
        abs(float(event.data["position_rev"] or 0.0))
        for event in twin.seen
        if event.kind == "sample" and event.data["axis"] == axis
    )


@pytest.mark.parametrize("delta_counts", [1, 2, 10, -100, 320, -3200, 9600])
@pytest.mark.parametrize("speed_cps", [800, RPM_150_CPS, 10_133])
def test_a_move_arrives_promptly_and_without_overshoot(
    twin: Twin, delta_counts: int, speed_cps: int
) -> None:
    """Within 2 counts, 60 ms after the profile ends."""
    limits = twin.config.axis_limits
    begun_s = twin.now_s
    twin.move("a", 1, delta_counts, speed_cps)
    while twin.state("a") is AxisState.MOVING:
        assert isinstance(twin.ask(Verb.KEEP, "a", 1), Reply)
        twin.wait(0.1)
    arrived_s, notice = twin.notices("a")[-1]
    assert notice.event is BoardEvent.ARRIVED
    assert abs(notice.position_counts - delta_counts) <= 2
    way_counts = abs(delta_counts)
    peak_cps = min(speed_cps, (limits.accel_cps2 * way_counts) ** 0.5)
    profile_s = way_counts / peak_cps + peak_cps / limits.accel_cps2
    assert arrived_s - begun_s < profile_s + 0.060
    twin.wait(1.0)
    assert twin.core.at_rest
    true_counts = twin.motors["a"].position_rev * COUNTS_PER_REV
    assert abs(true_counts - delta_counts) <= 3
    if way_counts > 10:
        assert peak_rev(twin, "a") * COUNTS_PER_REV <= way_counts + 3


@settings(max_examples=40, deadline=None)
@given(
    legs=st.lists(
        st.tuples(
            st.integers(-6400, 6400), st.integers(1000, 10_133), st.floats(0.0, 0.7)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_moves_that_take_each_other_over_end_at_the_last_target(
    legs: list[tuple[int, int, float]],
) -> None:
    """From whatever speed and place they begin."""
    twin = Twin()
    twin.hello()
    for motion, (target_counts, speed_cps, wait_s) in enumerate(legs, start=1):
        answer = twin.ask(Verb.GOTO, "a", motion, 2000, target_counts, speed_cps)
        assert isinstance(answer, Reply)
        twin.wait(wait_s)
    while twin.state("a") is AxisState.MOVING:
        twin.ask(Verb.KEEP, "a", len(legs))
        twin.wait(0.5)
    assert twin.last_notice("a").event is BoardEvent.ARRIVED
    assert abs(twin.report("a").position_counts - legs[-1][0]) <= 2


def test_a_spin_reaches_its_speed_and_keeps_it(twin: Twin) -> None:
    """By the true shaft and by the measured speed."""
    twin.spin("a", 1, -RPM_150_CPS)
    twin.wait(0.5)
    assert twin.motors["a"].speed_rev_s == pytest.approx(-2.5, rel=0.02)
    assert twin.report("a").speed_cps == pytest.approx(-RPM_150_CPS, rel=0.03)


def test_power_applies_just_the_duty_cycle_asked_for(twin: Twin) -> None:
    """Open loop: half of the supply is half of the speed."""
    assert isinstance(twin.ask(Verb.POWER, "a", 1, 2000, -500), Reply)
    assert twin.report("a").duty_permille == -500
    twin.wait(1.0)
    assert twin.motors["a"].speed_rev_s == pytest.approx(-1.67, rel=0.05)


def test_started_is_told_when_the_drive_is_first_applied(twin: Twin) -> None:
    """Not when the motion was accepted."""
    twin.move("a", 1, 320)
    twin.wait(0.01)
    started_s, notice = twin.notices("a")[-1]
    assert (notice.event, notice.motion) == (BoardEvent.STARTED, 1)
    assert twin.drives("a")[0].t_s == started_s


def test_after_arrival_the_drive_is_off_and_the_cause_told(twin: Twin) -> None:
    """The bridge shorts the motor."""
    twin.move("a", 1, 320)
    twin.wait(1.0)
    report = twin.report("a")
    assert (report.state, report.cause) == (AxisState.IDLE, Cause.ARRIVED)
    assert report.duty_permille == 0
    assert twin.drives("a")[-1].data["brake"] is True


def test_a_move_of_nothing_arrives_without_any_drive(twin: Twin) -> None:
    """It was never started, either."""
    twin.move("a", 1, 0)
    twin.wait(0.1)
    assert twin.last_notice("a").event is BoardEvent.ARRIVED
    assert not twin.drives("a")


def test_axes_do_not_disturb_each_other(twin: Twin) -> None:
    """One runs and is stopped; the other does not notice."""
    alone = Twin()
    alone.wait(0.1)
    alone.hello()
    for each in (alone, twin):
        each.move("b", 1, 3200)
    twin.wait(0.0)
    twin.spin("a", 1)
    for each in (alone, twin):
        each.wait(0.3)
    twin.send(b"A")
    for each in (alone, twin):
        each.wait(1.0)
    assert twin.notices("b")[-2:] == alone.notices("b")[-2:]
    assert twin.motors["b"].position_rev == alone.motors["b"].position_rev


def test_a_board_can_have_eight_axes() -> None:
    """As many as there are letters."""
    twin = Twin("abcdefgh")
    twin.hello()
    for axis in twin.config.axes:
        twin.move(axis, 1, 320)
    twin.wait(1.0)
    assert [twin.last_notice(axis).event for axis in twin.config.axes] == (
        [BoardEvent.ARRIVED] * 8
    )


@pytest.mark.parametrize("axes", ["", "ba", "ac", "abcdefghi"])
def test_axes_that_the_protocol_cannot_name_are_refused(axes: str) -> None:
    """None, out of order, with a gap, too many."""
    with pytest.raises(ValueError, match=rf"^axes are '{axes}': give the first"):
        BoardConfig(axes=axes)


def test_zero_renames_the_position_but_not_the_shaft(twin: Twin) -> None:
    """The witness counts on from power-up."""
    twin.move("a", 1, 320)
    twin.wait(1.0)
    shaft_rev = twin.motors["a"].position_rev
    assert isinstance(twin.ask(Verb.ZERO, "a", 5000), Reply)
    twin.wait(0.1)
    assert twin.report("a").position_counts == 5000
    assert twin.motors["a"].position_rev == shaft_rev
    assert isinstance(twin.ask(Verb.GOTO, "a", 2, 2000, 5320, 8000), Reply)
    twin.wait(1.0)
    assert twin.motors["a"].position_rev == pytest.approx(shaft_rev + 0.1, abs=2e-3)


def test_a_way_beyond_the_limit_is_refused(twin: Twin) -> None:
    """The board tells the limit; it also keeps it."""
    way_counts = twin.config.axis_limits.max_move_counts
    answer = twin.ask(Verb.MOVE, "a", 1, 300, way_counts + 1, 100)
    assert isinstance(answer, Refusal)
    assert answer.code is ErrorCode.LIMIT


def test_an_idle_board_has_nothing_to_wake_for(twin: Twin) -> None:
    """So that a thread around it can sleep."""
    assert twin.core.next_wake_s == float("inf")
    twin.move("a", 1, 320)
    assert twin.core.next_wake_s <= twin.now_s + 0.001
    twin.wait(2.0)
    assert twin.core.next_wake_s == float("inf")


def test_the_same_bytes_at_the_same_instants_do_the_same() -> None:
    """However time is cut into pieces."""
    twins = [Twin(), Twin()]
    for twin, pieces in zip(twins, (1, 97), strict=True):
        twin.hello()
        twin.move("a", 1, 3200)
        for _ in range(pieces):
            twin.wait(1.0 / pieces)
        twin.wait(2.0 - twin.now_s)
    first, second = twins
    assert [notice for _, notice in first.notices()] == [
        notice for _, notice in second.notices()
    ]
    assert first.motors["a"].position_rev == pytest.approx(
        second.motors["a"].position_rev, abs=1e-9
    )


def test_time_cannot_go_back(twin: Twin) -> None:
    """A driver that confuses its clocks must hear of it."""
    with pytest.raises(ValueError, match=r"^time went back from 0\.1 s to 0\.05 s$"):
        twin.core.advance(0.05)
