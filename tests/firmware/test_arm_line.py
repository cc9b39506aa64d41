"""Coordinated motion of an arm's joints: told at the step pins."""

import itertools
from typing import Final

import pytest

from tests.firmware.arm import (
    ACCEL_CPS2,
    AXES,
    CYCLES_PER_S,
    JUMP_CPS,
    Arm,
    off_line_steps,
)

ONE_STEP: Final = 1.0
# Round a square, to and fro, a corner that is hardly one, and single steps.
CORNERS: Final = (
    (400, 0, 0),
    (400, 400, 0),
    (0, 400, 200),
    (0, 0, 0),
    (300, 10, -100),
    (900, 40, -290),
    (901, 40, -290),
    (901, 41, -290),
)


def line(target: tuple[int, ...], speed_cps: int, accel_cps2: int = ACCEL_CPS2) -> str:
    """Spell a line."""
    targets = " ".join(map(str, target))
    return f"line MOTION 2000 {targets} {speed_cps} {accel_cps2}"


def via(arm: Arm, target: tuple[int, ...], speed_cps: int) -> str:
    """Spell a line more."""
    return f"via {arm.motion} {' '.join(map(str, target))} {speed_cps}"


def arrived(arm: Arm) -> list[tuple[str, ...]]:
    """Return what the end of the present motion has to look like."""
    at = dict(zip(AXES, arm.steps, strict=True))
    return [("arrived", axis, str(arm.motion), str(at[axis])) for axis in AXES]


@pytest.mark.parametrize(
    ("target", "speed_cps", "accel_cps2"),
    [
        ((3200, -1600, 1234), 8000, ACCEL_CPS2),
        ((-7, 900, 0), 3000, 15_000),
        ((1, -1, 1), 500, 200),
        ((0, 0, -2000), 8000, ACCEL_CPS2),
        ((300, 299, 298), 2000, 4_000),
    ],
)
def test_a_line_is_straight(
    target: tuple[int, ...], speed_cps: int, accel_cps2: int
) -> None:
    """In joint space, and all its joints end together."""
    arm = Arm()
    assert arm.ask(line(target, speed_cps, accel_cps2)) == ("1", "7")
    arm.settle()

    assert arm.steps == target
    off_steps, edge = off_line_steps(arm.edges, [(0, 0, 0), target])
    assert off_steps <= ONE_STEP, edge
    events = arm.events()
    assert events[:3] == [("started", axis, "1", "0") for axis in AXES]
    assert events[3:] == arrived(arm)
    longest = max(AXES, key=lambda axis: len(arm.edge_cycles(axis)))
    for a, b in itertools.pairwise(arm.edge_cycles(longest)):
        assert b - a >= CYCLES_PER_S / speed_cps - 400


def test_a_line_without_a_way_arrives() -> None:
    """For each axis, after the time that a standstill takes."""
    arm = Arm()
    arm.ask(line((0, 0, 0), 100))
    arm.wait(0.06)

    assert arm.events()[3:] == arrived(arm)
    assert not arm.edges


@pytest.mark.parametrize("speed_cps", [300, 2500, 8000])
def test_a_path_is_straight_between_its_waypoints(speed_cps: int) -> None:
    """It passes them, in their order, and arrives at the last."""
    arm = Arm()
    arm.ask(line(CORNERS[0], speed_cps))
    for number, corner in enumerate(CORNERS[1:]):
        assert arm.ask(via(arm, corner, speed_cps)) == ("1", str(6 - number))
    assert arm.refused(via(arm, CORNERS[0], speed_cps)) == "busy"
    arm.settle()

    assert arm.steps == CORNERS[-1]
    off_steps, edge = off_line_steps(arm.edges, [(0, 0, 0), *CORNERS])
    assert off_steps <= ONE_STEP, edge
    visited = {edge.steps for edge in arm.edges}
    assert set(CORNERS[:4]) <= visited
    events = arm.events()
    passed = [e for e in events if e[0] == "passed"]
    assert len(passed) == len(CORNERS) - 1
    assert all(e[1:3] == ("a", "1") for e in passed)
    assert events[-3:] == arrived(arm)


def test_a_corner_is_passed_as_fast_as_no_axis_jumps() -> None:
    """Straight on it does not slow down at all; at a right angle to the jump speed."""
    arm = Arm()
    arm.ask(line((800, 800, 0), 4000))
    arm.ask(via(arm, (1600, 1600, 0), 4000))
    arm.ask(via(arm, (1600, 1600, 800), 4000))
    arm.settle()

    gaps = [
        (edge.steps[0], b.cycle - edge.cycle)
        for edge, b in itertools.pairwise(e for e in arm.edges if e.axis == "a")
    ]
    slowest = max(gap for steps, gap in gaps if 600 < steps < 1000)
    assert CYCLES_PER_S / slowest > 3900, "straight on"
    (*_, (_, last)) = gaps
    assert CYCLES_PER_S / last == pytest.approx(JUMP_CPS, rel=0.3)


