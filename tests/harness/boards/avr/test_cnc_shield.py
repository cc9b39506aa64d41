"""The joints do what the pins say, from the cycle at which they say it."""

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardError
from deadstop.boards.avr import AvrCore
from deadstop.boards.avr.pins import Change, Drive
from deadstop.trace import Event, Source
from tests.harness.boards.avr.bench import Bench
from tests.harness.boards.avr.conftest import MakeBench

SECOND = 16_000_000
MS = 16_000
OFF = Drive(0, brake=False)
ON = Drive(1000, brake=False)
PULSE_CYCLES = 34  # 32 of delay, then the `cbi`
PER_REV = 12_800


@pytest.fixture
def joints(power_up: MakeBench) -> Bench:
    """The program that steps as it is told, with its drivers on."""
    bench = power_up("joints", shield="cnc")
    bench.send(b"e")
    return bench


def tell(bench: Bench, words: bytes) -> None:
    """Have each byte carried out before the next comes."""
    for byte in words:
        bench.send(bytes((byte,)))


def step_five(bench: Bench) -> None:
    """Make five steps of a, slow enough for a joint that stood."""
    bench.send(b"5")
    bench.run(3 * MS)


def edges(bench: Bench, axis: str) -> list[int]:
    """The cycles at which a step pin rose."""
    return [
        change.cycle
        for change in bench.changes
        if (change.axis, change.signal, change.level) == (axis, "step", 1)
    ]


def steps_drawn(bench: Bench, axis: str) -> list[tuple[int, int]]:
    """The edges of a step pin as the trace has them: cycle and level."""
    drawn = []
    for event in bench.of_kind("pulses", axis=axis):
        cycle, level = event.data["cycle"], event.data["level"]
        assert isinstance(cycle, int)
        assert isinstance(level, int)
        drawn.append((cycle, level))
        for gap in str(event.data["gaps"]).split():
            cycle, level = cycle + int(gap), 1 - level
            drawn.append((cycle, level))
    return drawn


def test_it_has_the_joints_of_an_arm(joints: Bench) -> None:
    """Three of them."""
    assert joints.core.axes == "abc"


def test_every_step_is_seen_at_the_cycle_of_its_instruction(joints: Bench) -> None:
    """Five steps 400 us apart: 6400 cycles and what the loop takes."""
    joints.changes.clear()
    asked_cycle = joints.core.now_cycle
    joints.send(b"5")
    joints.run(3 * MS)
    rises = edges(joints, "a")
    assert len(rises) == joints.core.edges("a") == 5
    assert asked_cycle + 1360 < rises[0] < asked_cycle + 1360 + 60
    gaps = {b - a for a, b in pairwise(rises)}
    assert len(gaps) == 1
    assert 6400 <= gaps.pop() < 6420
    assert joints.core.last_edge_cycle("a") == rises[-1]
    falls = [c.cycle for c in joints.changes if c.signal == "step" and not c.level]
    assert [b - a for a, b in zip(rises, falls, strict=True)] == [PULSE_CYCLES] * 5
    assert joints.core.edges("b") == joints.core.edges("c") == 0


def test_a_change_tells_all_of_an_edge(joints: Bench) -> None:
    """By the names printed on the Uno."""
    joints.changes.clear()
    tell(joints, b"fs")
    turn, rise, fall = joints.changes
    assert turn == Change(turn.cycle, "a", "direction", "D5", 1, ON)
    assert rise == Change(rise.cycle, "a", "step", "D2", 1, ON)
    assert fall == Change(rise.cycle + PULSE_CYCLES, "a", "step", "D2", 0, ON)


def test_a_toggled_pin_is_a_step_like_any_other(joints: Bench) -> None:
    """A write to PINx toggles."""
    joints.changes.clear()
    tell(joints, b"ftt")
    assert len(edges(joints, "a")) == joints.core.steps("a") == 2


def test_the_direction_pin_says_which_way(joints: Bench) -> None:
    """High is forward."""
    tell(joints, b"fsssrs")
    assert joints.core.steps("a") == 2
    assert joints.core.edges("a") == 4
    assert joints.core.shaft_position_rev("a") == pytest.approx(2 / PER_REV)


