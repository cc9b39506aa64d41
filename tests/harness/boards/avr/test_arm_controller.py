"""Deadstop's own firmware for the arm on the simulated board, from byte to joint."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from arduino_actuators.wire import (
    Command,
    Verb,
    encode_command,
    hello,
    keep,
    spin,
)
from deadstop.boards.avr.cnc_pins import ENABLE, JOINTS
from deadstop.boards.avr.pins import Change
from deadstop.toolchain import firmware_elf
from tests.harness.boards.avr.bench import Bench

SECOND = 16_000_000
US = 16
PINS_H = Path(__file__).parents[4] / "firmware" / "controller" / "cnc_pins.h"
# PROTOCOL.md, section 1: 20 us. Silicon takes 8 cycles more than the model to enter
# an interrupt out of sleep, and its pin follows an instruction by 2.
DEADLINE_CYCLES = 20 * US - 10
LINE = Command(2, Verb.LINE, (1, 2000, 3200, 2400, -800, 4000, 40_000))


@pytest.fixture(scope="session")
def controller() -> Path:
    """The firmware, built."""
    return firmware_elf(shield="cnc")


@pytest.fixture
def bench(controller: Path) -> Iterator[Bench]:
    """A board with a session."""
    bench = Bench(controller, shield="cnc")
    bench.run(SECOND // 50)
    bench.send(encode_command(hello(1)))
    bench.run(SECOND // 50)
    yield bench
    bench.core.close()


def changes_of(bench: Bench, axis: str, signal: str) -> list[Change]:
    """The edges of one pin."""
    return [c for c in bench.changes if (c.axis, c.signal) == (axis, signal)]


def test_nothing_is_driven_on_the_way_up(bench: Bench) -> None:
    """No edge, and the drivers off, from power-up to the first motion."""
    assert not bench.of_kind("drive")
    assert not [c for c in bench.changes if c.signal in ("step", "enable")]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("byte", [b"A", b"C", b"!", b"H"])
def test_a_stop_byte_ends_every_joints_steps_within_twenty_microseconds(
    bench: Bench, byte: bytes, seed: int
) -> None:
    """At any moment of a line: drivers off, and no edge after that."""
    bench.send(encode_command(LINE))
    bench.run(SECOND // 5 + random.Random(seed).randrange(16_000))  # noqa: S311
    bench.changes.clear()
    bench.seen.clear()
    bench.send(byte)
    bench.run(SECOND // 5)
    stop_cycle = bench.of_kind("stop-byte")[0].data["cycle"]
    assert isinstance(stop_cycle, int)
    (cut,) = changes_of(bench, "*", "enable")
    assert (cut.level, cut.drive.duty_permille) == (1, 0)
    assert 0 < cut.cycle - stop_cycle <= DEADLINE_CYCLES
    for axis in "abc":
        assert 0 < bench.core.last_edge_cycle(axis) <= stop_cycle + DEADLINE_CYCLES
        (still,) = bench.of_kind("standstill", axis=axis)
        assert still.data["cycle"] == bench.core.last_edge_cycle(axis)
        stopped = bench.of_kind("event", axis=axis, event="stopped")
        assert len(stopped) == 1
    assert bench.core.at_rest()
    assert bench.core.overruns == 0


def test_the_positions_it_tells_are_the_edges_counted(bench: Bench) -> None:
    """Exactly, after a stop in the midst of a line."""
    bench.send(encode_command(LINE))
    bench.run(SECOND // 4)
    bench.send(b"!")
    bench.run(SECOND // 5)
    for seq, axis in enumerate("abc", start=10):
        bench.core.take()
        bench.send(encode_command(Command(seq, Verb.STATE, (axis,))))
        bench.run(SECOND // 50)
        told = bench.core.take().decode().split()
        assert int(told[3]) == bench.core.steps(axis) != 0


def test_a_line_is_one_motion_of_all_axes(bench: Bench) -> None:
    """So the talk that is overheard says; its lease is that of each."""
    bench.send(encode_command(Command(2, Verb.LINE, (7, 300, 900, 0, 900, 900, 9000))))
    bench.send(encode_command(Command(3, Verb.VIA, (7, 0, 0, 0, 900))))
    bench.send(encode_command(keep(4, "b", 7)))
    bench.run(SECOND)
    told = {
        event.data["verb"]: event.data["axis"] for event in bench.of_kind("command")
    }
    assert told == {"hello": None, "line": "*", "via": "*", "keep": "*"}
    expired = [event.data for event in bench.of_kind("lease-expired")]
    assert [(e["axis"], e["motion"], e["lease_ms"]) for e in expired] == [
        ("a", 7, 300),
        ("b", 7, 300),
        ("c", 7, 300),
    ]
    for axis in "abc":
        states = [e.data["state"] for e in bench.of_kind("state", axis=axis)]
        assert states == ["moving", "stopping", "idle"]


def test_homing_finds_the_switch_and_leaves_it_open(bench: Bench) -> None:
    """There the joint is at its least position, give or take a step."""
    bench.send(encode_command(Command(2, Verb.HOME, ("b", 1, 2000, 3000))))
    for seq in range(3, 40):
        bench.run(SECOND // 10)
        bench.send(encode_command(keep(seq, "b", 1)))
    assert bench.core.at_rest()
    assert [e.data["closed"] for e in bench.of_kind("limit", axis="b")] == [True, False]
    assert bench.core.steps("b") == pytest.approx(-1600, abs=1)
    assert bench.of_kind("event", axis="b", event="arrived")


def test_a_spin_ends_at_the_soft_limit(bench: Bench) -> None:
    """Before the switch: nothing is lost."""
    bench.send(encode_command(spin(2, "c", 1, 2000, -6000)))
    bench.run(SECOND)
    assert bench.core.steps("c") == -3200
    assert not bench.of_kind("limit")
    assert not bench.of_kind("lost")


def test_the_pins_are_those_of_the_firmware() -> None:
    """`cnc_pins.h` names port bits; the board's table names the same."""
    text = PINS_H.read_text("utf-8")
    assert f"kDriversOff = 1 << {ENABLE};" in text
    for i, pins in enumerate(JOINTS.values()):
        for name, pin in (
            ("step", pins.step),
            ("direction", pins.direction),
            ("limit", pins.limit),
        ):
            found = re.search(rf"\b{name}\(uint8_t axis\).*1 << \((P\w)(\d) \+ ", text)
            assert found is not None, name
            assert pin == f"{found[1]}{int(found[2]) + i}"
