"""The attributes of components: how each is read, and what is allowed, in words."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from arduino_actuators.actuator import ActuatorConfig
from arduino_actuators.errors import ConfigError
from arduino_actuators.link.board import BOOT_WAIT_S
from arduino_actuators.wire import (
    DEFAULT_BAUD,
    MAX_LEASE_MS,
    MIN_LEASE_MS,
    StopCategory,
)

__all__ = [
    "BOARD_ATTRIBUTES",
    "Attribute",
    "BoardConfig",
    "number",
    "positive",
    "read_attributes",
    "several",
    "whole",
]

# PROTOCOL.md section 3: hosts use 300 ms.
LEASE_MS: Final = 300
# A stop is answered within one turnaround (60 ms); a shaft with its drive shorted
# stands within a few 100 ms.
STOP_ACK_WITHIN_MS: Final = 500
# Cleaning up must end before the grace of an operation (5 s) does.
MAX_STOP_ACK_MS: Final = 2000


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: how it is read, or `ValueError`; and what is allowed, in words."""

    read: Callable[[Any], Any]
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConfig:
    """What the attributes of every component on a board say."""

    port: str
    baud: int = DEFAULT_BAUD
    lease_ms: int = LEASE_MS
    stop_category: StopCategory = StopCategory.REMOVE_POWER
    stop_ack_within_ms: int = STOP_ACK_WITHIN_MS
    boot_wait_s: float = BOOT_WAIT_S

    def on_axes(self, axes: str, ramp_s: float = 0.0) -> ActuatorConfig:
        """Return the part that says where the axes are, and how they are stopped."""
        return ActuatorConfig(
            port=self.port,
            axes=axes,
            baud=self.baud,
            lease_ms=self.lease_ms,
            stop_category=self.stop_category,
            stop_ack_within_ms=self.stop_ack_within_ms,
            boot_wait_s=self.boot_wait_s,
            ramp_s=ramp_s,
        )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _number(value: object, low: float, high: float) -> float:
    # A protobuf Struct knows one kind of number; a bool is none.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError  # noqa: TRY004 - one error for every bad value
    if not low <= value <= high:
        raise ValueError
    return float(value)


def number(low: float, high: float, unit: str) -> Attribute:
    """Return an attribute that is a number of *unit* from *low* to *high*."""

    def read(value: object) -> float:
        return _number(value, low, high)

    return Attribute(read, f"a number of {unit} from {low:g} to {high:g}")


def whole(low: int, high: int) -> Attribute:
    """Return an attribute that is a whole number from *low* to *high*."""

    def read(value: object) -> int:
        read = _number(value, low, high)
        if not read.is_integer():
            raise ValueError
        return int(read)

    return Attribute(read, f"a whole number from {low} to {high}")


def positive(high: float, unit: str) -> Attribute:
    """Return an attribute that is a number of *unit* above 0, at most *high*."""

    def read(value: object) -> float:
        return _number(value, math.ulp(0.0), high)

    return Attribute(read, f"a number of {unit} above 0, at most {high:g}")


def several(one: Attribute, count: int, *, or_one: bool = True) -> Attribute:
    """Return an attribute that is a list of *count*, or the same one for each."""

    def read(value: object) -> tuple[Any, ...]:
        if isinstance(value, list | tuple):
            if len(value) != count:
                raise ValueError
            return tuple(one.read(each) for each in value)
        if not or_one:
            raise ValueError
        return (one.read(value),) * count

    either = "one for all joints or " if or_one else ""
    return Attribute(read, f"{either}a list of {count}, each {one.allowed}")


BOARD_ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "port": Attribute(_text, "the path of a serial port, such as '/dev/ttyACM0'"),
    "baud": whole(1200, 4_000_000),
    "lease_ms": whole(MIN_LEASE_MS, MAX_LEASE_MS),
    "stop_category": Attribute(
        lambda value: StopCategory(int(whole(0, 2).read(value))),
        "0 (power removed at once), 1 (ramp, then power removed) "
        "or 2 (ramp, then power kept)",
    ),
    "stop_ack_within_ms": whole(10, MAX_STOP_ACK_MS),
    "boot_wait_s": positive(60, "seconds"),
}


def read_attributes(
    known: Mapping[str, Attribute], attributes: Mapping[str, object]
) -> dict[str, Any]:
    """Return *attributes* as read by those that are *known*.

    Raises:
        ConfigError: with one line for each attribute that is wrong: its name, its
            value and what is allowed.
    """
    read: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in attributes.items():
        attribute = known.get(name)
        if attribute is None:
            wrong.append(f"unknown attribute {name!r}; known are: {', '.join(known)}")
            continue
        try:
            read[name] = attribute.read(value)
        except ValueError:
            wrong.append(
                f"attribute {name!r} is {value!r}; allowed: {attribute.allowed}"
            )
    if "port" not in attributes:
        wrong.append(f"attribute 'port' is missing: {known['port'].allowed}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return read
