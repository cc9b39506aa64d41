"""The kinematics file and the shapes describe the arm that `kinematics.py` moves."""

import json
import math
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.arm_model import geometries, kinematics_file
from arduino_actuators.kinematics import ArmGeometry, Joints
from arduino_actuators.orientation import Orientation

ARM: Final = ArmGeometry(60, 80, 100, (-90, -45, -90), (90, 90, 90))

Vector: TypeAlias = tuple[float, float, float]
Rotation: TypeAlias = tuple[Vector, Vector, Vector]  # columns


def _turn(rotation: Rotation, vector: Vector) -> Vector:
    x, y, z = (
        sum(rotation[column][row] * vector[column] for column in range(3))
        for row in range(3)
    )
    return x, y, z


def _times(a: Rotation, b: Rotation) -> Rotation:
    x, y, z = (_turn(a, column) for column in b)
    return x, y, z


def _about(axis: dict[str, float], degrees: float) -> Rotation:
    s, c = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    if axis == {"x": 0, "y": 0, "z": 1}:
        return (c, s, 0), (-s, c, 0), (0, 0, 1)
    assert axis == {"x": 0, "y": 1, "z": 0}
    return (c, 0, -s), (0, 1, 0), (s, 0, c)


class _Reader:
    """Reads a kinematics file as the RDK does: a chain from the world outward."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.links = {link["id"]: link for link in model["links"]}
        self.joints = {joint["id"]: joint for joint in model["joints"]}
        parts = self.links | self.joints
        parents = {part["parent"] for part in parts.values()}
        [name] = set(parts) - parents  # the one that nobody hangs on
        chain = []
        while name != "world":
            chain.append(parts[name])
            name = parts[name]["parent"]
        self.chain = chain[::-1]

    def place(self, joints: Joints) -> tuple[dict[str, Vector], Vector, Rotation]:
        """Return where the shapes' middles are, where the end is, and its axes."""
        at: Vector = (0, 0, 0)
        turned: Rotation = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
        shapes: dict[str, Vector] = {}
        angles = iter(joints)
        for part in self.chain:
            if part["id"] in self.joints:
                turned = _times(turned, _about(part["axis"], next(angles)))
                continue
            if "geometry" in part:
                shapes[part["id"]] = self._moved(
                    at, turned, part["geometry"]["translation"]
                )
            at = self._moved(at, turned, part["translation"])
            if "orientation" in part:
                assert part["orientation"]["type"] == "ov_degrees"
                value = part["orientation"]["value"]
                assert value == {"x": 1, "y": 0, "z": 0, "th": 0}
                turned = _times(turned, _about({"x": 0, "y": 1, "z": 0}, 90))
        return shapes, at, turned

    @staticmethod
    def _moved(at: Vector, turned: Rotation, by: dict[str, float]) -> Vector:
        way = _turn(turned, (by["x"], by["y"], by["z"]))
        return at[0] + way[0], at[1] + way[1], at[2] + way[2]


_angles: Final = st.tuples(st.floats(-90, 90), st.floats(-45, 90), st.floats(-90, 90))


@settings(max_examples=100)
@given(_angles)
def test_the_file_and_the_kinematics_are_one_arm(joints: Joints) -> None:
    """Position and orientation of the end, and the middle of every shape."""
    reader = _Reader(json.loads(kinematics_file("r", ARM)))
    middles, at, turned = reader.place(joints)
    place = ARM.forward(joints)

    assert at == pytest.approx((place.x_mm, place.y_mm, place.z_mm), abs=1e-9)
    told = place.orientation
    # Within 0.8 degrees of the vertical it is told as vertical.
    assert turned[2] == pytest.approx((told.o_x, told.o_y, told.o_z), abs=0.015)
    yaw_deg = math.degrees(math.atan2(-turned[1][0], turned[1][1]))
    assert math.remainder(yaw_deg - joints[0], 360) == pytest.approx(0, abs=1e-6)
    for shape in geometries(ARM, joints):
        centre = shape.center
        assert (centre.x, centre.y, centre.z) == pytest.approx(
            middles[shape.label], abs=1e-9
        )


def test_the_file_has_the_limits_and_the_parts_that_the_rdk_needs() -> None:
    """In its own words."""
    model = json.loads(kinematics_file("r", ARM))

    assert model["name"] == "r"
    assert model["kinematic_param_type"] == "SVA"
    limits = [(joint["min"], joint["max"]) for joint in model["joints"]]
    assert limits == [(-90, 90), (-45, 90), (-90, 90)]
    assert {joint["type"] for joint in model["joints"]} == {"revolute"}
    kinds = [link["geometry"]["type"] for link in model["links"] if "geometry" in link]
    assert kinds == ["box", "capsule", "capsule"]


def test_the_shapes_lie_along_the_links() -> None:
    """Stretched upright: one above the other; their round ends around the joints."""
    base, upper, fore = geometries(ARM, (0, 0, -90))

    assert base.center.z - base.box.dims_mm.z / 2 == 0
    assert (upper.center.z, fore.center.z) == (60 + 40, 60 + 80 + 50)
    assert fore.capsule.length_mm == 100 + 2 * fore.capsule.radius_mm
    lying = geometries(ARM, (90, 90, -90))[2].center
    assert str(Orientation(lying.o_x, lying.o_y, lying.o_z, lying.theta)) == (
        "(0, 1, 0, theta 0)"
    )
