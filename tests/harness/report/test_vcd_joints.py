"""The waveforms of an arm: every step, one enable, the limit switches."""

from pathlib import Path

import pytest

from deadstop.trace import Event, Scalar, Source
from tests.harness.report.picture import TICKS, drawn, event, level


def pulses(cycle: int, gaps: str, axis: str = "a", to: int = 1) -> Event:
    """Edges of a step pin."""
    return event(cycle, Source.PINS, "pulses", axis=axis, level=to, gaps=gaps)


def seen(cycle: int, kind: str, **data: Scalar) -> Event:
    """What the witness of joint a tells."""
    return event(cycle, Source.SHAFT, kind, axis="a", **data)


def test_every_edge_of_a_step_pin_is_drawn(tmp_path: Path) -> None:
    """At its cycle, across the events that hold them."""
    picture = drawn(
        tmp_path, pulses(100, "32 1568 32"), pulses(3300, ""), pulses(3332, "", to=0)
    )

    rises_and_falls = [(100, 1), (132, 0), (1700, 1), (1732, 0), (3300, 1), (3332, 0)]
    assert picture.waves["axis_a.a_step"] == [
        (0, 0),
        *((cycle * TICKS, to) for cycle, to in rises_and_falls),
    ]


def test_one_enable_is_drawn_for_all_joints(tmp_path: Path) -> None:
    """High until its first edge: the shield pulls it up."""
    picture = drawn(
        tmp_path,
        level(5, "enable", 0, "*"),
        event(5, Source.PINS, "drive", axis="b", duty_permille=1000, brake=False),
        level(9, "direction", 1, "b"),
        level(20, "enable", 1, "*"),
        event(20, Source.PINS, "drive", axis="b", duty_permille=0, brake=False),
    )

    assert picture.waves["drivers.enable_n"] == [
        (0, 1),
        (5 * TICKS, 0),
        (20 * TICKS, 1),
    ]
    assert picture.waves["axis_b.b_drive_off"] == [
        (0, 1),
        (5 * TICKS, 0),
        (20 * TICKS, 1),
    ]
    assert picture.waves["axis_b.b_direction"] == [(0, 0), (9 * TICKS, 1)]


def test_a_joint_has_no_bridge(tmp_path: Path) -> None:
    """And a motor no step pin."""
    joint = drawn(tmp_path, level(1, "enable", 0, "*"), level(1, "direction", 1))
    motor = drawn(tmp_path, level(1, "enable", 1))

    assert {"axis_a.a_brake", "axis_a.a_pwm_on"}.isdisjoint(joint.waves)
    assert {"axis_a.a_step", "drivers.enable_n"}.isdisjoint(motor.waves)


def test_where_a_joint_is_stands_in_steps_and_in_turns(tmp_path: Path) -> None:
    """Both, for steps that are lost are in the one only."""
    picture = drawn(
        tmp_path,
        seen(1, "moving", position_rev=0.0, steps=1, edges=1),
        seen(16, "sample", position_rev=0.25, speed_rev_s=1.5, steps=3200, edges=3200),
        seen(32, "lost", steps=64),
        seen(48, "standstill", position_rev=0.5, steps=6464, edges=6464),
    )

    assert picture.edges("axis_a.a_steps") == [
        (1 * TICKS, 1.0),
        (16 * TICKS, 3200.0),
        (48 * TICKS, 6464.0),
    ]
    assert picture.edges("axis_a.a_position_rev") == [
        (16 * TICKS, 0.25),
        (48 * TICKS, 0.5),
    ]
    assert picture.edges("axis_a.a_shaft_rev_s")[-1] == (48 * TICKS, 0.0)
    assert picture.waves["axis_a.a_lost_steps"] == [(0, 0), (32 * TICKS, 1)]


def test_a_limit_switch_is_drawn_as_its_contact(tmp_path: Path) -> None:
    """Closed is 1, whatever the level at the pin."""
    picture = drawn(
        tmp_path,
        event(3, Source.PINS, "limit", axis="c", closed=True),
        event(8, Source.PINS, "limit", axis="c", closed=False),
    )

    assert picture.waves["axis_c.c_limit_closed"] == [
        (0, 0),
        (3 * TICKS, 1),
        (8 * TICKS, 0),
    ]


@pytest.mark.parametrize(
    ("gaps", "to"),
    [
        ("1 x", 1),
        ("-5", 1),
        ("1" * 16, 1),
        ("²", 1),
        (None, 1),
        ("32", 2),
        ("32", "up"),
    ],
)
def test_pulses_of_another_kind_are_left_out(
    tmp_path: Path, gaps: Scalar, to: Scalar
) -> None:
    """A saved trace may say anything; the rest of it is still drawn."""
    picture = drawn(
        tmp_path,
        pulses(10, "5"),
        event(40, Source.PINS, "pulses", axis="a", level=to, gaps=gaps),
        event(50, Source.PINS, "pulses", axis="*", level=1, gaps="5"),
        event(60, Source.PINS, "limit", axis="a", closed="maybe"),
        level(70, "brake", 1),
    )

    assert {name: wave for name, wave in picture.waves.items() if len(wave) > 1} == {
        "axis_a.a_step": [(0, 0), (10 * TICKS, 1), (15 * TICKS, 0)]
    }
