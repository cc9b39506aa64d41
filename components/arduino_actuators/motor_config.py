"""The attributes of a motor: read, checked, explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from arduino_actuators.actuator import ActuatorConfig
from arduino_actuators.attributes import (
    BOARD_ATTRIBUTES,
    Attribute,
    BoardConfig,
    positive,
    read_attributes,
    whole,
)
from arduino_actuators.wire import AXES

__all__ = ["MotorConfig"]

# 400 full steps of 0.9 deg, 8 microsteps each; also a 64-line encoder, quadrature
# decoded, behind a gear of 12.5.
COUNTS_PER_REV: Final = 3200


def _axis(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1 or value not in AXES:
        raise ValueError
    return value


_ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "port": BOARD_ATTRIBUTES["port"],
    "axis": Attribute(_axis, f"one letter of {AXES!r}"),
    "baud": BOARD_ATTRIBUTES["baud"],
    "counts_per_rev": whole(1, 10_000_000),
    "max_rpm": positive(1e6, "revolutions a minute"),
    **BOARD_ATTRIBUTES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MotorConfig(BoardConfig):
    """What a motor's attributes say."""

    axis: str = "a"
    counts_per_rev: int = COUNTS_PER_REV
    max_rpm: float | None = None

    @property
    def actuator_config(self) -> ActuatorConfig:
        """The part that says where the axis is, and how it is fed and stopped."""
        return self.on_axes(self.axis)

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, object]) -> "MotorConfig":
        """Read the attributes of a component.

        Raises:
            ConfigError: with one line for each attribute that is wrong: its name,
                its value and what is allowed.
        """
        return cls(**read_attributes(_ATTRIBUTES, attributes))

    def counts(self, revolutions: float) -> int:
        """Return the nearest number of counts."""
        return round(revolutions * self.counts_per_rev)

    def revolutions(self, counts: int) -> float:
        """Return counts as revolutions."""
        return counts / self.counts_per_rev

    def speed_cps(self, rpm: float) -> int:
        """Return the nearest number of counts a second."""
        return round(rpm * self.counts_per_rev / 60)

    def rpm(self, speed_cps: float) -> float:
        """Return counts a second as revolutions a minute."""
        return speed_cps * 60 / self.counts_per_rev
