"""A motor: one axis, which tells its position in revolutions."""

from collections.abc import Sequence
from typing import Final

from deadstop.subjects.base import Subject, finite

__all__ = ["SUBJECT"]


def _positions_rev(result: object, axes: Sequence[str]) -> dict[str, float | None]:
    return dict.fromkeys(axes, finite(result))


SUBJECT: Final = Subject(
    api="rdk:component:motor",
    states=("is_moving", "is_powered"),
    position="get_position",
    positions_rev=_positions_rev,
)
