"""The chip's pins, and what is told of them, whatever shield is plugged on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

__all__ = [
    "CPU_HZ",
    "OPEN",
    "RX_PIN",
    "SHIELD_AXES",
    "Change",
    "Drive",
    "ShieldName",
    "axes_of",
    "known_axis",
]

CPU_HZ: Final = 16_000_000  # the Uno's crystal
RX_PIN: Final = "PD0"

ShieldName: TypeAlias = Literal["motor", "cnc"]
SHIELD_AXES: Final[Mapping[ShieldName, str]] = MappingProxyType(
    {"motor": "ab", "cnc": "abc"}
)


def axes_of(shield: ShieldName) -> str:
    """Return the letters of a shield's axes.

    Raises:
        ValueError: there is no such shield.
    """
    if shield not in SHIELD_AXES:
        known = ", ".join(map(repr, SHIELD_AXES))
        raise ValueError(f"no shield {shield!r}; there are: {known}")
    return SHIELD_AXES[shield]


def known_axis(axis: str, axes: str) -> str:
    """Return *axis* if it is one of *axes*.

    Raises:
        KeyError: naming the axes there are.
    """
    if axis not in tuple(axes):
        raise KeyError(f"no axis {axis!r}; this board has {axes!r}")
    return axis


@dataclass(frozen=True, slots=True)
class Drive:
    """What a bridge or a stepper driver does to a motor.

    Attributes:
        duty_permille: signed share of the supply; 0 is "drive off". A stepper driver
            has 1000 only.
        brake: with duty 0: the motor is shorted (dynamic brake), else open.
    """

    duty_permille: int
    brake: bool


OPEN: Final = Drive(0, brake=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One edge of a pin of the shield, or one change of a PWM.

    Attributes:
        cycle: when, in CPU cycles since power-up.
        axis: whose pin; ``*`` if it is that of all.
        signal: of the motor shield ``direction``, ``brake``, ``enable`` (the PWM pin as
            a plain output), ``pwm`` (connected to the timer or not) or ``duty`` (a new
            value for it); of the cnc shield ``step``, ``direction``, ``enable`` (0 is
            on) or ``limit`` (of its switch: 0 is closed).
        pin: as printed on the Uno.
        level: 0 or 1; of ``duty``, 0 to 255.
        drive: what is done to the motor from now on.
    """

    cycle: int
    axis: str
    signal: str
    pin: str
    level: int
    drive: Drive
