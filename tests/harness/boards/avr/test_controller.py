"""Deadstop's own firmware on the simulated board, from byte to shaft."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from arduino_actuators.wire import (
    BootCause,
    Command,
    StopCategory,
    Verb,
    encode_command,
    hello,
    keep,
    spin,
    stop,
)
from deadstop.boards.avr.motor_pins import AXES
from deadstop.toolchain import firmware_elf
from deadstop.trace import Event
from tests.harness.boards.avr.bench import BYTE_CYCLES, Bench

SECOND = 16_000_000
PINS_H = Path(__file__).parents[4] / "firmware" / "controller" / "motor_pins.h"
# PROTOCOL.md, section 1: 10 us. Silicon takes 8 cycles more than the model to enter
# an interrupt out of sleep, and its pin follows an instruction by 2.
DEADLINE_CYCLES = 160 - 10


@pytest.fixture(scope="session")
def controller() -> Path:
    """The firmware, built."""
    return firmware_elf()


@pytest.fixture
def bench(controller: Path) -> Iterator[Bench]:
    """A board with a session."""
    bench = Bench(controller)
    bench.run(SECOND // 50)
    bench.send(encode_command(hello(1)))
    bench.run(SECOND // 50)
    yield bench
    bench.core.close()


def cut_after_cycles(bench: Bench, axis: str) -> int:
    """From the end of the last stop byte to the cycle that cut *axis*."""
    (byte,) = bench.of_kind("stop-byte")
    cut = next(c for c in bench.changes if c.axis == axis and not c.drive.duty_permille)
    stop_cycle = byte.data["cycle"]
    assert isinstance(stop_cycle, int)
    return cut.cycle - stop_cycle


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("byte", [b"A", b"B", b"!", b"H"])
def test_a_stop_byte_cuts_the_drive_within_ten_microseconds(
    bench: Bench, byte: bytes, seed: int
) -> None:
    """At any moment of a motion, with both encoders counting."""
    bench.send(encode_command(spin(2, "a", 1, 2000, 8000)))
    bench.send(encode_command(spin(3, "b", 1, 2000, -7000)))
    bench.run(SECOND // 4 + random.Random(seed).randrange(16_000))  # noqa: S311
    bench.changes.clear()
    bench.seen.clear()
    bench.send(byte)
    hit = {"A": "a", "B": "b"}.get(byte.decode(), "ab")
    for axis in hit:
        assert 0 < cut_after_cycles(bench, axis) <= DEADLINE_CYCLES
        assert bench.core.drive(axis).brake
    for axis in set("ab") - set(hit):
        assert bench.core.drive(axis).duty_permille
    assert bench.core.overruns == 0


def test_the_shafts_come_to_rest_and_the_host_is_told(bench: Bench) -> None:
    """Events, states and shaft in their order."""
    bench.send(encode_command(spin(2, "a", 1, 2000, 8000)))
    bench.run(SECOND // 2)
    bench.seen.clear()
    bench.send(b"A")
    bench.run(SECOND)
    assert bench.core.at_rest()
    told = [
        (event.kind, event.data.get("event") or event.data.get("state"))
        for event in bench.seen
        if event.kind in {"stop-byte", "event", "state", "standstill"}
    ]
    assert [each for each in told if each[0] != "standstill"] == [
        ("stop-byte", None),
        ("state", "stopping"),
        ("event", "stopping"),
        ("state", "idle"),
        ("event", "stopped"),
    ]
    assert ("standstill", None) in told


def test_the_lease_runs_out_by_itself(bench: Bench) -> None:
    """The expiry is told with the lease of the motion."""
    bench.send(encode_command(spin(2, "b", 1, 200, 3000)))
    bench.run(SECOND)
    assert bench.core.at_rest()
    (expired,) = bench.of_kind("lease-expired")
    assert expired.data["axis"] == "b"
    assert expired.data["lease_ms"] == 200


def test_a_reset_amid_a_motion_stops_it(bench: Bench) -> None:
    """The pins are let go at the very cycle; the board boots and says why."""
    bench.send(encode_command(spin(2, "a", 1, 2000, 8000)))
    bench.run(SECOND // 4)
    bench.core.take()
    bench.core.reset(BootCause.WATCHDOG)
    assert not bench.core.drive("a").duty_permille
    bench.run(SECOND)
    assert b" boot watchdog " in bench.core.take()
    assert bench.core.at_rest()
    assert bench.of_kind("state", axis="a")[-1].data["state"] == "idle"


def test_no_byte_is_lost_at_the_full_rate_of_the_line(bench: Bench) -> None:
    """A flood of keeps while both shafts turn at full speed."""
    bench.send(encode_command(spin(2, "a", 1, 2000, 9000)))
    bench.send(encode_command(spin(3, "b", 1, 2000, -9000)))
    bench.run(SECOND // 4)
    bench.core.put(b"".join(encode_command(keep(i % 256, "a", 1)) for i in range(60)))
    bench.run(SECOND // 2)
    assert bench.core.queued_bytes == 0
    assert bench.core.overruns == 0
    for axis in "ab":
        counts = bench.core.variable(f"counts_{axis}_")
        assert int.from_bytes(counts, "little") == bench.core.encoder_counts(
            axis
        ) % 2 ** (8 * len(counts))


def test_stepping_has_no_influence_on_the_firmware(controller: Path) -> None:
    """Boot, session, motion, stop and refusal: the same to the cycle."""
    script = (
        (500_003, encode_command(hello(1))),
        (900_017, encode_command(spin(2, "a", 1, 400, 6000))),
        (1_900_111, encode_command(Command(3, Verb.MOVE, ("b", 1, 900, 700, 5000)))),
        (5_000_023, encode_command(stop(4, "a", 1, StopCategory.RAMP_THEN_REMOVE))),
        (5_100_001, b"?!"),
    )

    def play(steps: random.Random | None) -> list[Event]:
        bench = Bench(controller, settle=False)
        for cycle, data in script:
            while steps and bench.core.now_cycle < cycle - 10_000:
                bench.run(steps.randrange(1, 10_000))
                bench.core.take()
            bench.core.run_until(cycle)
            bench.core.put(data)
        bench.core.run_until(12_000_000)
        bench.core.close()
        return sorted(bench.seen, key=str)

    whole = play(None)
    assert len(whole) > 300
    assert play(random.Random(7)) == whole  # noqa: S311 - a test's steps


def test_the_pins_are_those_of_the_firmware() -> None:
    """`motor_pins.h` names port bits; the board's table names the same."""
    text = PINS_H.read_text("utf-8")
    for name, pins in AXES.items():
        block = text.split(f"struct Axis{name.upper()}")[1].split("};")[0]
        assert f"kDirection = 1 << {pins.direction};" in block
        assert f"kBrake = 1 << {pins.brake};" in block
        for line in "AB":
            pattern = rf"kEncoder{name.upper()}_{line} = 1 << (P\w\d);"
            (bit,) = re.findall(pattern, text)
            assert bit == (pins.encoder_a if line == "A" else pins.encoder_b)
        assert f"kPwmPort{pins.enable[1]} = 1 << {pins.enable};" in text
    assert BYTE_CYCLES == 10 * 17 * 8
