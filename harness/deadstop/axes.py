"""Names of axes, where a rig has one board or several.

An axis of the rig's `[board]` is called by its letter, ``a``; that of a further board
by its board, too: ``motor.a``. All axes of a board together are ``*``, or ``motor.*``.
"""

from collections.abc import Iterable
from typing import Final

from deadstop.trace import Event, Scalar

__all__ = [
    "ALL",
    "all_of",
    "axis_name",
    "board_of",
    "concerns",
    "join_axes",
    "letter_of",
    "on_board",
    "split_axes",
]

ALL: Final = "*"
_DOT: Final = "."  # no board's name has one


def axis_name(board: str, letter: str) -> str:
    """Return the name of an axis; *board* is empty for the rig's `[board]`."""
    return f"{board}{_DOT}{letter}" if board else letter


def board_of(axis: str) -> str:
    """Return the board of *axis*; empty for the rig's `[board]`."""
    return axis.rpartition(_DOT)[0]


def letter_of(axis: str) -> str:
    """Return what *axis* is called on its own board."""
    return axis.rpartition(_DOT)[2]


def all_of(axis: str) -> str:
    """Return the name of all axes of the board of *axis*."""
    return axis_name(board_of(axis), ALL)


def on_board(event: Event, board: Scalar) -> bool:
    """Whether *event* is of *board*, its link or its shafts."""
    return event.data.get("board", "") == board


def concerns(event: Event, axis: str) -> bool:
    """Whether *event* is of *axis*, or of all axes of its board."""
    return event.data.get("axis") in (axis, all_of(axis))


def join_axes(axes: Iterable[str]) -> str:
    """Write the names of some axes as one text: ``abc``, or ``motor.a motor.b``."""
    names = tuple(axes)
    return (" " if any(map(board_of, names)) else "").join(names)


def split_axes(text: str) -> tuple[str, ...]:
    """Read what `join_axes` wrote."""
    return tuple(text.split()) if _DOT in text else tuple(text)
