"""A stop always gets through, in the way it was asked for."""

import pytest

from arduino_actuators.wire import (
    AxisNotice,
    AxisState,
    BoardEvent,
    Cause,
    ErrorCode,
    Refusal,
    Reply,
    StopCategory,
    Verb,
    encode_command,
    move,
)
from deadstop.trace import Source
from tests.harness.boards.twin import Twin


def run_at_speed(twin: Twin, axis: str = "a", motion: int = 1) -> None:
    """Turn an axis at 150 rpm."""
    twin.spin(axis, motion)
    twin.wait(0.5)


def stops(twin: Twin) -> list[tuple[BoardEvent, Cause | None, StopCategory | None]]:
    """What was told of axis a since it started."""
    return [
        (n.event, n.cause, n.category)
        for _, n in twin.notices("a")
        if n.event in (BoardEvent.STOPPING, BoardEvent.STOPPED) and n.motion
    ]


@pytest.mark.parametrize("byte", [b"A", b"!", b"C", b"H"])
def test_a_stop_byte_cuts_the_drive_in_the_very_instant(
    twin: Twin, byte: bytes
) -> None:
    """Between two ticks, without a checksum."""
    run_at_speed(twin)
    twin.now_s += 0.000_3  # between two ticks
    twin.send(byte)
    off = twin.drives("a")[-1]
    assert (off.t_s, off.data["duty_permille"], off.data["brake"]) == (
        twin.now_s,
        0,
        True,
    )
    assert twin.state("a") is AxisState.STOPPING
    twin.wait(1.0)
    assert twin.core.at_rest
    assert stops(twin) == [
        (BoardEvent.STOPPING, Cause.BYTE, StopCategory.REMOVE_POWER),
        (BoardEvent.STOPPED, Cause.BYTE, None),
    ]


def test_the_letter_of_one_axis_leaves_the_other_running(twin: Twin) -> None:
    """A stop for one axis is no stop for all."""
    run_at_speed(twin, "a", 1)
    run_at_speed(twin, "b", 1)
    twin.send(b"B")
    twin.wait(0.5)
    assert twin.state("a") is AxisState.MOVING
    assert twin.motors["a"].speed_rev_s == pytest.approx(2.5, rel=0.02)
    assert twin.motors["b"].speed_rev_s == 0.0


def test_category_0_brakes_without_power_in_a_sixth_of_a_turn(twin: Twin) -> None:
    """The bridge shorts the motor and applies nothing."""
    run_at_speed(twin)
    before_rev = twin.motors["a"].position_rev
    twin.ask(Verb.STOP, "a", 1, 0)
    twin.wait(1.0)
    assert 0.10 < twin.motors["a"].position_rev - before_rev < 0.17
    assert twin.drives("a")[-1].data["duty_permille"] == 0


def test_category_1_ramps_down_and_then_removes_power(twin: Twin) -> None:
    """150 rpm squared over twice 12 rev/s2 is 0.26 rev."""
    run_at_speed(twin)
    before_rev = twin.motors["a"].position_rev
    twin.ask(Verb.STOP, "a", 1, 1)
    asked_s = twin.now_s
    twin.wait(0.1)
    assert twin.motors["a"].speed_rev_s == pytest.approx(1.3, abs=0.15)
    twin.wait(1.0)
    # 150 rpm squared over twice 12 rev/s2
    way_rev = twin.motors["a"].position_rev - before_rev
    assert way_rev == pytest.approx(0.26, abs=0.01)
    off = twin.drives("a")[-1]
    assert off.data["duty_permille"] == 0
    assert off.t_s - asked_s == pytest.approx(2.5 / 12, abs=0.005)
    assert twin.state("a") is AxisState.IDLE


def test_category_2_holds_against_a_push_as_long_as_it_is_kept(twin: Twin) -> None:
    """The position loop pushes back for 10 s."""
    run_at_speed(twin)
    twin.ask(Verb.STOP, "a", 1, 2)
    twin.wait(0.5)
    assert twin.state("a") is AxisState.HOLDING
    held_rev = twin.motors["a"].position_rev
    twin.motors["a"].position_rev -= 0.05
    for _ in range(20):
        twin.wait(0.5)
        assert isinstance(twin.ask(Verb.KEEP, "a", 1), Reply)
    assert twin.motors["a"].position_rev == pytest.approx(held_rev, abs=2e-3)
    assert twin.state("a") is AxisState.HOLDING


def test_a_hold_that_nobody_keeps_is_let_go_by_the_lease(twin: Twin) -> None:
    """The lease covers a hold too."""
    run_at_speed(twin)
    twin.ask(Verb.STOP, "a", 1, 2)
    twin.wait(2.5)
    assert twin.core.at_rest
    assert stops(twin)[-2:] == [
        (BoardEvent.STOPPING, Cause.LEASE, StopCategory.REMOVE_POWER),
        (BoardEvent.STOPPED, Cause.LEASE, None),
    ]


def test_a_stop_under_way_becomes_stricter(twin: Twin) -> None:
    """2, then 1, then 0: each is told."""
    run_at_speed(twin)
    for category in (2, 1, 0):
        twin.ask(Verb.STOP, "a", 1, category)
        twin.wait(0.02)
    assert twin.report("a").duty_permille == 0
    twin.wait(1.0)
    assert [category for _, _, category in stops(twin)] == [2, 1, 0, None]