def test_three_joints_step_in_one_cycle(joints: Bench) -> None:
    """Set by one instruction, they are simultaneous; each has its own direction."""
    joints.changes.clear()
    tell(joints, b"fg")
    joints.run(30 * MS)
    tell(joints, b"x")
    rises = edges(joints, "a")
    assert rises == edges(joints, "b") == edges(joints, "c")
    assert 95 < len(rises) < 110
    gaps = {b - a for a, b in pairwise(rises[1:])}
    assert gaps <= {4799, 4800, 4801}  # an interrupt out of a spin or a sleep
    assert joints.core.steps("a") == joints.core.steps("b") == len(rises)
    assert joints.core.steps("c") == -len(rises)


def test_the_trace_holds_every_edge_in_a_few_events(joints: Bench) -> None:
    """Exactly those that were handed out one by one."""
    tell(joints, b"fg")
    joints.run(50 * MS)
    tell(joints, b"x")
    joints.core.close()
    for axis in "abc":
        changes = [
            (change.cycle, change.level)
            for change in joints.changes
            if (change.axis, change.signal) == (axis, "step")
        ]
        assert steps_drawn(joints, axis) == changes
        assert len(joints.of_kind("pulses", axis=axis)) < len(changes) / 5


def test_what_is_seen_of_a_motion_is_told_as_of_a_shaft(joints: Bench) -> None:
    """Moving, samples, and a standstill with the stamp of the last edge."""
    joints.seen.clear()
    tell(joints, b"fg")
    joints.run(50 * MS)
    tell(joints, b"x")
    joints.run(50 * MS)
    for axis in "abc":
        told = [
            event
            for event in joints.seen
            if event.source is Source.SHAFT and event.data["axis"] == axis
        ]
        kinds = [event.kind for event in told]
        assert kinds[0] == "moving"
        assert kinds[-1] == "standstill"
        assert set(kinds[1:-1]) == {"sample"}
        assert len(kinds) > 20
        still = told[-1]
        assert still.data["cycle"] == joints.core.last_edge_cycle(axis)
        assert still.t_s == joints.core.last_edge_cycle(axis) / SECOND
        assert still.data["steps"] == joints.core.steps(axis)
        assert still.data["edges"] == joints.core.edges(axis)
        assert still.data["position_rev"] == joints.core.shaft_position_rev(axis)
        assert all(e.data["cycle"] == round(e.t_s * SECOND) for e in told)


def test_the_enable_drives_every_axis(joints: Bench) -> None:
    """One pin, active low, at its very cycle."""
    joints.changes.clear()
    joints.seen.clear()
    tell(joints, b"d")
    (cut,) = joints.changes
    assert cut == Change(cut.cycle, "*", "enable", "D8", 1, OFF)
    drives = joints.of_kind("drive")
    assert [event.data for event in drives] == [
        {"axis": axis, "duty_permille": 0, "brake": False, "cycle": cut.cycle}
        for axis in "abc"
    ]
    assert all(event.source is Source.PINS for event in drives)
    assert joints.core.at_rest()
    tell(joints, b"e")
    assert [joints.core.drive(axis) for axis in "abc"] == [ON, ON, ON]
    assert [event.data["duty_permille"] for event in joints.of_kind("drive")] == [
        *(0, 0, 0),
        *(1000, 1000, 1000),
    ]
    assert not joints.core.at_rest()


def test_a_step_without_its_driver_is_an_edge_that_moves_nothing(joints: Bench) -> None:
    """The witness of the pins sees it all the same."""
    tell(joints, b"fsdss")
    assert joints.core.edges("a") == 3
    assert joints.core.shaft_position_rev("a") == pytest.approx(1 / PER_REV)


def test_pins_that_nobody_drives_are_drivers_off(power_up: MakeBench) -> None:
    """Before the firmware has set them up: the shield pulls the enable up."""
    bench = power_up("joints", shield="cnc", settle=False)
    assert [bench.core.drive(axis) for axis in "abc"] == [OFF, OFF, OFF]
    assert bench.core.at_rest()
    bench.run(MS)
    assert not bench.of_kind("drive")
    assert bench.core.edges("a") == 0


def test_a_reset_turns_the_drivers_off(joints: Bench) -> None:
    """At its very cycle; no edge comes of it."""
    tell(joints, b"fg")
    joints.run(20 * MS)
    before = joints.core.edges("a")
    joints.core.reset(BootCause.EXTERNAL)
    assert [joints.core.drive(axis) for axis in "abc"] == [OFF, OFF, OFF]
    assert joints.of_kind("drive")[-1].data["cycle"] == joints.core.now_cycle
    joints.run(100 * MS)
    assert joints.core.edges("a") == before
    assert joints.core.at_rest()


