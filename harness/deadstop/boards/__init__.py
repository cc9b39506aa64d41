"""What answers at the far end of the link: the `Board` that a bench needs.

Each board is a folder here: `loopback` (a pure-Python twin of the firmware), `avr`
(the real firmware, simulated), `serial` (real hardware).
"""

from types import TracebackType
from typing import Protocol, Self

from arduino_actuators.wire import BootCause
from deadstop.errors import ToolchainError

__all__ = [
    "Board",
    "BoardClosedError",
    "BoardCrashedError",
    "BoardError",
    "SimulatedBoard",
]


class BoardError(Exception):
    """Base class: a board cannot do what the harness asks of it."""


class BoardClosedError(BoardError):
    """The board was asked for something after its `close`; the caller must act."""


class BoardCrashedError(BoardError, ToolchainError):
    """A simulated board failed; what it showed since then proves nothing."""


class Board(Protocol):
    """A board with its shafts, open and powered from its making until `close`."""

    @property
    def path(self) -> str:
        """The serial port that a component opens to reach it."""

    @property
    def axes(self) -> str:
        """The letters of its axes, such as ``ab``."""

    def at_rest(self) -> bool:
        """Whether every drive is off and every shaft still, as far as is known."""

    def shaft_position_rev(self, axis: str) -> float:
        """Angle of a shaft in revolutions, untouched by the protocol's `zero`."""

    @property
    def worst_lateness_s(self) -> float:
        """By how much the board was late for the real clock, at worst; 0 if it is real.

        A simulation's own stamps do not suffer from it; what the host reads does.
        """

    def check(self) -> None:
        """Raise what went wrong in the background, if anything did.

        Raises:
            BoardError: the board can no longer be believed.
        """

    def close(self) -> None:
        """Give back all it holds; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class SimulatedBoard(Board, Protocol):
    """A board to which harm can be done on purpose, safely."""

    def reset(self, cause: BootCause) -> None:
        """Reset the board; nothing moves until a host says hello and asks."""

    def unplug(self) -> None:
        """Pull the link for good: who has the port open sees a hang-up.

        The board keeps its power and goes on by itself; its lease must stop it.
        """

    def mute(self, *, silent: bool) -> None:
        """Let it send nothing while *silent*; it goes on to listen."""

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go."""

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever."""