def test_a_stop_under_way_never_becomes_softer(twin: Twin) -> None:
    """What is not stricter is answered, and no more."""
    run_at_speed(twin)
    for category in (0, 1, 2):
        assert isinstance(twin.ask(Verb.STOP, "a", 1, category), Reply)
        assert twin.report("a").duty_permille == 0
        twin.wait(0.02)
    twin.wait(1.0)
    assert [category for _, _, category in stops(twin)] == [0, None]
    assert twin.state("a") is AxisState.IDLE


def test_each_stop_byte_is_answered_even_when_the_axis_stops_already(
    twin: Twin,
) -> None:
    """The host must see that its byte got through."""
    run_at_speed(twin)
    twin.ask(Verb.HALT, 1)
    twin.send(b"AA")
    twin.wait(1.0)
    assert [(event, cause) for event, cause, _ in stops(twin)] == [
        (BoardEvent.STOPPING, Cause.HALT),
        (BoardEvent.STOPPING, Cause.BYTE),
        (BoardEvent.STOPPING, Cause.BYTE),
        (BoardEvent.STOPPED, Cause.BYTE),
    ]


@pytest.mark.parametrize("byte", [b"A", b"!", b"H"])
def test_a_motion_whose_frame_a_stop_byte_falls_into_never_starts(
    twin: Twin, byte: bytes
) -> None:
    """At every byte of the frame."""
    frame = encode_command(move(77, "a", 5, 300, 3200, 8000))
    for cut in range(1, len(frame)):
        twin.send(frame[:cut])
        twin.send(byte)
        twin.send(frame[cut:])
        assert twin.said[-1][1] == Refusal(77, ErrorCode.OVERTAKEN)
        twin.wait(0.05)
    assert not twin.drives("a")
    assert twin.report("a").motion == 0


def test_a_stop_byte_for_the_other_axis_does_not_overtake(twin: Twin) -> None:
    """The frame is whole and meant for another axis."""
    frame = encode_command(move(77, "a", 5, 300, 3200, 8000))
    twin.send(frame[:9] + b"B" + frame[9:])
    twin.wait(0.1)
    assert twin.state("a") is AxisState.MOVING


def test_a_stale_stop_leaves_the_newer_motion_alone(twin: Twin) -> None:
    """An old operation must not stop a newer one."""
    run_at_speed(twin, motion=1)
    twin.spin("a", 2, -8000)
    answer = twin.ask(Verb.STOP, "a", 1, 0)
    assert isinstance(answer, Refusal)
    assert answer.code is ErrorCode.STALE_MOTION
    twin.wait(1.0)
    assert twin.motors["a"].speed_rev_s == pytest.approx(-2.5, rel=0.02)


@pytest.mark.parametrize("motion", [1, 40_000, 65_535])
def test_a_motion_that_is_not_newer_is_refused(twin: Twin, motion: int) -> None:
    """The same, half a turn ahead, one behind."""
    twin.spin("a", 1)
    twin.send(b"A")
    twin.wait(1.0)
    answer = twin.ask(Verb.SPIN, "a", motion, 300, 100)
    assert isinstance(answer, Refusal)
    assert answer.code is ErrorCode.STALE_MOTION
    twin.wait(0.1)
    assert twin.core.at_rest


def test_a_duplicate_of_a_finished_motion_moves_nothing(twin: Twin) -> None:
    """First as a repeat, then as a stale motion."""
    frame = encode_command(move(77, "a", 5, 300, 320, 8000))
    twin.send(frame)
    twin.wait(1.0)
    twin.seen.clear()
    twin.send(frame)  # the same answer again
    twin.state("a")
    twin.send(frame)  # another command came between: no longer a repeat
    answers = [item for _, item in twin.said if isinstance(item, Reply | Refusal)]
    assert answers[-3] == Reply(77, ("5", "320"))
    assert answers[-1] == Refusal(77, ErrorCode.STALE_MOTION)
    twin.wait(1.0)
    assert not twin.drives("a")


def test_a_newer_motion_supersedes_before_it_starts(twin: Twin) -> None:
    """In this order, so that the older caller hears first."""
    run_at_speed(twin, motion=1)
    twin.spin("a", 2, -4000)
    twin.wait(0.01)
    assert [(n.event, n.motion, n.cause) for _, n in twin.notices("a") if n.motion] == [
        (BoardEvent.STARTED, 1, None),
        (BoardEvent.STOPPED, 1, Cause.SUPERSEDED),
        (BoardEvent.STARTED, 2, None),
    ]


def test_a_stop_at_rest_changes_nothing_and_is_told(twin: Twin) -> None:
    """The cause that `state` tells stays, too."""
    twin.move("a", 1, 320)
    twin.wait(1.0)
    before = twin.report("a")
    assert isinstance(twin.ask(Verb.STOP, "a", 1, 0), Reply)
    assert twin.last_notice("a") == AxisNotice(
        BoardEvent.STOPPED, "a", 1, before.position_counts, Cause.STOP
    )
    assert twin.report("a") == before


def test_nothing_moves_by_itself_after_a_stop(twin: Twin) -> None:
    """For a whole minute."""
    run_at_speed(twin)
    twin.send(b"!")
    twin.wait(0.5)
    twin.seen.clear()
    twin.wait(60.0)
    assert twin.kinds(Source.PINS) == []
    assert twin.kinds(Source.SHAFT) == []
