"""What the harness has to know of an API to call and to ask its components."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Subject", "finite"]


def finite(value: object) -> float | None:
    """Return *value* if it is a number that can be measured with, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _nowhere(_: object, axes: Sequence[str]) -> dict[str, float | None]:
    return dict.fromkeys(axes)


def _as_they_are(_: str, args: Mapping[str, Any]) -> dict[str, Any]:
    return dict(args)


def _as_it_is(result: object) -> object:
    return result


@dataclass(frozen=True, slots=True)
class Subject:
    """How components of one API are called and asked.

    Attributes:
        api: its name, such as ``rdk:component:motor``.
        states: the methods that must say no of a component at rest.
        position: the method that says where it is; empty if there is none.
        positions_rev: what that method returned, as JSON has it, in revolutions for
            each of the component's axes, in their order; None for what it did not say.
        arguments: makes the arguments of a method, as a rig file has them, into what
            the method takes. In the caller's process, where the SDK is loaded.
        result: makes what a method returned into scalars and lists, in that process.
    """

    api: str
    states: tuple[str, ...] = ("is_moving",)
    position: str = ""
    positions_rev: Callable[[object, Sequence[str]], dict[str, float | None]] = _nowhere
    arguments: Callable[[str, Mapping[str, Any]], dict[str, Any]] = _as_they_are
    result: Callable[[object], object] = _as_it_is

    def checks(self, axes: Sequence[str]) -> int:
        """How many answers a component of these axes owes after a motion."""
        return len(self.states) + (len(axes) if self.position else 0)
