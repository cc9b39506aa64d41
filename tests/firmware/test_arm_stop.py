"""What stops an arm, whom it reaches; and the positions told are the steps made."""

import pytest

from tests.firmware.arm import AXES, CYCLES_PER_S, Arm

STOPPED = [(word, axis) for axis in AXES for word in ("stopping", "stopped")]


@pytest.fixture
def arm() -> Arm:
    """An arm of which a and b are under way by themselves, and c is not."""
    arm = Arm()
    arm.ask("goto a 11 2000 3000 8000")
    arm.ask("spin b 22 2000 -3000")
    arm.wait(0.15)
    arm.events()
    return arm


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        (b"!", "byte"),
        (b"A", "byte"),
        (b"C", "byte"),
        (b"H", "byte"),
        ("stop a 11 0", "stop"),
        ("stop c 0 0", "stop"),
        ("halt 0", "halt"),
        ("hello 1", "hello"),
    ],
)
def test_category_0_of_one_axis_stops_all(
    arm: Arm, how: str | bytes, cause: str
) -> None:
    """They have one enable between them, and each axis tells of it."""
    before = len(arm.edges)
    if isinstance(how, bytes):
        arm.host.send(how)
    else:
        arm.ask(how)
    off_cycle, _ = arm.enables[-1]
    arm.wait(0.1)

    events = arm.events()
    at = dict(zip(AXES, map(str, arm.steps), strict=True))
    motions = {"a": "11", "b": "22", "c": "0"}
    for axis, motion in motions.items():
        told = [e for e in events if e[1] == axis]
        stopped = ("stopped", axis, motion, cause, at[axis])
        stopping = ("stopping", axis, motion, cause, "0", at[axis])
        assert told == ([stopped] if axis == "c" else [stopping, stopped])
    assert arm.told_steps() == arm.steps
    assert len(arm.edges) > before
    assert arm.edges[-1].cycle < off_cycle
    assert arm.core.at_rest()


def test_category_1_of_one_axis_leaves_the_others_alone(arm: Arm) -> None:
    """They move by themselves."""
    arm.ask("stop b 22 1")
    arm.wait(0.1)
    assert [e[:2] for e in arm.events()] == [("stopping", "b"), ("stopped", "b")]
    assert arm.ask("state a")[0] == "moving"
    arm.settle()
    assert arm.steps[0] == 3000
    assert arm.told_steps() == arm.steps


def test_halt_1_ramps_all_down(arm: Arm) -> None:
    """Those that move; the one at rest says so."""
    arm.ask("halt 1")
    arm.wait(0.3)

    events = arm.events()
    assert sorted(e[:2] for e in events) == sorted(
        each for each in STOPPED if each != ("stopping", "c")
    )
    assert arm.told_steps() == arm.steps
    assert arm.core.at_rest()


def test_the_lease_of_one_axis_stops_all() -> None:
    """It is category 0; and it counts once."""
    arm = Arm()
    arm.ask("spin a 1 100 2000")
    arm.ask("spin b 1 2000 2000")
    arm.wait(0.2)

    events = arm.events()
    assert {e[:4] for e in events if e[0] == "stopped"} == {
        ("stopped", "a", "1", "lease"),
        ("stopped", "b", "1", "lease"),
        ("stopped", "c", "0", "lease"),
    }
    assert arm.ask("stats")[4] == "1"
    assert arm.told_steps() == arm.steps
    lasted_s = (arm.enables[-1][0] - arm.enables[0][0]) / CYCLES_PER_S
    assert 0.0998 <= lasted_s <= 0.102


def test_the_lease_of_a_line_is_one() -> None:
    """Kept by any of its axes, run out for all."""
    arm = Arm()
    arm.ask("line 1 100 3000 3000 0 3000 40000")
    for axis in "cabcab":
        arm.wait(0.06)
        arm.ask(f"keep {axis} 1")
    assert {arm.ask(f"state {axis}")[0] for axis in AXES} == {"moving"}
    arm.wait(0.2)
    assert {arm.ask(f"state {axis}")[5] for axis in AXES} == {"lease"}
    assert arm.ask("stats")[4] == "1"
    assert arm.told_steps() == arm.steps


def test_a_stop_can_become_stricter(arm: Arm) -> None:
    """From hold to ramp to at once; each is told, and none undone."""
    arm.ask("stop a 11 2")
    arm.ask("stop a 11 1")
    arm.ask("stop a 11 2")
    arm.wait(0.05)
    assert [e[4] for e in arm.events()] == ["2", "1"]
    arm.host.send(b"A")
    arm.wait(0.1)
    told = [e for e in arm.events() if e[1] == "a"]
    assert [e[:5] for e in told] == [
        ("stopping", "a", "11", "byte", "0"),
        ("stopped", "a", "11", "byte", str(arm.steps[0])),
    ]
    assert arm.told_steps() == arm.steps


def test_a_motion_behind_a_stop_byte_begins_where_the_steps_ended(arm: Arm) -> None:
    """Nothing that was planned is made up for."""
    arm.host.send(b"!")
    arm.ask("goto a 12 2000 100 4000")
    arm.ask("goto b 23 2000 -50 4000")
    arm.settle()

    assert arm.steps == arm.told_steps() == (100, -50, 0)
    assert [e[0] for e in arm.events() if e[1] == "a"][-1] == "arrived"


@pytest.mark.parametrize(
    "frame",
    [
        b":1 line 50 300 100 100 100 900 900*",
        b":1 via 50 100 100 100 900*",
        b":1 home c 50 300 900*",
    ],
)
def test_a_stop_byte_overtakes_what_would_move(frame: bytes) -> None:
    """Whichever axis it names: they all share it."""
    arm = Arm()
    arm.host.send(frame[:12] + b"B" + frame[12:] + b"0000\n")
    arm.host.forget()
    body = frame[:-1]
    crc = 0xFFFF
    for byte in body:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    arm.host.send(body[:12] + b"B" + body[12:] + b"*%04x\n" % crc)
    arm.wait(0.05)

    (answer,) = arm.host.answers()
    assert str(answer).lower().count("overtaken")
    assert not arm.edges
    assert not arm.enables
