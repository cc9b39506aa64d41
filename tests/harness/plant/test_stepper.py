"""A joint is where its edges say, less what it could not follow."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadstop.plant import NEMA17_JOINT, Stepper

LEAST_STEPS = -3200
DENT_STEPS = 64
ACCEL_STEPS_S2 = 40_000.0
JUMP_STEPS_S = 400.0


@pytest.fixture
def joint() -> Stepper:
    """A joint at rest, its driver on."""
    joint = Stepper(NEMA17_JOINT, least_steps=LEAST_STEPS)
    joint.enable(enabled=True)
    return joint


def steadily(
    joint: Stepper, count: int, steps_s: float, *, forward: bool = True
) -> float:
    """Make steps of one speed, after a rest; return when the last one was."""
    begin_s = max(joint.last_edge_s, 0.0) + 1.0
    for i in range(count):
        joint.step(begin_s + i / steps_s, forward=forward)
    return joint.last_edge_s


def ramp(joint: Stepper, peak_steps_s: float, accel_steps_s2: float) -> float:
    """Make the steps of a ramp from the jump speed to a peak; return its end."""
    t_s = max(joint.last_edge_s, 0.0) + 1.0
    speed_steps_s = JUMP_STEPS_S
    while speed_steps_s < peak_steps_s:
        joint.step(t_s, forward=True)
        t_s += 1.0 / speed_steps_s
        speed_steps_s = math.sqrt(speed_steps_s**2 + 2.0 * accel_steps_s2)
    return joint.last_edge_s


def test_a_turn_of_the_joint_is_12800_edges(joint: Stepper) -> None:
    """200 full steps, 16 microsteps, a gear of 4."""
    steadily(joint, 12_800, 1000.0)
    assert (joint.steps, joint.edges, joint.position_rev) == (12_800, 12_800, 1.0)


def test_it_follows_forward_and_back(joint: Stepper) -> None:
    """Steps are signed, edges are not."""
    steadily(joint, 300, 1000.0)
    steadily(joint, 500, 1000.0, forward=False)
    assert (joint.steps, joint.edges, joint.position_steps) == (-200, 800, -200)
    assert joint.lost_steps == 0


def test_it_does_not_move_while_its_driver_is_off(joint: Stepper) -> None:
    """The edges are counted all the same, and lost in whole dents."""
    joint.enable(enabled=False)
    steadily(joint, 100, 1000.0)
    assert (joint.steps, joint.position_steps, joint.lost_steps) == (100, 0, 128)
    joint.enable(enabled=True)
    assert (joint.position_steps, joint.lost_steps) == (-28, 128)


def test_less_than_half_a_dent_is_not_lost(joint: Stepper) -> None:
    """It springs back into the same one."""
    joint.jammed = True
    steadily(joint, 31, 1000.0)
    assert (joint.position_steps, joint.lost_steps) == (0, 0)
    joint.jammed = False
    assert (joint.position_steps, joint.lost_steps) == (31, 0)


def test_a_jammed_joint_loses_what_it_cannot_follow(joint: Stepper) -> None:
    """And follows again from where it is."""
    steadily(joint, 1000, 1000.0)
    joint.jammed = True
    steadily(joint, 640, 1000.0)
    assert joint.position_steps == 1000
    joint.jammed = False
    steadily(joint, 100, 1000.0)
    assert (joint.steps, joint.position_steps, joint.lost_steps) == (1740, 1100, 640)


def test_it_follows_the_fastest_ramp_of_the_board(joint: Stepper) -> None:
    """Up to 8000 steps/s with 40,000 steps/s2, a ninth of what it can."""
    ramp(joint, 8000.0, ACCEL_STEPS_S2)
    assert joint.lost_steps == 0


def test_it_loses_its_step_in_a_ramp_that_its_torque_cannot_follow(
    joint: Stepper,
) -> None:
    """It stays where that was, for as long as the field is fast."""
    peak_steps_s = 2.0 * NEMA17_JOINT.pull_in_steps_s
    end_s = ramp(joint, peak_steps_s, 2.0 * NEMA17_JOINT.accel_steps_s2)
    for i in range(1, 641):
        joint.step(end_s + i / peak_steps_s, forward=True)
    assert joint.lost_steps >= 640
    assert joint.speed_rev_s(joint.last_edge_s) == 0.0


def test_it_cannot_start_at_full_speed(joint: Stepper) -> None:
    """It hardly moves at all, and what it lost is in whole dents."""
    steadily(joint, 1600, 8000.0)
    assert joint.position_steps <= 1
    assert joint.lost_steps == 1600
    steadily(joint, 64, 1000.0)
    assert joint.position_steps == 64


@given(st.integers(1, 3000), st.floats(50.0, NEMA17_JOINT.pull_in_steps_s * 0.999))
def test_below_pull_in_it_starts_and_stops_at_once(count: int, steps_s: float) -> None:
    """And turns back at once."""
    joint = Stepper(NEMA17_JOINT, least_steps=LEAST_STEPS)
    joint.enable(enabled=True)
    steadily(joint, count, steps_s)
    joint.settle()
    steadily(joint, 2 * count, steps_s, forward=False)
    joint.settle()
    assert joint.position_steps == -count
    assert joint.lost_steps == 0


def test_a_field_that_ceases_at_full_speed_lets_the_rotor_overshoot(
    joint: Stepper,
) -> None:
    """By a dent; unless the driver goes off, and the gear holds it."""
    ramp(joint, 8000.0, ACCEL_STEPS_S2)
    joint.settle()
    assert joint.position_steps == joint.steps + DENT_STEPS
    other = Stepper(NEMA17_JOINT, least_steps=LEAST_STEPS)
    other.enable(enabled=True)
    ramp(other, 8000.0, ACCEL_STEPS_S2)
    other.enable(enabled=False)
    other.settle()
    assert other.position_steps == other.steps


def test_its_switch_closes_below_its_least_position(joint: Stepper) -> None:
    """It is the true position that closes it."""
    steadily(joint, 3200, 1000.0, forward=False)
    assert not joint.limit_closed
    steadily(joint, 1, 1000.0, forward=False)
    assert joint.limit_closed


def test_its_speed_is_told_until_it_is_at_rest(joint: Stepper) -> None:
    """Signed; and it fades when the edges cease."""
    end_s = steadily(joint, 100, 1280.0, forward=False)
    assert joint.speed_rev_s(end_s) == pytest.approx(-0.1)
    assert joint.speed_rev_s(end_s + 0.010) == pytest.approx(-0.1 / 12.8)
    assert joint.speed_rev_s(end_s + 0.020) == 0.0


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(1e-4, 2e-2)), max_size=40))
def test_edges_told_in_bulk_are_the_edges_told_singly(
    bursts: list[tuple[int, float]],
) -> None:
    """In the end: of a full step in the midst of a burst the mean speed counts."""
    stamps_s = [0.0]
    in_bulk = Stepper(NEMA17_JOINT, least_steps=LEAST_STEPS)
    in_bulk.enable(enabled=True)
    for count, took_s in bursts:
        burst_s = [stamps_s[-1] + took_s * (i + 1) / count for i in range(count)]
        stamps_s += burst_s
        in_bulk.run(burst_s[0], burst_s[-1], count, forward=True)
    assert all(after > before for before, after in pairwise(stamps_s))
    assert (in_bulk.steps, in_bulk.edges) == (len(stamps_s) - 1, len(stamps_s) - 1)
    assert in_bulk.last_edge_s == (stamps_s[-1] if bursts else -math.inf)
    assert (in_bulk.steps - in_bulk.position_steps - in_bulk.lost_steps) in range(
        -DENT_STEPS, DENT_STEPS
    )
