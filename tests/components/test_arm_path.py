"""No joint, and not the end of the arm, is faster than its ceiling along any line."""

import math
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.arm_config import ArmConfig, Counts
from arduino_actuators.arm_path import Ceilings, plan_path
from arduino_actuators.errors import MotionRequestError

_SAMPLES: Final = 100
CONFIG: Final = ArmConfig(port="/dev/x", counts_per_rev=(12_800, 6_400, 25_600))
SPEEDS: Final = (60.0, 40.0, 20.0)
ACCELS: Final = (200.0, 100.0, 300.0)

_points: Final = st.tuples(
    st.integers(-3200, 3200), st.integers(-800, 1600), st.integers(-6400, 6400)
)


def _speeds_deg_s(begin: Counts, end: Counts, longest_cps: float) -> list[float]:
    longest = max(abs(b - a) for a, b in zip(begin, end, strict=True))
    return [
        (b - a) / longest * longest_cps * 360 / per_rev
        for a, b, per_rev in zip(begin, end, CONFIG.counts_per_rev, strict=True)
    ]


@settings(max_examples=_SAMPLES)
@given(_points, st.lists(_points, min_size=1, max_size=4))
def test_no_joint_exceeds_its_speed_or_acceleration(
    start: Counts, waypoints: list[Counts]
) -> None:
    """And one of them reaches its speed, but for the rounding and the ramp."""
    path = plan_path(CONFIG, start, waypoints, Ceilings(SPEEDS, ACCELS))

    begin = start
    for line in path.lines:
        for ceilings, value in ((SPEEDS, line.speed_cps), (ACCELS, path.accel_cps2)):
            for speed, ceiling in zip(
                _speeds_deg_s(begin, line.targets, value), ceilings, strict=True
            ):
                assert abs(speed) <= ceiling * (1 + 1e-9)
        begin = line.targets


@settings(max_examples=_SAMPLES)
@given(_points, _points, st.floats(0.005, 0.1))
def test_the_end_of_the_arm_exceeds_its_speed_nowhere_on_a_line(
    start: Counts, end: Counts, most_m_s: float
) -> None:
    """Differentiated numerically, point by point."""
    ceilings = Ceilings(SPEEDS, ACCELS, most_m_s * 1000)
    path = plan_path(CONFIG, start, [end], ceilings)

    for line in path.lines:
        rates = _speeds_deg_s(start, end, line.speed_cps)
        for part in range(21):
            at = [
                a + (b - a) * part / 20
                for a, b in zip(CONFIG.degrees(start), CONFIG.degrees(end), strict=True)
            ]
            step_s = 1e-5
            later = [a + rate * step_s for a, rate in zip(at, rates, strict=True)]
            one, two = CONFIG.geometry.forward(at), CONFIG.geometry.forward(later)
            speed_mm_s = math.dist(
                (one.x_mm, one.y_mm, one.z_mm), (two.x_mm, two.y_mm, two.z_mm)
            )
            assert speed_mm_s / step_s <= most_m_s * 1000 * 1.001


def test_the_longest_joint_runs_at_its_ceiling() -> None:
    """As fast as is allowed, not slower."""
    path = plan_path(CONFIG, (0, 0, 0), [(3200, 0, 0)], Ceilings(SPEEDS, ACCELS))

    assert path.lines[0].speed_cps == math.floor(60 * 12_800 / 360)
    assert path.accel_cps2 == math.floor(200 * 12_800 / 360)


def test_points_where_the_arm_is_already_make_no_line() -> None:
    """At the start, in between and at the end."""
    here, there = (0, 0, 0), (100, 0, 0)
    ceilings = Ceilings(SPEEDS, ACCELS)

    path = plan_path(CONFIG, here, [here, there, there, here, here], ceilings)

    assert [line.targets for line in path.lines] == [there, here]
    assert plan_path(CONFIG, here, [here], ceilings).lines == ()


def test_a_speed_is_never_so_high_that_a_stop_would_take_long() -> None:
    """A ramp of two seconds at most, whatever the ceilings."""
    slow = Ceilings(SPEEDS, (1.0, 1.0, 1.0))

    path = plan_path(CONFIG, (0, 0, 0), [(3200, 0, 0)], slow)

    assert path.lines[0].speed_cps <= 2 * path.accel_cps2


def test_a_ceiling_below_what_the_board_can_go_is_refused() -> None:
    """Rather than exceeded, or never arrived."""
    ceilings = Ceilings((1e-3,) * 3, ACCELS)

    with pytest.raises(MotionRequestError, match=r"is 0\.036 counts/s; allowed: at"):
        plan_path(CONFIG, (0, 0, 0), [(3200, 0, 0)], ceilings)
