"""What the arm looks like, for planners: its kinematics file, and a shape a link.

Both say the same arm as `kinematics.py`: a test reads the file back and compares.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from viam.proto.common import Capsule, Geometry, Pose, RectangularPrism, Vector3

from arduino_actuators.kinematics import ArmGeometry
from arduino_actuators.orientation import Orientation

__all__ = ["geometries", "kinematics_file"]

# How thick a link of a MeArm-class arm is, its motors and cables included.
LINK_RADIUS_MM: Final = 20.0

_BASE: Final = "base_link"
_UP: Final = {"x": 0, "y": 0, "z": 1}
_LEFT: Final = {"x": 0, "y": 1, "z": 0}  # the axis that shoulder and elbow turn about


@dataclass(frozen=True, slots=True)
class _Link:
    """From one joint to the next along *along*, "x" or "z" of its joint's frame."""

    name: str
    length_mm: float
    along: str

    @property
    def capsule_mm(self) -> float:
        """How long the capsule is over all; its round ends are around the joints."""
        return self.length_mm + 2 * LINK_RADIUS_MM

    def point(self, part: float) -> dict[str, float]:
        """Return the point that is *part* of the way along, for the file."""
        return {"x": 0.0, "y": 0.0, "z": 0.0, self.along: part * self.length_mm}

    @property
    def outward(self) -> dict[str, Any]:
        """Return the orientation whose z is along the link, for the file."""
        value = {"x": 0.0, "y": 0.0, "z": 0.0, "th": 0.0, self.along: 1.0}
        return {"type": "ov_degrees", "value": value}


def _links(geometry: ArmGeometry) -> tuple[_Link, _Link]:
    return (
        _Link("upper_arm_link", geometry.upper_arm_mm, "z"),
        _Link("forearm_link", geometry.forearm_mm, "x"),
    )


def _base_mm(geometry: ArmGeometry) -> tuple[float, float, float]:
    """Return the sides of the base: a box that stands on the ground."""
    width_mm = 2 * LINK_RADIUS_MM
    return width_mm, width_mm, geometry.base_height_mm + LINK_RADIUS_MM


def kinematics_file(name: str, geometry: ArmGeometry) -> bytes:
    """Return the arm as the RDK's kinematics JSON (format SVA); mm and degrees."""
    upper, fore = _links(geometry)
    joints = (
        ("base_yaw", _BASE, _UP),
        ("shoulder", "turret_link", _LEFT),
        ("elbow", upper.name, _LEFT),
    )
    limits = zip(geometry.min_deg, geometry.max_deg, strict=True)
    model = {
        "name": name,
        "kinematic_param_type": "SVA",
        "links": [
            _base_link(geometry),
            {"id": "turret_link", "parent": "base_yaw", "translation": upper.point(0)},
            _link(upper, "shoulder"),
            # The end's own z is along the forearm.
            _link(fore, "elbow") | {"orientation": fore.outward},
        ],
        "joints": [
            {
                "id": joint,
                "type": "revolute",
                "parent": parent,
                "axis": axis,
                "min": least,
                "max": most,
            }
            for (joint, parent, axis), (least, most) in zip(joints, limits, strict=True)
        ],
    }
    return json.dumps(model, indent=1).encode()


def _base_link(geometry: ArmGeometry) -> dict[str, Any]:
    x_mm, y_mm, z_mm = _base_mm(geometry)
    return {
        "id": _BASE,
        "parent": "world",
        "translation": {"x": 0.0, "y": 0.0, "z": geometry.base_height_mm},
        "geometry": {
            "type": "box",
            "x": x_mm,
            "y": y_mm,
            "z": z_mm,
            "translation": {"x": 0.0, "y": 0.0, "z": z_mm / 2},
        },
    }


def _link(link: _Link, parent: str) -> dict[str, Any]:
    return {
        "id": link.name,
        "parent": parent,
        "translation": link.point(1),
        "geometry": {
            "type": "capsule",
            "r": LINK_RADIUS_MM,
            "l": link.capsule_mm,
            "translation": link.point(0.5),
            "orientation": link.outward,
        },
    }


def geometries(geometry: ArmGeometry, joints: Sequence[float]) -> list[Geometry]:
    """Return a shape for each link, where it is with the joints at *joints* degrees."""
    x_mm, y_mm, z_mm = _base_mm(geometry)
    base = Geometry(
        center=Pose(z=z_mm / 2, o_z=1.0),
        box=RectangularPrism(dims_mm=Vector3(x=x_mm, y=y_mm, z=z_mm)),
        label=_BASE,
    )
    yaw_deg, shoulder_deg, elbow_deg = joints
    tilts_deg = (shoulder_deg, shoulder_deg + elbow_deg + 90.0)
    shapes, out_mm, up_mm = [base], 0.0, geometry.base_height_mm
    for link, tilt_deg in zip(_links(geometry), tilts_deg, strict=True):
        tilt = math.radians(tilt_deg)
        half_mm = (
            link.length_mm / 2 * math.sin(tilt),
            link.length_mm / 2 * math.cos(tilt),
        )
        shapes.append(
            Geometry(
                center=_pose(
                    yaw_deg, tilt_deg, out_mm + half_mm[0], up_mm + half_mm[1]
                ),
                capsule=Capsule(radius_mm=LINK_RADIUS_MM, length_mm=link.capsule_mm),
                label=link.name,
            )
        )
        out_mm, up_mm = out_mm + 2 * half_mm[0], up_mm + 2 * half_mm[1]
    return shapes


def _pose(yaw_deg: float, tilt_deg: float, out_mm: float, up_mm: float) -> Pose:
    turned = Orientation.of_turns(yaw_deg, tilt_deg)
    return Pose(
        x=out_mm * math.cos(math.radians(yaw_deg)),
        y=out_mm * math.sin(math.radians(yaw_deg)),
        z=up_mm,
        o_x=turned.o_x,
        o_y=turned.o_y,
        o_z=turned.o_z,
        theta=turned.theta_deg,
    )
