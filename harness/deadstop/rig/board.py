"""The `[board]` table: what answers on the link, and what is plugged on it."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from arduino_actuators.wire import AXES, DEFAULT_BAUD
from deadstop.rig.kinds import Table, beside_the_rig

__all__ = [
    "BOARDS",
    "AvrBoardConfig",
    "BoardConfig",
    "LoopbackBoardConfig",
    "ProgramBoardConfig",
    "board_kind",
]

# The axes that a shield has, where it has so many and no other.
_SHIELD_AXES: Final[Mapping[str, str]] = {"motor": "ab", "cnc": "abc"}


class _Shielded(Table):
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


def _shield_axes(value: str, info: ValidationInfo) -> str:
    axes = _SHIELD_AXES[info.data.get("shield", "motor")]
    if value != axes:
        raise ValueError(repr(axes))
    return value


def _twin_axes(value: str, info: ValidationInfo) -> str:
    if info.data.get("shield") == "cnc":
        return _shield_axes(value, info)
    return _first_letters(value)


def _first_letters(value: str) -> str:
    if not value or not AXES.startswith(value):
        raise ValueError(f"the first one to eight letters of {AXES!r}, without a gap")
    return value


def _words(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value[0] or "\0" in "".join(value):
        raise ValueError("a program and its arguments, each in quotes")
    return value


class LoopbackBoardConfig(_Shielded):
    """The pure-Python twin of the board, with simulated shafts."""

    kind: Literal["loopback"] = Field(default="loopback", description="What answers.")
    baud: int = Field(
        default=DEFAULT_BAUD,
        ge=9600,
        le=1_000_000,
        description="Speed of the serial link; bytes take their time on it.",
    )
    axes: Annotated[str, AfterValidator(_twin_axes)] = Field(
        default="ab",
        description="The letters of its axes, from a on; the cnc shield has abc.",
    )

    @property
    def proves(self) -> str:
        """What a verdict on this board is about: the bytes left the component."""
        return "wire"

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return True

    @property
    def watched(self) -> bool:
        """Whether a witness sees what its shafts do."""
        return True


class AvrBoardConfig(_Shielded):
    """The real firmware on a simulated ATmega328P, with simulated shafts."""

    kind: Literal["avr"] = Field(default="avr", description="What answers.")
    baud: Literal[115_200] = Field(
        default=115_200,
        description="Speed of the serial link: what the firmware sets its chip to.",
    )
    axes: Annotated[str, AfterValidator(_shield_axes)] = Field(
        default="ab",
        description="The letters of its axes: the motor shield has ab, the cnc shield "
        "abc.",
    )
    firmware: Annotated[str, AfterValidator(beside_the_rig)] = Field(
        default="",
        description="An ELF file for the ATmega328P, relative to the rig file; by "
        "default Deadstop's own firmware, built when it is needed.",
    )

    @property
    def proves(self) -> str:
        """What a verdict on this board is about: the pins went dead."""
        return "pins"

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return True

    @property
    def watched(self) -> bool:
        """Whether a witness sees what its shafts do."""
        return True


class ProgramBoardConfig(Table):
    """A program that the rig starts: a simulation of somebody's own board."""

    kind: Literal["program"] = Field(description="What answers.")
    command: Annotated[tuple[str, ...], AfterValidator(_words)] = Field(
        min_length=1,
        strict=False,
        description="The program and its arguments, started anew for each case in the "
        "current directory. {python} becomes the Python that runs Deadstop, {port} the "
        "path of the serial port that it is to open; without {port} it talks on its "
        "standard input and output.",
    )
    axes: Annotated[str, AfterValidator(_first_letters)] = Field(
        default="a",
        description="The letters of its axes, from a on.",
    )

    @property
    def baud(self) -> int:
        """Speed of the link, which a pseudo-terminal does not look at."""
        return DEFAULT_BAUD

    @property
    def proves(self) -> str:
        """What a verdict on this board is about: the bytes left the component."""
        return "wire"

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return True

    @property
    def watched(self) -> bool:
        """Whether a witness sees what its shafts do."""
        return False


BoardConfig: TypeAlias = LoopbackBoardConfig | AvrBoardConfig | ProgramBoardConfig
BOARDS: Final[Mapping[str, type[BoardConfig]]] = {
    "loopback": LoopbackBoardConfig,
    "avr": AvrBoardConfig,
    "program": ProgramBoardConfig,
}


def board_kind(board: object) -> str | None:
    """Return the kind that a `[board]` table names; None if it is no table."""
    if isinstance(board, dict):
        return str(board.get("kind", "loopback"))
    return getattr(board, "kind", None)
