"""The model of a rig file: names, types, ranges, and what refers to what."""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from arduino_actuators.wire import AXES
from deadstop.axes import axis_name
from deadstop.rig.board import (
    BOARDS,
    AvrBoardConfig,
    BoardConfig,
    LoopbackBoardConfig,
    ProgramBoardConfig,
    SerialBoardConfig,
    board_kind,
)
from deadstop.rig.kinds import (
    ClassPath,
    Identifier,
    Json,
    ModelName,
    Name,
    Positive,
    Table,
    known_keys,
)
from deadstop.rig.link import (
    DeadstopLinkConfig,
    LinesLinkConfig,
    LinkConfig,
    PacketsLinkConfig,
    link_decoder,
)
from deadstop.rig.module import ModuleConfig
from deadstop.rig.references import check_references

__all__ = [
    "BOARDS",
    "AvrBoardConfig",
    "BoardConfig",
    "CallConfig",
    "ComponentConfig",
    "Limits",
    "LoopbackBoardConfig",
    "ModuleConfig",
    "MotionConfig",
    "ProgramBoardConfig",
    "Rig",
    "SerialBoardConfig",
    "board_kind",
    "known_keys",
]


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


class ComponentConfig(Table):
    """One component under test."""

    class_path: ClassPath | None = Field(
        default=None,
        alias="class",
        description="The class to test, MODULE:CLASS. It is imported and run.",
    )
    model: ModelName | None = Field(
        default=None,
        description="In place of a class: the model, as the executable of [module] "
        "calls it.",
    )
    axis: str = Field(
        description="The board's axis that it moves; several letters for several."
    )
    board: str = Field(
        default="",
        description="Which of the further boards it is on; by default the rig's "
        "[board].",
    )
    attributes: dict[str, Json] = Field(
        default_factory=dict,
        description="Its Viam attributes; {port} in a text becomes the path of its "
        "board's port.",
    )

    @property
    def made_of(self) -> str:
        """Its class, or its model."""
        return self.class_path or self.model or ""

    def attributes_for(self, port: str) -> dict[str, Any]:
        """Return the attributes with ``{port}`` replaced by *port*, at any depth."""
        return {key: _with_port(part, port) for key, part in self.attributes.items()}


class CallConfig(Table):
    """One call of a component's method."""

    component: str = Field(description="Which of the rig's components.")
    method: Identifier = Field(description="The method, such as go_for.")
    args: dict[Identifier, Json] = Field(
        default_factory=dict,
        description="Its keyword arguments, in its own units; lists and tables are "
        "made into what the method takes.",
    )

    @property
    def is_streamed(self) -> bool:
        """Whether it is fed with batches; the SDK's names of such methods say so."""
        return self.method.endswith("_streamed")


class MotionConfig(Table):
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
        description="The short motion that proves that the next one works; by default "
        "the motion's own calls. Of two of one component the first is what a newer "
        "motion takes over with, for those that go to a place: the other goes on.",
    )
    description: str = Field(default="", description="For reports.")

    @property
    def struck_call(self) -> CallConfig:
        """The call that the trigger ends."""
        named = (one for one in self.calls if one.component == self.struck)
        return next(named, self.calls[0])

    def newer_of(self, call: CallConfig) -> CallConfig:
        """Return what *call*'s component is taken over with by a newer motion."""
        return next((one for one in self.next if one.component == call.component), call)

    def next_of(self, call: CallConfig) -> CallConfig:
        """Return what proves that *call*'s component still works afterwards."""
        ours = [one for one in self.next if one.component == call.component]
        return ours[-1] if ours else call


class Limits(Table):
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
    last_edge_us: Positive = Field(
        default=20.0,
        description="From the end of a stop byte to the last step edge at the pins, "
        "where an axis is stepped. PROTOCOL.md asks for it.",
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


_AnyBoard = Annotated[
    Annotated[LoopbackBoardConfig, Tag("loopback")]
    | Annotated[AvrBoardConfig, Tag("avr")]
    | Annotated[ProgramBoardConfig, Tag("program")]
    | Annotated[SerialBoardConfig, Tag("serial")],
    Discriminator(board_kind),
]
_AnyLink = Annotated[
    Annotated[DeadstopLinkConfig, Tag("deadstop")]
    | Annotated[LinesLinkConfig, Tag("lines")]
    | Annotated[PacketsLinkConfig, Tag("packets")],
    Discriminator(link_decoder),
]


class Rig(Table):
    """A whole rig: board, components, motions, limits."""

    name: Name = Field(description="In reports, and in the name of a run's folder.")
    description: str = Field(default="", description="For reports.")
    board: _AnyBoard = Field(description="What answers on the link.")
    boards: dict[Name, _AnyBoard] = Field(
        default_factory=dict,
        description="Further boards, by name; each has a link of its own.",
    )
    link: _AnyLink = Field(
        default_factory=DeadstopLinkConfig,
        description="What the bytes mean between [board] and its components.",
    )
    links: dict[Name, _AnyLink] = Field(
        default_factory=dict,
        description="The same for further boards, by the board's name.",
    )
    module: ModuleConfig | None = Field(
        default=None,
        description="The module process that serves the components; without it they "
        "are served by Deadstop.",
    )
    components: dict[Name, ComponentConfig] = Field(
        min_length=1, max_length=len(AXES), description="What is tested, by name."
    )
    motions: dict[Name, MotionConfig] = Field(
        min_length=1,
        description="What is made to move. The first one is tried at every moment.",
    )
    limits: Limits = Field(default_factory=Limits, description="What is allowed.")

    @property
    def all_boards(self) -> dict[str, BoardConfig]:
        """Every board by its name, which is empty for `[board]`; that comes first."""
        return {"": self.board, **self.boards}

    def link_of(self, board: str) -> LinkConfig:
        """Return what the bytes mean on the link of *board*."""
        return self.links.get(board, DeadstopLinkConfig()) if board else self.link

    def watches(self, component: str) -> bool:
        """Whether a witness sees what *component* moves."""
        return self.all_boards[self.components[component].board].watched

    def resets(self, component: str) -> bool:
        """Whether the board of *component* can be reset in the midst of a motion."""
        return self.all_boards[self.components[component].board].resettable

    def armed(self) -> "Rig":
        """Return this rig with leave to move its real boards."""
        return self.model_copy(
            update={
                "board": _armed(self.board),
                "boards": {name: _armed(one) for name, one in self.boards.items()},
            }
        )

    @property
    def kinds(self) -> str:
        """The kinds of its boards, for reports."""
        kinds = (board.kind for board in self.all_boards.values())
        return ", ".join(dict.fromkeys(kinds))

    @property
    def proves(self) -> str:
        """What a verdict is about on every one of its boards."""
        proofs = {board.proves for board in self.all_boards.values()}
        return "wire" if len(proofs) > 1 else self.board.proves

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return all(board.simulated for board in self.all_boards.values())

    def axes(self, component: str) -> tuple[str, ...]:
        """Return what the trace calls the axes of *component*."""
        one = self.components[component]
        return tuple(axis_name(one.board, letter) for letter in one.axis)

    def axes_of(self, motion: str) -> tuple[str, ...]:
        """Return the axes of the components that *motion* calls."""
        calls = self.motions[motion].calls
        return tuple(axis for call in calls for axis in self.axes(call.component))

    @model_validator(mode="after")
    def _refer_to_what_is_there(self) -> Self:
        check_references(self)
        return self


def _armed(board: BoardConfig) -> BoardConfig:
    if isinstance(board, SerialBoardConfig):
        return board.model_copy(update={"armed": True})
    return board
