"""The arguments of each verb: one table for those who build and who parse."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from arduino_actuators.wire.table import (
    MAX_LEASE_MS,
    MAX_MOTION,
    MIN_LEASE_MS,
    StopCategory,
    Verb,
)

__all__ = ["INT32", "SIGNATURES", "Argument", "parse_integer", "within"]

INT32: Final = range(-(2**31), 2**31)
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,9}", re.ASCII)


def within(value: int, form: range) -> bool:
    """Say whether *value* is one of *form*.

    Not `value in form`: with an `IntEnum`, such as a stop category, that counts
    through the whole range (a minute for 32 bits).
    """
    return form.start <= value < form.stop


def parse_integer(text: str, form: range = INT32) -> int:
    """Read a decimal integer as section 2 writes it.

    Raises:
        ValueError: on a sign or zeros that do not belong, or outside of *form*.
    """
    if _INTEGER.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a decimal integer")
    value = int(text)
    if not within(value, form):
        raise ValueError(f"{value} is not within {form.start} to {form.stop - 1}")
    return value


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a verb.

    Attributes:
        name: as in PROTOCOL.md, unit included.
        form: the integers of its kind, anything else is `bad-argument`; None for
            an axis letter.
        allowed: what any board may accept, anything else is `limit`.
        nonzero: 0 is of its kind, but not allowed.
    """

    name: str
    form: range | None = INT32
    allowed: range = INT32
    nonzero: bool = False

    def allows(self, value: int) -> bool:
        """Say whether some board may accept *value*."""
        return within(value, self.allowed) and not (self.nonzero and value == 0)


_AXIS: Final = Argument("axis", form=None)
_MOTION: Final = Argument("motion", range(1, MAX_MOTION + 1))
_ANY_MOTION: Final = Argument("motion", range(MAX_MOTION + 1))
_LEASE: Final = Argument("lease_ms", allowed=range(MIN_LEASE_MS, MAX_LEASE_MS + 1))
_SPEED: Final = Argument("speed_cps", allowed=range(1, INT32.stop))
_SIGNED_SPEED: Final = Argument("speed_cps", nonzero=True)
_DUTY: Final = Argument("duty_permille", allowed=range(-1000, 1001), nonzero=True)
_ACCEL: Final = Argument("accel_cps2", allowed=range(1, INT32.stop))
_TARGETS: Final = tuple(Argument(f"target_{axis}") for axis in "abc")
_CATEGORY: Final = Argument("category", range(len(StopCategory)))

SIGNATURES: Final[Mapping[Verb, tuple[Argument, ...]]] = MappingProxyType(
    {
        Verb.HELLO: (Argument("version"),),
        Verb.LIMITS: (_AXIS,),
        Verb.STATE: (_AXIS,),
        Verb.STATS: (),
        Verb.MOVE: (_AXIS, _MOTION, _LEASE, Argument("delta_counts"), _SPEED),
        Verb.GOTO: (_AXIS, _MOTION, _LEASE, Argument("target_counts"), _SPEED),
        Verb.SPIN: (_AXIS, _MOTION, _LEASE, _SIGNED_SPEED),
        Verb.POWER: (_AXIS, _MOTION, _LEASE, _DUTY),
        Verb.LINE: (_MOTION, _LEASE, *_TARGETS, _SPEED, _ACCEL),
        Verb.VIA: (_MOTION, *_TARGETS, _SPEED),
        Verb.HOME: (_AXIS, _MOTION, _LEASE, _SPEED),
        Verb.KEEP: (_AXIS, _MOTION),
        Verb.STOP: (_AXIS, _ANY_MOTION, _CATEGORY),
        Verb.HALT: (_CATEGORY,),
        Verb.ZERO: (_AXIS, Argument("position_counts")),
        Verb.CLEAR: (_AXIS,),
        Verb.RANGE: (_AXIS,),
    }
)
