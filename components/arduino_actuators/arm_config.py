"""The attributes of an arm: read, checked, explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from arduino_actuators.actuator import ActuatorConfig
from arduino_actuators.attributes import (
    BOARD_ATTRIBUTES,
    Attribute,
    BoardConfig,
    number,
    positive,
    read_attributes,
    several,
    whole,
)
from arduino_actuators.errors import ConfigError
from arduino_actuators.kinematics import JOINTS, ArmGeometry, Joints

__all__ = ["AXES", "MAX_RAMP_S", "ArmConfig", "Counts"]

# Positions, ways or speeds of base, shoulder and elbow, in the board's counts.
Counts = tuple[int, int, int]

AXES: Final = "abc"  # of base, shoulder and elbow
# 200 full steps x 16 microsteps x a gear of 4.
COUNTS_PER_REV: Final = 12_800
# A MeArm-class arm: what one does that somebody may stand next to.
MAX_SPEED_DEG_S: Final = 60.0
MAX_ACCEL_DEG_S2: Final = 240.0
# A stop that takes longer than this is none: speeds are kept so low that a ramp ends
# in time, and so that its confirmation stays within the grace of an operation (5 s).
MAX_RAMP_S: Final = 2.0

_ANGLE: Final = number(-360, 360, "degrees")
_LENGTH: Final = positive(10_000, "mm")

_ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "port": BOARD_ATTRIBUTES["port"],
    "baud": BOARD_ATTRIBUTES["baud"],
    "counts_per_rev": several(whole(1, 10_000_000), len(JOINTS)),
    "base_height_mm": number(0, 10_000, "mm"),
    "upper_arm_mm": _LENGTH,
    "forearm_mm": _LENGTH,
    "min_deg": several(_ANGLE, len(JOINTS), or_one=False),
    "max_deg": several(_ANGLE, len(JOINTS), or_one=False),
    "max_speed_deg_s": several(positive(1e5, "degrees/s"), len(JOINTS)),
    "max_accel_deg_s2": several(positive(1e6, "degrees/s2"), len(JOINTS)),
    **BOARD_ATTRIBUTES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmConfig(BoardConfig):
    """What an arm's attributes say; lists run base, shoulder, elbow."""

    counts_per_rev: Counts = (COUNTS_PER_REV,) * 3
    base_height_mm: float = 60.0
    upper_arm_mm: float = 80.0
    forearm_mm: float = 80.0
    min_deg: Joints = (-90.0, -45.0, -90.0)
    max_deg: Joints = (90.0, 90.0, 90.0)
    max_speed_deg_s: Joints = (MAX_SPEED_DEG_S,) * 3
    max_accel_deg_s2: Joints = (MAX_ACCEL_DEG_S2,) * 3

    @property
    def actuator_config(self) -> ActuatorConfig:
        """The part that says where the axes are, and how they are fed and stopped."""
        return self.on_axes(AXES, MAX_RAMP_S)

    @property
    def geometry(self) -> ArmGeometry:
        """The lengths of the arm and the limits of its joints."""
        return ArmGeometry(
            self.base_height_mm,
            self.upper_arm_mm,
            self.forearm_mm,
            self.min_deg,
            self.max_deg,
        )

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, object]) -> "ArmConfig":
        """Read the attributes of a component.

        Raises:
            ConfigError: with one line for each attribute that is wrong: its name,
                its value and what is allowed.
        """
        config = cls(**read_attributes(_ATTRIBUTES, attributes))
        wrong = [
            f"attribute 'min_deg' of the {joint} is {least:g}; allowed: below its "
            f"'max_deg' of {most:g}"
            for joint, least, most in zip(
                JOINTS, config.min_deg, config.max_deg, strict=True
            )
            if least >= most
        ]
        if wrong:
            raise ConfigError("\n".join(wrong))
        return config

    def counts(self, joints: Sequence[float]) -> Counts:
        """Return the counts nearest to *joints*, in degrees."""
        a, b, c = (
            round(angle * per_rev / 360)
            for angle, per_rev in zip(joints, self.counts_per_rev, strict=True)
        )
        return a, b, c

    def degrees(self, counts: Sequence[int]) -> Joints:
        """Return counts, or counts a second, as degrees."""
        a, b, c = (
            count * 360 / per_rev
            for count, per_rev in zip(counts, self.counts_per_rev, strict=True)
        )
        return a, b, c
