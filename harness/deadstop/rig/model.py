"""The model of a rig file: names, types, ranges, and what refers to what."""

import keyword
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    model_validator,
)

from arduino_actuators.wire import AXES, DEFAULT_BAUD
from deadstop.rig.references import check_references

__all__ = [
    "BOARDS",
    "AvrBoardConfig",
    "BoardConfig",
    "CallConfig",
    "ComponentConfig",
    "Limits",
    "LoopbackBoardConfig",
    "MotionConfig",
    "Rig",
    "board_kind",
    "known_keys",
]


# Kinds of text. Each message says what is allowed; the reader adds the value.


def _text(pattern: str, allowed: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        words = re.split(r"[.:]", value)
        if not compiled.fullmatch(value) or any(map(keyword.iskeyword, words)):
            raise ValueError(allowed)
        return value

    return check


# Names become file names, case ids and resource names.
Name = Annotated[
    str,
    AfterValidator(
        _text(
            r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}",
            "1 to 60 letters a-z, digits, - and _, a letter or digit first",
        )
    ),
]
Identifier = Annotated[
    str,
    AfterValidator(
        _text(r"[A-Za-z][A-Za-z0-9_]*", "a Python name without a leading underscore")
    ),
]
ClassPath = Annotated[
    str,
    AfterValidator(
        _text(
            r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*",
            "MODULE:CLASS, such as 'arduino_actuators.motor:ArduinoMotor'",
        )
    ),
]


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | bool) or (
        isinstance(value, int | float) and _finite(value)
    )


def _argument(value: object) -> object:
    if not _is_scalar(value):
        raise ValueError("a finite number, text in quotes, true or false")
    return value


def _attribute(value: object) -> object:
    def is_json(part: object) -> bool:
        match part:
            case dict():
                return all(map(is_json, part.values()))
            case list():
                return all(map(is_json, part))
            case _:
                return _is_scalar(part)

    if not is_json(value):
        raise ValueError(
            "what JSON can say: finite numbers, text, true, false, arrays and tables"
        )
    return value


