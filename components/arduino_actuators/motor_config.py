"""The attributes of a motor: read, checked, explained."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from arduino_actuators.axis import AxisConfig
from arduino_actuators.errors import ConfigError
from arduino_actuators.link.board import BOOT_WAIT_S
from arduino_actuators.wire import (
    AXES,
    DEFAULT_BAUD,
    MAX_LEASE_MS,
    MIN_LEASE_MS,
    StopCategory,
)

__all__ = ["MotorConfig"]

# PROTOCOL.md section 3: hosts use 300 ms.
LEASE_MS: Final = 300
# 400 full steps of 0.9 deg, 8 microsteps each; also a 64-line encoder, quadrature
# decoded, behind a gear of 12.5.
COUNTS_PER_REV: Final = 3200
# A stop is answered within one turnaround (60 ms); a shaft with its drive shorted
# stands within a few 100 ms.
STOP_ACK_WITHIN_MS: Final = 500
# Cleaning up must end before the grace of an operation (5 s) does.
MAX_STOP_ACK_MS: Final = 2000


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One attribute: how it is read, and what is allowed, in words."""

    read: Callable[[Any], Any]
    allowed: str


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _axis(value: object) -> str:
    if not isinstance(value, str) or len(value) != 1 or value not in AXES:
        raise ValueError
    return value


def _number(value: object, low: float, high: float) -> float:
    # A protobuf Struct knows one kind of number; a bool is none.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError  # noqa: TRY004 - one error for every bad value
    if not low <= value <= high:
        raise ValueError
    return float(value)


def _whole(low: int, high: int) -> _Attribute:
    def read(value: object) -> int:
        number = _number(value, low, high)
        if not number.is_integer():
            raise ValueError
        return int(number)

    return _Attribute(read, f"a whole number from {low} to {high}")


def _positive(high: float, unit: str) -> _Attribute:
    def read(value: object) -> float:
        return _number(value, math.ulp(0.0), high)

    return _Attribute(read, f"a number of {unit} above 0, at most {high:g}")


_ATTRIBUTES: Final[Mapping[str, _Attribute]] = {
    "port": _Attribute(_text, "the path of a serial port, such as '/dev/ttyACM0'"),
    "axis": _Attribute(_axis, f"one letter of {AXES!r}"),
    "baud": _whole(1200, 4_000_000),
    "counts_per_rev": _whole(1, 10_000_000),
    "max_rpm": _positive(1e6, "revolutions a minute"),
    "lease_ms": _whole(MIN_LEASE_MS, MAX_LEASE_MS),
    "stop_category": _Attribute(
        lambda value: StopCategory(int(_whole(0, 2).read(value))),
        "0 (power removed at once), 1 (ramp, then power removed) "
        "or 2 (ramp, then power kept)",
    ),
    "stop_ack_within_ms": _whole(10, MAX_STOP_ACK_MS),
    "boot_wait_s": _positive(60, "seconds"),
}


@dataclass(frozen=True, slots=True)
class MotorConfig:
    """What a motor's attributes say."""

    port: str
    axis: str = "a"
    baud: int = DEFAULT_BAUD
    counts_per_rev: int = COUNTS_PER_REV
    max_rpm: float | None = None
    lease_ms: int = LEASE_MS
    stop_category: StopCategory = StopCategory.REMOVE_POWER
    stop_ack_within_ms: int = STOP_ACK_WITHIN_MS
    boot_wait_s: float = BOOT_WAIT_S

    @property
    def axis_config(self) -> AxisConfig:
        """The part that says where the axis is, and how it is fed and stopped."""
        names = (field.name for field in fields(AxisConfig))
        return AxisConfig(**{name: getattr(self, name) for name in names})

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, object]) -> "MotorConfig":
        """Read the attributes of a component.

        Raises:
            ConfigError: with one line for each attribute that is wrong: its name,
                its value and what is allowed.
        """
        read: dict[str, Any] = {}
        wrong: list[str] = []
        for name, value in attributes.items():
            attribute = _ATTRIBUTES.get(name)
            if attribute is None:
                known = ", ".join(field.name for field in fields(cls))
                wrong.append(f"unknown attribute {name!r}; known are: {known}")
                continue
            try:
                read[name] = attribute.read(value)
            except ValueError:
                wrong.append(
                    f"attribute {name!r} is {value!r}; allowed: {attribute.allowed}"
                )
        if "port" not in attributes:
            wrong.append(f"attribute 'port' is missing: {_ATTRIBUTES['port'].allowed}")
        if wrong:
            raise ConfigError("\n".join(wrong))
        return cls(**read)

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
