"""How an arm's joints move by themselves: told at the step pins."""

import itertools
from typing import Final

import pytest

from tests.firmware.arm import (
    ACCEL_CPS2,
    AXES,
    CYCLES_PER_S,
    JUMP_CPS,
    RANGES,
    Arm,
)

STANDSTILL_S: Final = 0.020
# A step comes a few us late where another interrupt, or another axis, has its turn.
JITTER_S: Final = 20e-6


def speeds_cps(cycles: list[int], over: int) -> list[float]:
    """Return the mean speed over each *over* steps."""
    pairs = zip(cycles, cycles[over:], strict=False)
    return [over * CYCLES_PER_S / (b - a) for a, b in pairs]


def test_it_tells_who_it_is_and_what_it_can() -> None:
    """A board that has just booted."""
    arm = Arm()

    assert arm.ask("hello 1")[1::2] == ("cnc-shield", "abc")
    for axis in AXES:
        assert arm.ask(f"limits {axis}") == ("8000", "40000", "100000", "50", "2000")
        least, most = RANGES[axis]
        assert arm.ask(f"range {axis}") == (str(least), str(most), "0")
    assert arm.refused("power a MOTION 300 500") == "unable"
    assert arm.ask("state a")[6] == "0", "it used up no number"


@pytest.mark.parametrize(
    ("axis", "target", "speed_cps"),
    [
        ("a", 3200, 8000),
        ("b", -1600, 3000),
        ("c", 37, 8000),
        ("a", -1, 2),
        ("c", 4, 300),
    ],
)
def test_a_joint_goes_where_it_is_told(axis: str, target: int, speed_cps: int) -> None:
    """Exactly, not faster than it may; it stands for 20 ms before that is told."""
    arm = Arm()
    arm.ask(f"goto {axis} MOTION 2000 {target} {speed_cps}")
    arm.wait(1.9)

    assert arm.events() == [
        ("started", axis, "1", "0"),
        ("arrived", axis, "1", str(target)),
    ]
    assert arm.ask(f"state {axis}") == (
        "idle",
        "1",
        str(target),
        "0",
        "0",
        "arrived",
        "1",
    )
    assert arm.core.steps(axis) == target
    assert arm.core.edges(axis) == abs(target)
    cycles = arm.edge_cycles(axis)
    (on_cycle, _), (off_cycle, _) = arm.enables
    assert on_cycle < cycles[0]
    standstill_s = (off_cycle - cycles[-1]) / CYCLES_PER_S
    assert STANDSTILL_S - 0.001 <= standstill_s <= STANDSTILL_S + 0.002
    for a, b in itertools.pairwise(cycles):
        assert b - a >= CYCLES_PER_S / speed_cps - JITTER_S * CYCLES_PER_S


def test_the_steps_follow_the_trapezoid() -> None:
    """Each within a few us of where s = a t^2 / 2, and then the cruise, puts it."""
    arm = Arm()
    arm.ask("goto a MOTION 2000 3200 8000")
    arm.wait(1.5)

    begin, *_ = cycles = arm.edge_cycles("a")
    ramp_s = 8000 / ACCEL_CPS2
    for number, cycle in enumerate(cycles[:2000]):
        way = number + 0.5
        way_on_ramp = 8000 * ramp_s / 2
        expected_s = (
            (2 * way / ACCEL_CPS2) ** 0.5
            if way < way_on_ramp
            else ramp_s + (way - way_on_ramp) / 8000
        )
        first_s = (2 * 0.5 / ACCEL_CPS2) ** 0.5
        late_s = (cycle - begin) / CYCLES_PER_S - (expected_s - first_s)
        # The profile is laid in steps of speed, one each millisecond.
        assert abs(late_s) < 0.0007, (number, late_s)


@pytest.mark.parametrize("speed_cps", [8000, -8000, 4000, 1500])
@pytest.mark.parametrize("axis", AXES)
def test_a_ramp_takes_the_way_that_the_rate_says(axis: str, speed_cps: int) -> None:
    """v^2 / 2a from where `stopping` was told, within 2 %, or a step."""
    arm = Arm()
    arm.ask(f"goto {axis} MOTION 2000 {1600 if speed_cps < 0 else -1600} 8000")
    arm.wait(0.8)
    arm.ask(f"spin {axis} MOTION 2000 {speed_cps}")
    arm.wait(0.02 + 1.2 * abs(speed_cps) / ACCEL_CPS2)
    arm.host.forget()
    arm.ask(f"stop {axis} MOTION 1".replace("MOTION", str(arm.motion)))
    arm.wait(0.5)

    stopping, stopped = arm.events()
    assert stopping[:-1] == ("stopping", axis, "2", "stop", "1")
    assert stopped[:-1] == ("stopped", axis, "2", "stop")
    way = abs(int(stopped[-1]) - int(stopping[-1]))
    expected = speed_cps**2 / 2 / ACCEL_CPS2
    assert abs(way - expected) <= max(0.02 * expected, 1.0)
    assert arm.told_steps() == arm.steps
    assert arm.enables[-1][1] is False


