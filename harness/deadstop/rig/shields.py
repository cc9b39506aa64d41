"""What is plugged on a board, and which axes that makes."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field, ValidationInfo, model_validator

from deadstop.rig.kinds import Table

__all__ = ["Shielded", "shield_axes"]

# The axes that a shield has, where it has so many and no other.
_SHIELD_AXES: Final[Mapping[str, str]] = {"motor": "ab", "cnc": "abc"}


class Shielded(Table):
    """What is the same for every board; its shield says what its axes are."""

    kind: str
    shield: Literal["motor", "cnc"] = Field(
        default="motor",
        description="What is plugged on: the motor shield drives DC motors with "
        "encoders, the cnc shield steps the joints of an arm.",
    )

    @model_validator(mode="before")
    @classmethod
    def _with_axes_of_the_shield(cls, data: object) -> object:
        shield = data.get("shield") if isinstance(data, dict) else None
        axes = _SHIELD_AXES.get(shield) if isinstance(shield, str) else None
        if not isinstance(data, dict) or axes is None:
            return data
        return {"axes": axes, **data}


def shield_axes(value: str, info: ValidationInfo) -> str:
    """Return *value* if those are the axes of the table's shield."""
    axes = _SHIELD_AXES[info.data.get("shield", "motor")]
    if value != axes:
        raise ValueError(repr(axes))
    return value
