"""The bridge does what the pins say, from the cycle at which they say it."""

import pytest

from arduino_actuators.wire import BootCause
from deadstop.boards.avr.motor_pins import AXES, bridge, is_connected, on_permille
from deadstop.boards.avr.pins import Drive
from deadstop.trace import Source
from tests.harness.boards.avr.conftest import MakeBench

COAST = Drive(0, brake=False)
SHORT = Drive(0, brake=True)


@pytest.mark.parametrize(
    ("asked", "drive"),
    [
        (b"", COAST),  # brake high, enable low
        (b"E", SHORT),
        (b"Eb", Drive(-1000, brake=False)),
        (b"fEb", Drive(1000, brake=False)),
        (b"fEbe", COAST),
        (b"hCb", Drive(-502, brake=False)),  # 128 of 255
        (b"fhCb", Drive(502, brake=False)),
        (b"flCb", Drive(200, brake=False)),
        (b"flCbB", COAST),  # on for a fifth of the time only
        (b"fhCbB", SHORT),
        (b"fhCbc", COAST),  # the port bit has the pin again, and is low
        (b"fhEC", SHORT),
    ],
)
def test_the_bridge_follows_the_pins(
    power_up: MakeBench, asked: bytes, drive: Drive
) -> None:
    """As an L298 behind the shield's gates does."""
    bench = power_up("drive")
    for byte in asked:
        bench.send(bytes((byte,)))
    assert bench.core.drive("a") == drive
    assert bench.core.drive("b") == COAST


def test_an_edge_is_seen_at_the_cycle_of_its_instruction(power_up: MakeBench) -> None:
    """The brake is the cut: the bridge is off from that very cycle."""
    bench = power_up("drive")
    for byte in (b"f", b"h", b"C", b"b"):
        bench.send(byte)
    bench.changes.clear()
    bench.seen.clear()
    asked_cycle = bench.core.now_cycle
    bench.send(b"B")
    (cut,) = bench.changes
    assert (cut.axis, cut.signal, cut.pin, cut.level) == ("a", "brake", "D9", 1)
    assert cut.drive == SHORT
    assert asked_cycle + 1360 < cut.cycle < asked_cycle + 1360 + 60
    (level,) = bench.of_kind("level")
    (drive,) = bench.of_kind("drive")
    assert level.data == {
        "pin": "D9",
        "signal": "brake a",
        "axis": "a",
        "level": 1,
        "cycle": cut.cycle,
    }
    assert drive.data == {
        "axis": "a",
        "duty_permille": 0,
        "brake": True,
        "cycle": cut.cycle,
    }
    assert drive.source is Source.PINS
    assert drive.t_s == cut.cycle / 16e6


def test_both_channels_of_the_timer_are_told_apart(power_up: MakeBench) -> None:
    """Axis b is on OC2A."""
    bench = power_up("drive")
    bench.send(b"2")
    assert bench.core.drive("b") == Drive(1000, brake=False)
    assert bench.core.drive("a") == COAST


def test_going_from_open_to_shorted_is_on_the_trace(power_up: MakeBench) -> None:
    """The duty cycle is 0 before and after."""
    bench = power_up("drive")
    bench.send(b"E")
    bench.send(b"e")
    assert [e.data["brake"] for e in bench.of_kind("drive")] == [True, False]


def test_a_reset_lets_go_of_every_pin(power_up: MakeBench) -> None:
    """Inputs, timers off: both bridges are open."""
    bench = power_up("drive")
    for byte in (b"f", b"h", b"C", b"b", b"2"):
        bench.send(byte)
    bench.core.reset(BootCause.EXTERNAL)
    assert bench.core.drive("a") == bench.core.drive("b") == COAST
    assert bench.of_kind("drive", axis="a")[-1].data["duty_permille"] == 0


def test_a_compare_output_has_its_pin_only_in_a_mode_that_gives_it() -> None:
    """COM 1 toggles, but in PWM modes it leaves the pin to the port."""
    shift = AXES["a"].compare_shift
    assert not is_connected(0b0000_0001, 0, shift)
    assert not is_connected(0b0001_0001, 0, shift)
    assert is_connected(0b0001_0000, 0, shift)
    assert is_connected(0b0010_0001, 0, shift)
    assert is_connected(0b0011_0001, 0, shift)


def test_an_inverting_output_is_on_for_the_rest_of_the_time() -> None:
    """COM 3 sets the pin going up."""
    assert on_permille(0b0010_0001, 0, 4, 51) == 200
    assert on_permille(0b0011_0001, 0, 4, 51) == 800


def test_what_is_no_8_bit_pwm_counts_as_fully_on() -> None:
    """Nobody here could tell that it is off."""
    assert on_permille(0b0010_0000, 0, 4, 0) == 1000  # normal mode
    assert on_permille(0b0010_0001, 0b1000, 4, 0) == 1000  # TOP is OCR2A


def test_a_brake_with_a_pwm_counts_as_all_or_nothing() -> None:
    """Shorted for half of the time or more."""
    assert bridge(forward=True, brake=True, on_permille=500) == SHORT
    assert bridge(forward=True, brake=True, on_permille=499) == COAST