def limit_levels(bench: Bench) -> bytes:
    """Have the program read its limit inputs: PB1, PB2 and PB3, in hex."""
    bench.core.take()
    tell(bench, b"l")
    bench.run(MS)
    return bench.core.take()


def test_the_limit_switch_is_read_at_its_pin(joints: Bench) -> None:
    """Closed, it is ground; open, the chip's own pull-up makes it high."""
    assert limit_levels(joints) == b"0e"
    tell(joints, b"rg")
    run_until_limit(joints, "a")
    tell(joints, b"x")
    assert limit_levels(joints) == b"04"  # c went back too, b forward
    assert joints.core.steps("a") < -3200
    (closed,) = joints.of_kind("limit", axis="a")
    assert closed.data["closed"] is True
    (change,) = [c for c in joints.changes if (c.axis, c.signal) == ("a", "limit")]
    assert (change.pin, change.level) == ("D9", 0)
    assert closed.data["cycle"] == change.cycle == edges(joints, "a")[3200]
    tell(joints, b"f")
    while joints.core.steps("a") < -3200:
        step_five(joints)
    assert limit_levels(joints) == b"06"
    assert joints.of_kind("limit", axis="a")[-1].data["closed"] is False


def test_an_open_limit_switch_without_a_pull_up_reads_low(joints: Bench) -> None:
    """The shield has none: a firmware that forgets its own is found out."""
    tell(joints, b"p")
    assert limit_levels(joints) == b"00"


def run_until_limit(bench: Bench, axis: str) -> None:
    """Let it step until the switch has closed."""
    for _ in range(40):
        if bench.of_kind("limit", axis=axis):
            return
        bench.run(100 * MS)
    raise AssertionError("no limit switch closed")


def test_a_jammed_joint_loses_its_steps(joints: Bench) -> None:
    """What was counted at the pins is no longer where it is, by whole dents of 64."""
    tell(joints, b"fss")
    joints.core.jam_shaft("a", jammed=True)
    for _ in range(20):
        step_five(joints)
    assert joints.core.edges("a") == 102
    assert joints.core.shaft_position_rev("a") == pytest.approx(2 / PER_REV)
    joints.core.jam_shaft("a", jammed=False)
    tell(joints, b"s")
    assert joints.core.steps("a") == 103
    assert joints.core.shaft_position_rev("a") == pytest.approx((103 - 128) / PER_REV)
    assert sum(int(str(e.data["steps"])) for e in joints.of_kind("lost")) == 128


def test_there_is_no_encoder_to_break(joints: Bench) -> None:
    """And none to read."""
    for ask in (joints.core.break_encoder, joints.core.encoder_counts):
        with pytest.raises(BoardError, match=r"axis 'b' of the cnc shield has no enc"):
            ask("b")
    with pytest.raises(KeyError, match=r"no axis 'd'; this board has 'abc'"):
        joints.core.break_encoder("d")


def test_the_motor_shield_steps_nothing(power_up: MakeBench) -> None:
    """It says what to ask for instead."""
    core = power_up("counter").core
    for ask in (core.steps, core.edges, core.last_edge_cycle):
        with pytest.raises(BoardError, match=r"axis 'a' of the motor shield has no st"):
            ask("a")


def test_a_shield_that_there_is_not_is_named(compiled: Callable[[str], Path]) -> None:
    """With those there are."""
    with pytest.raises(ValueError, match=r"no shield 'laser'; there are: 'motor', 'c"):
        AvrCore(compiled("joints"), shield="laser")  # type: ignore[arg-type]


def test_cutting_time_into_steps_changes_nothing(power_up: MakeBench) -> None:
    """The same bytes at the same cycles give the same events."""

    def play(cuts: random.Random | None) -> list[Event]:
        bench = power_up("joints", shield="cnc", settle=False)
        script = ((2 * MS, b"e"), (3 * MS, b"f"), (4 * MS, b"g"), (40 * MS, b"d"))
        for cycle, data in (*script, (70 * MS, b"")):
            while cuts and bench.core.now_cycle < cycle - 3000:
                bench.run(cuts.randrange(1, 3000))
            bench.core.run_until(cycle)
            bench.core.put(data)
        bench.core.close()
        return sorted(bench.seen, key=str)

    whole = play(None)
    assert len(whole) > 100
    assert play(random.Random(5)) == whole  # noqa: S311 - a test's steps
