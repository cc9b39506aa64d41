"""The arm's twin moves, passes waypoints, finds its home and stops as one."""

import pytest

from arduino_actuators.wire import (
    AxisState,
    BootCause,
    Cause,
    ErrorCode,
    FaultCode,
    Refusal,
    Verb,
)
from deadstop.boards import BoardError
from deadstop.boards.loopback import BoardConfig, ClockedLoopback, LoopbackBoard
from deadstop.boards.loopback.config import CNC_RANGES
from tests.harness.boards.arm_twin import ACCEL_CPS2, AXES, ArmTwin

STANDSTILL_S = 0.020


def fastest_cps(arm: ArmTwin, axis: str, from_s: float, to_s: float) -> float:
    """The most edges of *axis* that 10 ms saw, as a speed."""
    stamps_s = [e.t_s for e in arm.edges if e.axis == axis and from_s <= e.t_s <= to_s]
    return max(
        (sum(t <= each < t + 0.010 for each in stamps_s) - 1) / 0.010 for t in stamps_s
    )


def test_a_line_ends_at_its_targets_all_joints_at_once(arm: ArmTwin) -> None:
    """Each has arrived 20 ms after the last step of any."""
    arm.line(1, 1600, -800, 400)
    arm.wait(1.0)
    assert arm.positions() == arm.steps() == (1600, -800, 400)
    last_s = arm.edges[-1].t_s
    arrivals_s = [t_s for t_s, n in arm.notices() if n.event == "arrived"]
    assert len(arrivals_s) == 3
    assert arrivals_s == pytest.approx([last_s + STANDSTILL_S] * 3, abs=0.0021)


def test_a_straight_waypoint_is_passed_at_full_speed(arm: ArmTwin) -> None:
    """There is nothing to slow down for."""
    arm.line(1, 1000, 500, 0)
    arm.via(1, 2000, 1000, 0)
    arm.wait(1.0)
    (passed_s,) = (t_s for t_s, n in arm.notices() if n.event == "passed")
    assert fastest_cps(arm, "a", passed_s - 0.02, passed_s) > 3850
    assert fastest_cps(arm, "a", passed_s, passed_s + 0.02) > 3850
    assert arm.positions() == (2000, 1000, 0)


@pytest.mark.parametrize(
    ("onward", "most_cps"), [((1000, 1000, 0), 400), ((0, 0, 0), 200)]
)
def test_a_corner_is_passed_no_faster_than_a_joint_can_jump(
    arm: ArmTwin, onward: tuple[int, int, int], most_cps: int
) -> None:
    """A right angle at 400 counts/s, a way back at 200."""
    arm.line(1, 1000, 0, 0)
    arm.via(1, *onward)
    arm.wait(1.5)
    (passed_s,) = (t_s for t_s, n in arm.notices() if n.event == "passed")
    near = [e for e in arm.edges if e.axis == "a" and e.t_s < passed_s][-2:]
    pace_cps = 1 / (near[1].t_s - near[0].t_s)
    # One count before the corner it is still a little faster.
    assert pace_cps < (most_cps**2 + 2.5 * ACCEL_CPS2) ** 0.5
    assert arm.positions() == onward


def test_it_can_always_stop_at_the_last_waypoint_it_knows(arm: ArmTwin) -> None:
    """A stream that breaks off is a motion that ends, at its last waypoint."""
    arm.line(1, 100, 0, 0, cps=8000)
    for i in range(2, 7):
        arm.via(1, 100 * i, 0, 0, cps=8000)
    arm.wait(1.0)
    assert arm.positions() == (600, 0, 0)
    assert arm.told("a") == ["stopped", "started", *["passed"] * 5, "arrived"]
    assert arm.told("b") == ["stopped", "started", "arrived"]


def test_a_via_in_the_last_moment_goes_on(arm: ArmTwin) -> None:
    """Before it has told of its arrival, it has not arrived."""
    arm.line(1, 200, 0, 0)
    arm.wait(0.15)
    assert arm.positions() == (200, 0, 0)
    assert arm.state("a") is AxisState.MOVING
    arm.via(1, 200, 300, 0)
    arm.wait(0.5)
    assert arm.positions() == (200, 300, 0)
    assert arm.told("a")[-2:] == ["passed", "arrived"]


@pytest.mark.parametrize("accel_cps2", [10_000, 40_000])
def test_category_1_ramps_down_along_the_path_at_its_acceleration(
    arm: ArmTwin, accel_cps2: int
) -> None:
    """v² / 2a for the longest way, and the others' shares of it."""
    arm.line(1, 3200, -1600, 800, accel=accel_cps2)
    arm.wait(0.5)
    before = arm.positions()
    arm.stop("c", 1)
    arm.wait(0.6)
    ways = [now - old for now, old in zip(arm.positions(), before, strict=True)]
    whole = 4000**2 / 2 / accel_cps2
    assert ways == pytest.approx([whole, -whole / 2, whole / 4], abs=1.01)
    assert arm.told("b")[-2:] == ["stopping", "stopped"]
    assert arm.core.at_rest