def test_a_queue_that_runs_dry_is_an_arrival() -> None:
    """And is too late for another line."""
    arm = Arm()
    arm.ask(line((100, 0, 0), 1000))
    assert arm.refused("via 2 0 0 0 100") == "not-running"
    arm.wait(0.3)

    assert arm.events()[-3:] == arrived(arm)
    assert arm.refused(via(arm, (0, 0, 0), 100)) == "not-running"
    assert arm.steps == (100, 0, 0)


def test_a_stream_of_lines_goes_on_as_long_as_it_is_fed() -> None:
    """With a place for each line that was gone through."""
    arm = Arm()
    way = [(100 * n % 700, 50 * n % 333, -40 * n) for n in range(1, 25)]
    arm.ask(line(way[0], 3000))
    for target in way[1:]:
        while arm.ask("state a")[0] == "moving":
            answer = arm.host.ask(via(arm, target, 3000))
            if "busy" not in str(answer).lower():
                break
            arm.ask(f"keep b {arm.motion}")
            arm.wait(0.02)
    arm.settle()

    assert arm.steps == way[-1]
    off_steps, edge = off_line_steps(arm.edges, [(0, 0, 0), *way])
    assert off_steps <= ONE_STEP, edge
    assert arm.events()[-3:] == arrived(arm)


def test_a_line_wants_all_axes_at_rest_and_has_them_then() -> None:
    """Nothing else may take one of its axes; what is held may be taken by a line."""
    arm = Arm()
    arm.ask("spin b 5 2000 100")
    assert arm.refused("line 4 2000 0 0 0 100 1000") == "stale-motion"
    assert arm.ask("state a")[6] == "4"
    assert arm.refused("line 6 2000 0 0 0 100 1000") == "busy"
    arm.ask("stop b 5 2")
    arm.wait(0.1)
    arm.events()
    arm.ask("line 7 2000 500 500 500 4000 40000")
    arm.wait(0.02)
    assert ("stopped", "b", "5", "superseded") in [e[:4] for e in arm.events()]
    for words in (
        "move a 8 300 5 100",
        "spin b 8 300 5",
        "home c 8 300 5",
        "line 8 300 0 0 0 100 100",
    ):
        assert arm.refused(words) == ("busy" if words[0] != "l" else "stale-motion")
    assert arm.refused("zero a 0") == "busy"
    arm.wait(1.0)
    assert arm.steps == (500, 500, 500)


@pytest.mark.parametrize("category", [1, 2])
@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.31])
def test_a_stop_ramps_down_along_the_path(category: int, after_s: float) -> None:
    """Over waypoints too; it is told by any axis and means all."""
    arm = Arm()
    way = [(500, 400, -100), (1000, 850, -250), (1500, 1300, -380), (1600, 1400, -400)]
    arm.ask(line(way[0], 6000))
    for target in way[1:]:
        arm.ask(via(arm, target, 6000))
    arm.wait(after_s)
    arm.events()
    arm.ask(f"stop b {arm.motion} {category}")
    assert arm.refused(via(arm, (0, 0, 0), 100)) == "not-running"
    arm.wait(0.35)

    events = arm.events()
    assert [e[:2] for e in events if e[0] == "stopping"] == [
        ("stopping", axis) for axis in AXES
    ]
    assert [e[:2] for e in events if e[0] == "stopped"] == [
        ("stopped", axis) for axis in AXES
    ]
    off_steps, edge = off_line_steps(arm.edges, [(0, 0, 0), *way])
    assert off_steps <= ONE_STEP, edge
    assert arm.told_steps() == arm.steps
    states = {arm.ask(f"state {axis}")[0] for axis in AXES}
    assert states == ({"idle"} if category == 1 else {"holding"})
    assert arm.enables[-1][1] is (category == 2)
    if category == 2:
        arm.ask(f"keep c {arm.motion}")
        arm.wait(0.3)
        arm.ask(f"move a {arm.motion + 1} 300 -20 1000")
        arm.wait(0.2)
        assert arm.events()[-1][0] == "arrived"
        assert arm.ask("state b")[0] == "holding"


def test_the_ramp_of_a_line_takes_the_way_that_its_rate_says() -> None:
    """At its own rate, for the axis with the longest way; the others keep to it."""
    arm = Arm()
    arm.ask("goto a MOTION 2000 -3000 8000")
    arm.wait(0.9)
    arm.host.forget()
    arm.ask(line((3000, 1500, 0), 5000, ACCEL_CPS2 // 2))
    arm.wait(0.5)
    arm.host.forget()
    arm.ask("stop a 2 1")
    arm.wait(0.5)

    events = arm.events()
    begun = {e[1]: int(e[-1]) for e in events if e[0] == "stopping"}
    ended = {e[1]: int(e[-1]) for e in events if e[0] == "stopped"}
    expected = 5000**2 / ACCEL_CPS2
    assert ended["a"] - begun["a"] == pytest.approx(expected, rel=0.02)
    assert ended["b"] - begun["b"] == pytest.approx(expected / 4, rel=0.02, abs=1.5)