def test_a_ramp_while_it_speeds_up_takes_that_way_too() -> None:
    """What is planned ahead is made up for; no change of speed is beyond a joint."""
    arm = Arm()
    arm.ask("goto a MOTION 2000 3200 8000")
    arm.wait(0.1)
    speed_cps = int(arm.ask("state a")[3])
    arm.ask(f"stop a {arm.motion} 1")
    arm.wait(0.5)

    cycles = arm.edge_cycles("a")
    stopping, stopped = arm.events()[-2:]
    begun = int(stopping[-1])
    speed_cps = round(CYCLES_PER_S / (cycles[begun] - cycles[begun - 1]))
    way = int(stopped[-1]) - begun
    assert way == pytest.approx(speed_cps**2 / 2 / ACCEL_CPS2, rel=0.03, abs=2.5)
    speeds = speeds_cps(cycles, 8)
    for a, b in itertools.pairwise(speeds):
        assert abs(a - b) < JUMP_CPS


def test_spin_ends_at_the_end_of_the_range() -> None:
    """As a travel to it: it arrives."""
    arm = Arm()
    arm.ask("spin b MOTION 2000 -7000")
    arm.wait(1.0)

    assert arm.events()[-1] == ("arrived", "b", "1", "-1600")
    arm.ask("spin b MOTION 2000 -7000")
    arm.wait(0.1)
    assert arm.events()[-1] == ("arrived", "b", "2", "-1600")
    assert arm.steps == (0, -1600, 0)


def test_what_is_out_of_range_is_refused() -> None:
    """And moves nothing."""
    arm = Arm()
    for words in (
        "goto a MOTION 300 3201 100",
        "move a MOTION 300 -3201 100",
        "goto b MOTION 300 -1601 100",
        "goto b MOTION 300 5 8001",
        "line MOTION 300 0 -1601 0 100 40000",
        "line MOTION 300 0 0 0 8001 40000",
        "line MOTION 300 0 0 0 0 40000",
        "line MOTION 300 0 0 0 100 0",
        "line MOTION 300 0 0 0 100 40001",
        "line MOTION 49 0 0 0 100 40000",
        "via 77 0 0 3201 100",
        "home c MOTION 300 0",
        "zero a 3201",
    ):
        assert arm.refused(words) == "limit", words
    arm.wait(0.1)
    assert not arm.edges
    assert not arm.enables


def test_three_joints_move_independently() -> None:
    """At once, each with its own number, lease and end."""
    arm = Arm()
    arm.ask("goto a 1 2000 3000 8000")
    arm.ask("goto b 1 2000 -1500 5000")
    arm.ask("spin c 1 400 -2500")
    arm.wait(0.1)
    arm.ask("stop c 1 2")  # before its lease, under which it is held, runs out
    arm.ask("goto a 2 2000 -100 8000")
    arm.wait(0.1)
    assert arm.ask("state c")[0] == "holding"
    for _ in range(12):
        arm.ask("keep c 1")
        arm.wait(0.08)

    events = arm.events()
    assert [e for e in events if e[1] == "a"][-1] == ("arrived", "a", "2", "-100")
    assert [e for e in events if e[1] == "b"][-1] == ("arrived", "b", "1", "-1500")
    assert arm.steps[:2] == (-100, -1500)
    assert arm.told_steps() == arm.steps
    assert arm.core.drive("c").duty_permille, "power is kept"
    arm.ask("stop c 1 1")
    arm.wait(0.05)
    assert arm.core.at_rest()


def test_a_newer_motion_takes_over_at_the_speed_that_it_finds() -> None:
    """It turns round without a jump, and ends where it is told."""
    arm = Arm()
    arm.ask("spin a MOTION 2000 8000")
    arm.wait(0.15)
    arm.ask("goto a MOTION 2000 0 8000")
    arm.wait(1.0)

    assert arm.told_steps() == arm.steps == (0, 0, 0)
    words = [e[0] for e in arm.events()]
    assert words == ["started", "stopped", "started", "arrived"]
