"""Forward and inverse kinematics agree, and what cannot be reached is explained."""

import math
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arduino_actuators.errors import MotionRequestError
from arduino_actuators.kinematics import ArmGeometry, Joints

_SAMPLES: Final = 200
ARM: Final = ArmGeometry(60, 80, 80, (-90, -45, -90), (90, 90, 90))
# Every way to be somewhere is within its limits, and its links differ.
FREE: Final = ArmGeometry(40, 120, 90, (-180, -180, -270), (180, 180, 90))

_geometries: Final = st.sampled_from((ARM, FREE))
_part: Final = st.floats(0, 1)


def _joints(geometry: ArmGeometry, *parts: float) -> Joints:
    a, b, c = (
        least + part * (most - least)
        for part, least, most in zip(
            parts, geometry.min_deg, geometry.max_deg, strict=True
        )
    )
    return a, b, c


@settings(max_examples=_SAMPLES)
@given(_geometries, _part, _part, _part)
def test_every_way_found_leads_to_the_position(
    geometry: ArmGeometry, a: float, b: float, c: float
) -> None:
    """FK(IK(p)) = p, for each of the ways, and each is within the limits."""
    place = geometry.forward(_joints(geometry, a, b, c))

    for way in geometry.inverse(place.x_mm, place.y_mm, place.z_mm):
        joints = way.nearest((0, 0, 0))
        assert geometry.excess(joints)[1] == 0
        again = geometry.forward(joints)
        assert again.x_mm == pytest.approx(place.x_mm, abs=1e-4)
        assert again.y_mm == pytest.approx(place.y_mm, abs=1e-4)
        assert again.z_mm == pytest.approx(place.z_mm, abs=1e-4)


@settings(max_examples=_SAMPLES)
@given(_geometries, _part, _part, _part)
def test_an_arm_that_is_there_already_need_not_move(
    geometry: ArmGeometry, a: float, b: float, c: float
) -> None:
    """IK(FK(q)) has q among its ways, as far as a position can tell.

    Stretched or folded the elbow's angle hardly moves the end (and so it is found
    coarsely); above the base's axis any yaw will do, and the present one is taken.
    """
    joints = _joints(geometry, a, b, c)
    assume(abs(math.sin(math.radians(joints[2] + 90))) > 0.01)
    place = geometry.forward(joints)

    ways = geometry.inverse(place.x_mm, place.y_mm, place.z_mm)

    far = min(
        max(abs(x - y) for x, y in zip(way.nearest(joints), joints, strict=True))
        for way in ways
    )
    assert far == pytest.approx(0, abs=1e-3)


@settings(max_examples=_SAMPLES)
@given(_geometries, _part, _part, _part)
def test_the_orientation_of_a_solution_can_be_asked_for(
    geometry: ArmGeometry, a: float, b: float, c: float
) -> None:
    """Where a joint may be at any angle, the orientation chooses it."""
    joints = _joints(geometry, a, b, c)
    place = geometry.forward(joints)

    turned = [
        geometry.forward(way.turned(place.orientation).nearest(joints)).orientation
        for way in geometry.inverse(place.x_mm, place.y_mm, place.z_mm)
    ]

    assert min(each.angle_deg(place.orientation) for each in turned) < 2


@pytest.mark.parametrize(
    ("joints", "position"),
    [
        ((0, 0, 0), (80, 0, 140)),
        ((90, 0, 0), (0, 80, 140)),
        ((0, 0, -90), (0, 0, 220)),
        ((0, 90, -90), (160, 0, 60)),
        ((0, 0, 90), (0, 0, 60)),
        ((-90, 0, 0), (0, -80, 140)),
    ],
)
def test_the_joints_turn_as_the_documentation_says(
    joints: Joints, position: tuple[float, float, float]
) -> None:
    """Yaw to the left, shoulder forward, elbow down."""
    place = ARM.forward(joints)

    assert (place.x_mm, place.y_mm, place.z_mm) == pytest.approx(position, abs=1e-9)


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (
            (300, 0, 60),
            (
                r"^position \(300, 0, 60\) mm is 300 mm from the shoulder at "
                r"\(0, 0, 60\) mm, 140 beyond the arm's reach of 160$"
            ),
        ),
        (
            (0, 0, 100),
            (
                r"^position \(0, 0, 100\) mm needs the elbow at 119 degrees, 28\.96 "
                r"beyond its limit of 90$"
            ),
        ),
        (
            (-100, 1, 140),
            r"needs the (base|shoulder) at .* beyond its limit of -?\d+$",
        ),
    ],
)
def test_what_cannot_be_reached_is_told_with_what_is_in_the_way(
    position: tuple[float, float, float], message: str
) -> None:
    """Which limit, and by how much."""
    with pytest.raises(MotionRequestError, match=message):
        ARM.inverse(*position)


def test_what_is_too_near_is_told_too() -> None:
    """Links of different lengths cannot fold up to nothing."""
    with pytest.raises(MotionRequestError, match=r"10 nearer than the arm .*: 30$"):
        FREE.inverse(20, 0, 40)


def test_of_two_ways_the_nearest_is_taken() -> None:
    """Elbow up or down, facing it or turned away: whatever is next."""
    place = FREE.forward((20, 40, -30))
    ways = FREE.inverse(place.x_mm, place.y_mm, place.z_mm)

    for way in ways:
        assert way.nearest(way.nearest((0, 0, 0))) == way.nearest((0, 0, 0))
    assert len({way.nearest((0, 0, 0)) for way in ways}) == 4


@pytest.mark.parametrize("yaw_deg", [-90.0, 0.0, 37.5])
def test_above_the_base_the_yaw_stays_as_it_is(yaw_deg: float) -> None:
    """Any would do; none is nearer than the present one."""
    [way, *_] = ARM.inverse(0, 0, 220)

    assert way.nearest((yaw_deg, 10, 10))[0] == yaw_deg