Argument = Annotated[float | int | str | bool, BeforeValidator(_argument)]
Attribute = Annotated[Any, AfterValidator(_attribute)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Table(BaseModel):
    """A table of a rig file: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def known_keys(table: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys that a table may have, as the file spells them."""
    return tuple(field.alias or name for name, field in table.model_fields.items())


def _board_axes(value: str) -> str:
    if not value or not AXES.startswith(value):
        raise ValueError(f"the first one to eight letters of {AXES!r}, without a gap")
    return value


class LoopbackBoardConfig(_Table):
    """The pure-Python twin of the board, with simulated shafts."""

    kind: Literal["loopback"] = Field(default="loopback", description="What answers.")
    baud: int = Field(
        default=DEFAULT_BAUD,
        ge=9600,
        le=1_000_000,
        description="Speed of the serial link; bytes take their time on it.",
    )
    axes: Annotated[str, AfterValidator(_board_axes)] = Field(
        default="ab", description="The letters of its axes, from a on."
    )

    @property
    def proves(self) -> str:
        """What a verdict on this board is about: the bytes left the component."""
        return "wire"

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return True


def _beside_the_rig(value: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder")
    return str(Path(folder, value)) if value and folder is not None else value


class AvrBoardConfig(_Table):
    """The real firmware on a simulated ATmega328P, with simulated shafts."""

    kind: Literal["avr"] = Field(default="avr", description="What answers.")
    baud: Literal[115_200] = Field(
        default=115_200,
        description="Speed of the serial link: what the firmware sets its chip to.",
    )
    axes: Literal["ab"] = Field(
        default="ab", description="The letters of its axes: the motor shield has two."
    )
    firmware: Annotated[str, AfterValidator(_beside_the_rig)] = Field(
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


BoardConfig: TypeAlias = LoopbackBoardConfig | AvrBoardConfig
BOARDS: Final[Mapping[str, type[BoardConfig]]] = {
    "loopback": LoopbackBoardConfig,
    "avr": AvrBoardConfig,
}


def board_kind(board: object) -> str | None:
    """Return the kind that a `[board]` table names; None if it is no table."""
    if isinstance(board, dict):
        return str(board.get("kind", "loopback"))
    return getattr(board, "kind", None)


def _with_port(value: Any, port: str) -> Any:  # noqa: ANN401 - what JSON can say
    match value:
        case str():
            return value.replace("{port}", port)
        case list():
            return [_with_port(part, port) for part in value]
        case dict():
            return {key: _with_port(part, port) for key, part in value.items()}
        case _:
            return value


class ComponentConfig(_Table):
    """One component under test."""

    class_path: ClassPath = Field(
        alias="class",
        description="The class to test, MODULE:CLASS. It is imported and run.",
    )
    axis: str = Field(description="The board's axis that it moves.")
    attributes: dict[str, Attribute] = Field(
        default_factory=dict,
        description="Its Viam attributes; {port} in a text becomes the port's path.",
    )

    def attributes_for(self, port: str) -> dict[str, Any]:
        """Return the attributes with ``{port}`` replaced by *port*, at any depth."""
        return {key: _with_port(part, port) for key, part in self.attributes.items()}


class CallConfig(_Table):
    """One call of a component's method."""

    component: str = Field(description="Which of the rig's components.")
    method: Identifier = Field(description="The method, such as go_for.")
    args: dict[Identifier, Argument] = Field(
        default_factory=dict, description="Its keyword arguments, in its own units."
    )


class MotionConfig(_Table):
    """Something that makes a shaft turn, and ends by itself."""

    # TOML has arrays only: here, and nowhere else, one is taken for a tuple.
    calls: tuple[CallConfig, ...] = Field(
        min_length=1,
        strict=False,
        description="Calls made at the same time, one for each component that moves.",
    )
    struck: str = Field(
        default="",
        description="The component whose call the trigger ends; by default the first.",
    )
    next: tuple[CallConfig, ...] = Field(
        default=(),
        strict=False,
        description="The short motion that proves that the next one works; "
        "by default the motion's own calls.",
    )
    description: str = Field(default="", description="For reports.")

    def next_of(self, call: CallConfig) -> CallConfig:
        """Return what proves that *call*'s component still works afterwards."""
        return next((one for one in self.next if one.component == call.component), call)


class Limits(_Table):
    """What the invariants allow on this rig."""

    stop_commanded_ms: Positive = Field(
        default=50.0,
        description="From the trigger to the first byte of the stop command. A right "
        "component needs a few ms, even on a busy machine; one that polls at 10 Hz "
        "needs more than this.",
    )
    standstill_ms: Positive = Field(
        default=500.0,
        description="From the trigger to a shaft that stands. A small gear motor "
        "with its drive shorted stands within a few 100 ms.",
    )
    stop_distance_rev: Positive = Field(
        default=0.6,
        description="How far the shaft may turn from the trigger on. At 150 rpm: "
        "0.13 rev until the stop command is due, and 0.16 rev to coast out with a "
        "time constant of 64 ms; twice their sum.",
    )
    drive_off_us: Positive = Field(
        default=10.0,
        description="From the end of a stop byte to a board's drive off at its pins. "
        "PROTOCOL.md asks for it; a firmware that looks at the byte in its main loop "
        "needs some 30 us at best.",
    )
    cleanup_ms: Positive = Field(
        default=1000.0,
        description="Until tasks, threads, timers and the port are let go. A stop "
        "may take 500 ms to be acknowledged; twice that.",
    )
    quiet_ms: Positive = Field(
        default=100.0,
        description="How long nothing may move or be sent after the stop. A lease "
        "of 300 ms that is still fed shows: it is fed three times as often.",
    )
    loop_block_ms: Positive = Field(
        default=100.0,
        description="How long the event loop may be blocked. Longer, and a lease of "
        "300 ms misses a feed.",
    )
    motion_ms: Positive = Field(
        default=10_000.0,
        description="How long a motion may take when nothing disturbs it. Far more "
        "than the built-in motions need: it only ends a wait.",
    )
    position_tolerance_rev: Positive = Field(
        default=0.01,
        description="How far a reported position may be off, and what counts as "
        "movement. 32 of 3200 counts: above what a servo leaves, below any motion.",
    )
    call_ms: Positive = Field(
        default=3000.0,
        description="How long a short call may take, such as get_position or the "
        "next motion. Far more than they need: it only ends a wait.",
    )


class Rig(_Table):
    """A whole rig: board, components, motions, limits."""

    name: Name = Field(description="In reports, and in the name of a run's folder.")
    description: str = Field(default="", description="For reports.")
    board: Annotated[
        Annotated[LoopbackBoardConfig, Tag("loopback")]
        | Annotated[AvrBoardConfig, Tag("avr")],
        Discriminator(board_kind),
    ] = Field(description="What answers on the link.")
    components: dict[Name, ComponentConfig] = Field(
        min_length=1, max_length=len(AXES), description="What is tested, by name."
    )
    motions: dict[Name, MotionConfig] = Field(
        min_length=1,
        description="What is made to move. The first one is tried at every moment.",
    )
    limits: Limits = Field(default_factory=Limits, description="What is allowed.")

    @model_validator(mode="after")
    def _refer_to_what_is_there(self) -> Self:
        check_references(self)
        return self
