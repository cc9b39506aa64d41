"""The `[board]` table: what answers on the link, and what is plugged on it."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo

from arduino_actuators.wire import AXES, DEFAULT_BAUD
from deadstop.rig.kinds import Table, beside_the_rig
from deadstop.rig.serial_board import SerialBoardConfig
from deadstop.rig.shields import Shielded, shield_axes

__all__ = [
    "BOARDS",
    "AvrBoardConfig",
    "BoardConfig",
    "LoopbackBoardConfig",
    "ProgramBoardConfig",
    "SerialBoardConfig",
    "board_kind",
]


def _twin_axes(value: str, info: ValidationInfo) -> str:
    if info.data.get("shield") == "cnc":
        return shield_axes(value, info)
    return _first_letters(value)


def _first_letters(value: str) -> str:
    if not value or not AXES.startswith(value):
        raise ValueError(f"the first one to eight letters of {AXES!r}, without a gap")
    return value


def _words(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value[0] or "\0" in "".join(value):
        raise ValueError("a program and its arguments, each in quotes")
    return value


class LoopbackBoardConfig(Shielded):
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

    @property
    def resettable(self) -> bool:
        """Whether the harness can reset it in the midst of a motion."""
        return True


class AvrBoardConfig(Shielded):
    """The real firmware on a simulated ATmega328P, with simulated shafts."""

    kind: Literal["avr"] = Field(default="avr", description="What answers.")
    baud: Literal[115_200] = Field(
        default=115_200,
        description="Speed of the serial link: what the firmware sets its chip to.",
    )
    axes: Annotated[str, AfterValidator(shield_axes)] = Field(
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

    @property
    def resettable(self) -> bool:
        """Whether the harness can reset it in the midst of a motion."""
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

    @property
    def resettable(self) -> bool:
        """Whether the harness can reset it in the midst of a motion."""
        return False


BoardConfig: TypeAlias = (
    LoopbackBoardConfig | AvrBoardConfig | ProgramBoardConfig | SerialBoardConfig
)
BOARDS: Final[Mapping[str, type[BoardConfig]]] = {
    "loopback": LoopbackBoardConfig,
    "avr": AvrBoardConfig,
    "program": ProgramBoardConfig,
    "serial": SerialBoardConfig,
}


def board_kind(board: object) -> str | None:
    """Return the kind that a `[board]` table names; None if it is no table."""
    if isinstance(board, dict):
        return str(board.get("kind", "loopback"))
    return getattr(board, "kind", None)
