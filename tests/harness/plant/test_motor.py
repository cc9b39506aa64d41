"""The simulated gear motor keeps to its data sheet and to physics."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deadstop.plant import POLOLU_37D_50, Motor, MotorParameters

NO_LOAD_REV_S = 200 / 60


@pytest.fixture
def motor() -> Motor:
    """A motor at rest."""
    return Motor(POLOLU_37D_50)


def test_full_drive_reaches_the_no_load_speed_of_the_data_sheet(motor: Motor) -> None:
    """The supply over the back-EMF, less the friction."""
    motor.step(2.0, 1.0, brake=False)
    assert motor.speed_rev_s == pytest.approx(NO_LOAD_REV_S, rel=1e-6)


def test_a_held_shaft_draws_the_stall_torque_of_the_data_sheet() -> None:
    """Net of friction, as a data sheet measures it."""
    p = POLOLU_37D_50
    stall_nm = p.torque_nm_per_a * p.stall_current_a - p.friction_nm
    assert stall_nm == pytest.approx(21 * 0.0980665)


def test_the_speed_rises_by_63_percent_in_one_time_constant() -> None:
    """First order: the electrical time constant is left out."""
    frictionless = MotorParameters(12.0, NO_LOAD_REV_S, 1e-9, 2.0, 5.5, 6e-3, 0.5, 1, 1)
    motor = Motor(frictionless)
    motor.step(frictionless.time_constant_s, 1.0, brake=False)
    assert motor.speed_rev_s / NO_LOAD_REV_S == pytest.approx(1 - math.exp(-1), 1e-6)


def test_a_duty_cycle_below_breakaway_does_not_move_the_shaft(motor: Motor) -> None:
    """Static friction holds it; 2 % are too little."""
    motor.step(1.0, 0.02, brake=False)
    assert motor.position_rev == 0.0
    assert motor.speed_rev_s == 0.0


def test_braking_stops_much_sooner_than_coasting() -> None:
    """A shorted motor brakes itself; an open one only has friction."""
    braked, coasting = Motor(POLOLU_37D_50), Motor(POLOLU_37D_50)
    for motor in (braked, coasting):
        motor.step(1.0, 1.0, brake=False)
    began_rev = braked.position_rev
    braked.step(10.0, 0.0, brake=True)
    coasting.step(10.0, 0.0, brake=False)
    assert braked.speed_rev_s == coasting.speed_rev_s == 0.0
    braked_rev = braked.position_rev - began_rev
    assert 0.1 < braked_rev < 0.3
    assert coasting.position_rev - began_rev > 3 * braked_rev


def test_a_braked_shaft_comes_to_a_true_rest_and_stays_there(motor: Motor) -> None:
    """Exactly zero, so that whoever waits for it can sleep."""
    motor.step(1.0, -1.0, brake=False)
    motor.step(1.0, 0.0, brake=True)
    rested_rev = motor.position_rev
    assert motor.speed_rev_s == 0.0
    motor.step(100.0, 0.0, brake=True)
    assert motor.position_rev == rested_rev


def test_reversed_drive_passes_through_standstill(motor: Motor) -> None:
    """The step is cut where the direction changes."""
    motor.step(1.0, 1.0, brake=False)
    motor.step(1.0, -1.0, brake=False)
    assert motor.speed_rev_s == pytest.approx(-NO_LOAD_REV_S, rel=1e-4)


def test_a_jammed_shaft_stands_whatever_the_drive(motor: Motor) -> None:
    """An injected fault."""
    motor.step(1.0, 1.0, brake=False)
    motor.jammed = True
    jammed_rev = motor.position_rev
    motor.step(1.0, 1.0, brake=False)
    assert (motor.position_rev, motor.speed_rev_s) == (jammed_rev, 0.0)


def test_the_encoder_counts_3200_a_revolution_in_both_directions(motor: Motor) -> None:
    """64 counts at the motor times 50."""
    motor.position_rev = 1.0
    assert motor.counts == 3200
    motor.position_rev = -0.5
    assert motor.counts == -1600


def test_a_dead_encoder_repeats_its_last_count(motor: Motor) -> None:
    """An injected fault: the shaft goes on, the counts do not."""
    motor.step(0.5, 1.0, brake=False)
    before_counts = motor.counts
    motor.break_encoder()
    motor.step(0.5, 1.0, brake=False)
    assert motor.counts == before_counts


@given(
    drives=st.lists(
        st.tuples(st.floats(-1, 1), st.booleans(), st.integers(1, 400)), max_size=6
    ),
    cuts=st.integers(2, 9),
)
def test_the_size_of_the_step_does_not_matter(
    drives: list[tuple[float, bool, int]], cuts: int
) -> None:
    """The solution is exact, not Euler."""
    whole, cut = Motor(POLOLU_37D_50), Motor(POLOLU_37D_50)
    for duty, brake, ms in drives:
        whole.step(ms / 1000, duty, brake=brake)
        for _ in range(cuts):
            cut.step(ms / 1000 / cuts, duty, brake=brake)
        assert cut.position_rev == pytest.approx(whole.position_rev, abs=1e-6)
        assert cut.speed_rev_s == pytest.approx(whole.speed_rev_s, abs=1e-6)


# A position of some revolutions is a double: a way of femtoseconds is lost in it.
ROUNDING_REV = 1e-12


@given(
    drives=st.lists(
        st.tuples(st.floats(-1, 1), st.booleans(), st.floats(0, 1)), max_size=20
    )
)
@example(drives=[(1.0, False, 1.0), (0.0, False, 2.220446049250313e-16)])
def test_nothing_exceeds_the_no_load_speed(
    drives: list[tuple[float, bool, float]],
) -> None:
    """Neither speed nor way, whatever the bridge does."""
    motor = Motor(POLOLU_37D_50)
    for duty, brake, dt_s in drives:
        before_rev = motor.position_rev
        motor.step(dt_s, duty, brake=brake)
        # Coulomb friction is less at part speed, hence the few percent.
        assert abs(motor.speed_rev_s) <= NO_LOAD_REV_S * 1.05
        way_rev = abs(motor.position_rev - before_rev)
        assert way_rev <= NO_LOAD_REV_S * 1.05 * dt_s + ROUNDING_REV