def test_a_line_is_kept_by_any_of_its_axes(arm: ArmTwin) -> None:
    """The lease is one for all."""
    arm.line(1, 3200, 0, 0, cps=2000, lease_ms=100)
    for i in range(12):
        arm.wait(0.09)
        arm.ask(Verb.KEEP, AXES[i % 3], 1)
    assert arm.state("a") is AxisState.MOVING
    arm.wait(0.15)
    assert {arm.report(axis).cause for axis in AXES} == {Cause.LEASE}
    expired = [event for event in arm.seen if event.kind == "lease-expired"]
    assert [event.data["axis"] for event in expired] == ["a", "b", "c"]


def test_home_is_where_the_switch_opens(arm: ArmTwin) -> None:
    """From beyond it as well as from this side."""
    arm.ask(Verb.HOME, "b", 1, 2000, 2000)
    arm.wait(2.0)
    assert arm.range("b").homed == 1
    assert arm.report("b").position_counts == -1600
    assert arm.joints["b"].position_steps == -1600
    arm.ask(Verb.HOME, "b", 2, 2000, 2000)
    arm.wait(1.0)
    assert arm.last_notice("b").event == "arrived"
    assert arm.joints["b"].position_steps == -1600


def test_a_home_without_a_switch_is_a_fault(arm: ArmTwin) -> None:
    """The whole range has been gone through, and the joint has not moved."""
    arm.joints["b"].jammed = True
    arm.ask(Verb.SPIN, "a", 1, 2000, 500)
    arm.ask(Verb.HOME, "b", 1, 2000, 8000)
    arm.wait(1.0)
    assert arm.last_notice("b").fault is FaultCode.HOME
    assert arm.last_notice("a").cause is Cause.FAULT
    assert arm.core.at_rest
    assert arm.ask(Verb.LINE, 2, 300, 0, 0, 0, 1000, 1000) == Refusal(
        3, ErrorCode.FAULTED
    )
    arm.ask(Verb.CLEAR, "b")
    assert arm.state("b") is AxisState.IDLE


def test_lost_steps_lead_into_the_limit_switch(arm: ArmTwin) -> None:
    """What the board takes for -2400 is beyond the end."""
    arm.joints["a"].jammed = True
    arm.ask(Verb.GOTO, "a", 1, 2000, 1600, 4000)
    arm.wait(1.0)
    assert arm.joints["a"].position_steps == 0
    arm.joints["a"].jammed = False
    arm.ask(Verb.GOTO, "a", 2, 2000, -2400, 4000)
    arm.wait(1.5)
    assert arm.last_notice("a").fault is FaultCode.LIMIT
    assert arm.core.at_rest
    lost = [e for e in arm.seen if e.kind == "lost"]
    assert sum(int(str(e.data["steps"])) for e in lost) == 1600
    arm.ask(Verb.CLEAR, "a")
    arm.ask(Verb.MOVE, "a", 3, 2000, 100, 1000)  # away from it is no fault
    arm.wait(0.5)
    assert arm.last_notice("a").event == "arrived"


def test_a_reset_ends_all_and_forgets_all(arm: ArmTwin) -> None:
    """Where it stands is position 0 from then on."""
    arm.line(1, 3200, 0, 0)
    arm.wait(0.3)
    arm.core.reset(BootCause.WATCHDOG, arm.now_s)
    edges = len(arm.edges)
    arm.wait(0.5)
    assert len(arm.edges) == edges > 0
    assert arm.core.at_rest
    assert arm.positions() == (0, 0, 0)


def test_an_arm_has_no_encoder_to_break() -> None:
    """Said to whoever asks; the board goes on."""
    config = BoardConfig.of_shield("cnc", "abc")
    board = ClockedLoopback(config, t_s=0.0, observe=lambda _: None)
    with pytest.raises(BoardError, match=r"\Aaxis 'a' of the cnc shield has no enc"):
        board.break_encoder("a")
    with LoopbackBoard(config, observe=lambda _: None) as paced:
        with pytest.raises(BoardError, match=r"\Aaxis 'b' of the cnc shield has no "):
            paced.break_encoder("b")
        with pytest.raises(KeyError, match="no axis 'd'"):
            paced.jam_shaft("d", jammed=True)
        assert paced.at_rest()


def test_a_shield_has_its_axes_and_no_others() -> None:
    """A rig's mistake is told where it is made."""
    with pytest.raises(ValueError, match=r"\Aaxes are 'ab': a cnc shield has 'abc'\Z"):
        BoardConfig.of_shield("cnc", "ab")
    with pytest.raises(ValueError, match="'lego' is not a valid Shield"):
        BoardConfig.of_shield("lego", "ab")
    assert "".join(CNC_RANGES) == AXES


def test_a_ramp_goes_on_around_a_corner(arm: ArmTwin) -> None:
    """It ends on the line behind the waypoint, and passes that as it comes to it."""
    arm.line(1, 1000, 0, 0)
    arm.via(1, 2000, 100, 0)
    arm.wait(0.28)
    before_counts = arm.report("a").position_counts
    assert 850 < before_counts < 1000
    arm.stop("a", 2)
    arm.wait(0.3)
    a_counts, b_counts, _ = arm.positions()
    assert a_counts - before_counts == pytest.approx(4000**2 / 2 / ACCEL_CPS2, abs=2)
    assert b_counts == pytest.approx((a_counts - 1000) / 10, abs=1)
    assert arm.told("a")[-3:] == ["stopping", "passed", "stopped"]
    assert arm.state("a") is AxisState.HOLDING
