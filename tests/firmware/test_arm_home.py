"""Homing, limit switches, and what happens without them."""

import pytest

from arduino_actuators.wire import Reply
from tests.firmware.arm import AXES, RANGES, Arm

COUNTS_PER_REV = 12_800


def true_counts(arm: Arm, axis: str) -> float:
    """Where the joint really is."""
    return arm.core.shaft_position_rev(axis) * COUNTS_PER_REV


@pytest.mark.parametrize(("axis", "speed_cps"), [("a", 8000), ("b", 1000), ("c", 3000)])
def test_home_finds_the_switch(axis: str, speed_cps: int) -> None:
    """It is the least position from then on; there the switch is open."""
    arm = Arm()
    least, most = RANGES[axis]
    arm.ask(f"zero {axis} 333")  # it does not know where it is
    arm.ask(f"home {axis} MOTION 2000 {speed_cps}")
    arm.settle()

    assert arm.events() == [
        ("started", axis, "1", "333"),
        ("arrived", axis, "1", str(least)),
    ]
    assert arm.ask(f"range {axis}") == (str(least), str(most), "1")
    assert true_counts(arm, axis) == least, "it went on when the switch had opened"
    assert arm.steps[AXES.index(axis)] == least
    arm.ask(f"goto {axis} MOTION 2000 0 8000")
    arm.settle()
    arm.ask(f"goto {axis} MOTION 2000 {least} 8000")
    arm.settle()
    assert arm.events()[-1][0] == "arrived"
    arm.ask(f"zero {axis} 0")
    assert arm.ask(f"range {axis}")[2] == "0"


def test_home_again_from_the_closed_switch_goes_back_only() -> None:
    """Where it was stopped in the midst of homing."""
    arm = Arm()
    arm.ask("home b 1 2000 4000")
    arm.wait(0.45)
    assert true_counts(arm, "b") < RANGES["b"][0]
    arm.host.send(b"!")
    arm.wait(0.1)
    assert arm.ask("range b")[2] == "0"
    assert arm.told_steps() == arm.steps
    lowest = arm.steps[1]
    arm.ask("home b 2 2000 4000")
    arm.settle()

    assert arm.ask("state b")[2] == str(RANGES["b"][0])
    assert min(edge.steps[1] for edge in arm.edges) == lowest


def test_home_can_be_stopped_with_a_ramp() -> None:
    """As any motion; nothing else may take the axis meanwhile."""
    arm = Arm()
    arm.ask("home a 1 2000 4000")
    arm.wait(0.2)
    assert arm.refused("move a 2 300 5 5") == "busy"
    assert arm.refused("home a 3 300 5") == "busy"
    arm.ask("stop a 1 1")
    arm.wait(0.3)
    assert [e[0] for e in arm.events()] == ["started", "stopping", "stopped"]
    assert arm.told_steps() == arm.steps
    arm.ask("move a 4 2000 5 500")
    arm.wait(0.2)
    assert arm.events()[-1][0] == "arrived"


def test_without_a_switch_homing_is_a_fault() -> None:
    """Once the whole range has been gone through."""
    arm = Arm()
    arm.core.jam_shaft("b", jammed=True)
    arm.ask("spin a 1 2000 100")
    arm.ask("home b 1 2000 8000")
    arm.wait(1.0)

    events = arm.events()
    assert ("fault", "b", "1", "4", "home", str(arm.steps[1])) in events
    assert ("stopping", "a", "1", "fault", "0", str(arm.steps[0])) in events
    assert [e for e in events if e[1] == "b"][-1][0] == "fault"
    assert -4900 < arm.steps[1] < -4799
    assert arm.ask("state b")[0] == "faulted"
    assert arm.refused("line 2 300 0 0 0 100 100") == "faulted"
    arm.ask("clear b")
    assert arm.ask("state b")[0] == "idle"
    assert arm.core.at_rest()


@pytest.mark.parametrize("words", ["goto a MOTION 2000 0 8000", "line"])
def test_a_switch_that_closes_on_the_way_is_a_fault(words: str) -> None:
    """It stops all at once, where the board had believed to be elsewhere."""
    arm = Arm()
    arm.ask("zero a 3000")  # so it believes that there is more room
    if words == "line":
        words = "line MOTION 2000 -3200 900 0 8000 40000"
    else:
        words = "goto a MOTION 2000 -3200 8000"
    arm.ask(words)
    arm.keep_alive(1.5)

    (fault,) = (e for e in arm.events() if e[0] == "fault")
    assert fault[:5] == ("fault", "a", "1", "3", "limit")
    assert true_counts(arm, "a") == pytest.approx(-3200, abs=25)
    assert int(fault[5]) == arm.steps[0] + 3000
    assert arm.core.at_rest()
    steps = arm.steps
    arm.wait(0.2)
    assert arm.steps == steps


def test_away_from_a_closed_switch_it_may_go() -> None:
    """And not towards it."""
    arm = Arm()
    arm.ask("home a 1 2000 2000")
    arm.wait(1.75)
    arm.host.send(b"!")
    arm.wait(0.1)
    assert true_counts(arm, "a") < -3200
    arm.ask("zero a 0")
    arm.ask("move a 2 2000 -100 1000")
    arm.wait(0.2)
    assert [e[3:5] for e in arm.events() if e[0] == "fault"] == [("3", "limit")]
    arm.ask("clear a")
    answer = arm.host.ask("move a 3 2000 500 1000")
    assert isinstance(answer, Reply)
    arm.settle()
    assert arm.events()[-1][0] == "arrived"
