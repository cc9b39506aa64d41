"""A call as text: bounded, and safe with values that cannot be printed."""

import inspect
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

# Chosen so that a whole line of log fits a 240-column screen.
VALUE_CHARS: Final = 60
CALL_CHARS: Final = 200

# `extra` and `metadata` carry credentials; the operation would print itself.
HIDDEN: Final = frozenset({"extra", "metadata", "viam_operation"})


class _BoundedRepr(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxlong = self.maxother = VALUE_CHARS

    def repr_instance(self, x: object, level: int) -> str:  # noqa: ARG002 - reprlib's signature
        return _clipped(repr(x), VALUE_CHARS)


_bounded_repr: Final = _BoundedRepr()


def _clipped(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 3] + "..."


def describe_value(value: object) -> str:
    """Return a repr of at most 60 characters; never raises."""
    try:
        return _clipped(_bounded_repr.repr(value), VALUE_CHARS)
    except Exception:  # noqa: BLE001 - a bad __repr__ must not stop a robot call
        return f"<unprintable {type(value).__name__}>"


def describe_call(
    name: str,
    parameters: Sequence[str],
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> str:
    """Return ``name(parameter=value, ...)`` in at most 200 characters.

    Leaves out `self`, arguments that are None, and the names in `HIDDEN`.
    """
    names = [*parameters[: len(args)], *[""] * (len(args) - len(parameters))]
    given = [*zip(names, args, strict=True), *kwargs.items()]
    if given and given[0][0] == "self":
        del given[0]
    shown: list[str] = []
    room = CALL_CHARS - len(name) - 2
    for parameter, value in given:
        if parameter in HIDDEN or value is None:
            continue
        text = describe_value(value)
        shown.append(f"{parameter}={text}" if parameter else text)
        if len(", ".join(shown)) > room:
            break
    return f"{name}({_clipped(', '.join(shown), max(room, 3))})"


def positional_parameters(func: Callable[..., object]) -> tuple[str, ...]:
    """Return the names that positional arguments of *func* bind to, in order."""
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = inspect.signature(func).parameters.values()
    return tuple(p.name for p in parameters if p.kind in positional)
