"""Trapezoidal profiles begin where the axis is and end where it should be."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadstop.boards.loopback.profile import (
    Setpoint,
    ramp_profile,
    travel_profile,
)

ACCEL_CPS2 = 38_400.0
SPEED_CPS = 8_000.0
REST = Setpoint(0.0, 0.0, 0.0)


def test_a_long_travel_is_a_trapezoid() -> None:
    """Ramp, cruise, ramp."""
    profile = travel_profile(5.0, REST, 32_000, SPEED_CPS, ACCEL_CPS2)
    ramp_s = SPEED_CPS / ACCEL_CPS2
    assert profile.end_s == pytest.approx(5.0 + 32_000 / SPEED_CPS + ramp_s)
    middle = profile.at((5.0 + profile.end_s) / 2)
    assert middle.speed_cps == pytest.approx(SPEED_CPS)
    assert middle.position_counts == pytest.approx(16_000)


def test_a_short_travel_is_a_triangle() -> None:
    """It turns round before the cruise speed."""
    profile = travel_profile(0.0, REST, -100, SPEED_CPS, ACCEL_CPS2)
    assert profile.end_s == pytest.approx(2 * math.sqrt(100 / ACCEL_CPS2))
    assert profile.at(profile.end_s).position_counts == -100


def test_a_travel_of_nothing_ends_at_once() -> None:
    """No piece of it takes time."""
    assert travel_profile(1.0, REST, 0, SPEED_CPS, ACCEL_CPS2).end_s == 1.0


def test_a_ramp_to_zero_takes_the_braking_distance() -> None:
    """Speed squared over twice the acceleration."""
    profile = ramp_profile(0.0, Setpoint(0.0, -SPEED_CPS, 0.0), 0.0, ACCEL_CPS2)
    end = profile.at(profile.end_s + 1.0)
    assert end.speed_cps == 0.0
    assert end.position_counts == pytest.approx(-(SPEED_CPS**2) / (2 * ACCEL_CPS2))


@given(
    entry_cps=st.floats(-10_000, 10_000),
    target_counts=st.integers(-20_000, 20_000),
    speed_cps=st.integers(1, 10_000),
)
def test_every_travel_arrives_within_its_limits(
    entry_cps: float, target_counts: int, speed_cps: int
) -> None:
    """From any speed, also away from the target or too fast for it."""
    start = Setpoint(0.0, entry_cps, 0.0)
    profile = travel_profile(0.0, start, target_counts, speed_cps, ACCEL_CPS2)
    assert profile.at(0.0).speed_cps == pytest.approx(entry_cps, abs=1e-6)
    assert profile.at(profile.end_s + 1.0) == Setpoint(target_counts, 0.0, 0.0)
    times_s = [profile.end_s * i / 500 for i in range(501)]
    fastest_cps = max(speed_cps, abs(entry_cps)) + 1e-6
    for before_s, after_s in pairwise(times_s):
        before, after = profile.at(before_s), profile.at(after_s)
        dt_s = after_s - before_s
        assert abs(after.speed_cps) <= fastest_cps
        change_cps = abs(after.speed_cps - before.speed_cps)
        assert change_cps <= ACCEL_CPS2 * dt_s * 1.001 + 1e-3
        way_counts = abs(after.position_counts - before.position_counts)
        assert way_counts <= fastest_cps * dt_s + 1e-3
