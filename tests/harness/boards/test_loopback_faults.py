"""What goes wrong at the motor is noticed, told, and leaves the drive off."""

import pytest

from arduino_actuators.wire import (
    AxisState,
    BoardEvent,
    Cause,
    ErrorCode,
    FaultCode,
    Refusal,
    Reply,
    Verb,
)
from tests.harness.boards.twin import Twin


def must_have_faulted(twin: Twin, fault: FaultCode) -> None:
    """Fail unless axis a is faulted, dead, and said so."""
    notice = twin.last_notice("a")
    assert (notice.event, notice.fault) == (BoardEvent.FAULT, fault)
    report = twin.report("a")
    assert (report.state, report.cause) == (AxisState.FAULTED, Cause.FAULT)
    assert twin.drives("a")[-1].data["duty_permille"] == 0


def test_a_jammed_shaft_is_a_stall_after_250_ms(twin: Twin) -> None:
    """Not sooner: a motor takes its time to break away."""
    twin.motors["a"].jammed = True
    assert isinstance(twin.ask(Verb.POWER, "a", 1, 2000, 300), Reply)
    twin.wait(0.245)
    assert twin.state("a") is AxisState.MOVING
    twin.wait(0.010)
    must_have_faulted(twin, FaultCode.STALL)


def test_a_shaft_that_jams_at_speed_falls_behind_its_profile(twin: Twin) -> None:
    """A quarter of a revolution at 2.5 rev/s takes 100 ms."""
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.motors["a"].jammed = True
    twin.wait(0.11)  # a quarter of a revolution at 2.5 rev/s
    must_have_faulted(twin, FaultCode.TRACKING)


@pytest.mark.parametrize("speed_cps", [100, 1000, 10_000])
def test_a_dead_encoder_never_lets_the_motor_run_away(
    twin: Twin, speed_cps: int
) -> None:
    """The loop is open then; stall or tracking must end it."""
    twin.spin("a", 1, speed_cps)
    twin.wait(0.5)
    twin.motors["a"].break_encoder()
    before_rev = twin.motors["a"].position_rev
    twin.wait(1.0)
    assert twin.state("a") is AxisState.FAULTED
    assert twin.core.at_rest
    assert abs(twin.motors["a"].position_rev - before_rev) < 1.0


def test_the_slowest_spin_is_not_taken_for_a_stall(twin: Twin) -> None:
    """One count a second: no movement for 250 ms is right there."""
    twin.spin("a", 1, 1)
    for _ in range(60):
        twin.wait(0.5)
        twin.ask(Verb.KEEP, "a", 1)
    assert twin.state("a") is AxisState.MOVING
    assert twin.report("a").position_counts == pytest.approx(30, abs=2)


def test_a_faulted_axis_refuses_motion_until_it_is_cleared(twin: Twin) -> None:
    """A stop is answered and changes nothing."""
    twin.motors["a"].jammed = True
    twin.ask(Verb.POWER, "a", 1, 2000, 300)
    twin.wait(0.5)
    refusal = twin.ask(Verb.SPIN, "a", 2, 300, 100)
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.FAULTED
    assert isinstance(twin.ask(Verb.STOP, "a", 0, 0), Reply)
    assert twin.state("a") is AxisState.FAULTED
    twin.motors["a"].jammed = False
    answer = twin.ask(Verb.CLEAR, "a")
    assert isinstance(answer, Reply)
    assert answer.fields == ("idle",)
    twin.move("a", 3, 320)
    twin.wait(1.0)
    assert twin.last_notice("a").event is BoardEvent.ARRIVED


def test_clear_is_refused_while_a_motion_has_the_axis(twin: Twin) -> None:
    """The pair is not in the table of states."""
    twin.spin("a", 1)
    refusal = twin.ask(Verb.CLEAR, "a")
    assert isinstance(refusal, Refusal)
    assert refusal.code is ErrorCode.BUSY


def test_a_fault_of_one_axis_leaves_the_other_running(twin: Twin) -> None:
    """Each axis has its own."""
    twin.motors["a"].jammed = True
    twin.spin("b", 1)
    twin.spin("a", 1)
    twin.wait(1.0)
    assert twin.state("a") is AxisState.FAULTED
    assert twin.state("b") is AxisState.MOVING


def test_a_mute_board_obeys_in_silence(twin: Twin) -> None:
    """Silence is no reason to go on."""
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.core.mute = True
    twin.said.clear()
    twin.send(b"A?")
    twin.wait(1.0)
    assert twin.core.at_rest
    assert not twin.said
