"""Orientation vectors mean what Viam's own spatial maths says they mean."""

import math
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from viam.spatialmath import OrientationVector

from arduino_actuators.orientation import Orientation

_SAMPLES: Final = 200


def _viam(orientation: Orientation) -> tuple[float, float, float, float]:
    vector = OrientationVector(
        orientation.o_x,
        orientation.o_y,
        orientation.o_z,
        math.radians(orientation.theta_deg),
    )
    quaternion = vector.to_quaternion()  # type: ignore[no-untyped-call]
    return quaternion.w, quaternion.i, quaternion.j, quaternion.k


@settings(max_examples=_SAMPLES)
@given(st.floats(-180, 180), st.floats(-180, 180))
def test_a_turned_frame_is_the_one_viam_reads(yaw_deg: float, tilt_deg: float) -> None:
    """Compared with the SDK's library; near the poles both are coarse."""
    turned = Orientation.of_turns(yaw_deg, tilt_deg)
    yaw, tilt = math.radians(yaw_deg) / 2, math.radians(tilt_deg) / 2
    exact = (
        math.cos(yaw) * math.cos(tilt),
        -math.sin(yaw) * math.sin(tilt),
        math.cos(yaw) * math.sin(tilt),
        math.sin(yaw) * math.cos(tilt),
    )

    for other in (_viam(turned), turned.quaternion()):
        same = abs(sum(a * b for a, b in zip(exact, other, strict=True)))
        assert math.degrees(2 * math.acos(min(1.0, same))) < 2


@settings(max_examples=_SAMPLES)
@given(st.floats(-89, 89), st.floats(2, 178))
def test_yaw_and_tilt_are_read_back(yaw_deg: float, tilt_deg: float) -> None:
    """Away from the poles, where they are two things."""
    turned = Orientation.of_turns(yaw_deg, tilt_deg)

    assert turned.yaw_deg == pytest.approx(yaw_deg, abs=1e-6)
    assert turned.tilt_deg(yaw_deg) == pytest.approx(tilt_deg, abs=1e-6)


def test_no_orientation_is_zeros_or_the_one_that_others_fill_in() -> None:
    """A pose without one; and theta alone is about no axis."""
    assert Orientation(0, 0, 0, 0).is_default
    assert Orientation(0, 0, 1, 0).is_default
    assert not Orientation(0, 0, -1, 0).is_default
    assert not Orientation(0, 0, 1, 5).is_default
    assert not Orientation(0, 0, 0, 5).has_direction


def test_it_is_told_without_clutter() -> None:
    """No minus zero, no 6e-17."""
    assert str(Orientation.of_turns(0, 90)) == "(1, 0, 0, theta 0)"
