"""A board of a bench with the tap on its link, and what the trace calls its axes."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from arduino_actuators.wire import BootCause
from deadstop.axes import axis_name
from deadstop.boards.maker import RigBoards
from deadstop.boards.program import ProgramBoard
from deadstop.boards.serial.board import SerialBoard
from deadstop.link.fence import fenced
from deadstop.link.harm import LinkHarm, harmed
from deadstop.link.maker import decoder_maker
from deadstop.link.tap import Tap
from deadstop.rig import Rig, SerialBoardConfig
from deadstop.trace import Event

if TYPE_CHECKING:
    from deadstop.boards import SimulatedBoard

__all__ = ["Station", "labelled"]

Observe: TypeAlias = Callable[[Event], None]

STOP_ALL: Final = b"!"


def labelled(board: str, observe: Observe) -> Observe:
    """Return what tells *observe* of each event as one of *board*.

    Of the rig's `[board]`, whose name is empty, it is told as it is.
    """
    if not board:
        return observe

    def tell(event: Event) -> None:
        data = {**event.data, "board": board}
        axis = data.get("axis")
        if isinstance(axis, str):
            data["axis"] = axis_name(board, axis)
        observe(event._replace(data=data))

    return tell


class Station:
    """One board of a rig, powered on, and the tap that components see as its port."""

    def __init__(
        self,
        name: str,
        rig: Rig,
        boards: RigBoards,
        observe: Observe,
        closers: ExitStack,
        *,
        folder: Path,
        harm: LinkHarm | None = None,
    ) -> None:
        """Bring the board called *name* to life; *closers* closes it again.

        Args:
            name: of the board; empty for the rig's `[board]`.
            rig: that it is part of.
            boards: makes it.
            observe: called with each event of board and tap.
            closers: is given what gives back all that this holds.
            folder: where the board's output goes.
            harm: what the link does to the component's messages.
        """
        self.name = name
        self.unplugged = False
        self.refused = ""  # what a component asked of a real board, too much
        tell = labelled(name, observe)
        log = folder / f"board{'-' * bool(name)}{name}.log"
        self.board: SimulatedBoard = boards.make(name, tell, log)
        closers.callback(self.board.close)
        self._program = isinstance(self.board, ProgramBoard)
        # A program has the pseudo-terminal's own port: the tap is its other end. The
        # port of a real board is open already, since it has proved who it is.
        board_fd = -1
        if isinstance(self.board, ProgramBoard | SerialBoard):
            board_fd = self.board.master
        config = rig.all_boards[name]
        decode = decoder_maker(rig.link_of(name))
        if isinstance(self.board, SerialBoard) and isinstance(
            config, SerialBoardConfig
        ):
            # Harm is never done to a real board: the command line refuses that.
            self.tap = Tap(
                self.board.path,
                config.baud,
                self.board.hear,
                decode,
                board_fd=board_fd,
                board_end=fenced(config.allowed, self._refuse),
            )
        else:
            self.tap = harmed(
                harm, self.board.path, config.baud, tell, decode, board_fd=board_fd
            )
        self.tap.start()
        closers.callback(self.tap.close)
        if isinstance(self.board, SerialBoard):
            self.board.attach(self.tap)

    def _refuse(self, why: str) -> None:
        self.refused = self.refused or why

    def at_rest(self) -> bool:
        """Whether every drive is off and every shaft still, as far as is known."""
        return self.board.at_rest()

    def confirmed_at_rest(self) -> None:
        """Tell whoever guards a real board that it is at rest."""
        if isinstance(self.board, SerialBoard):
            self.board.confirmed_at_rest()

    def reset(self, cause: BootCause) -> None:
        """Reset the board."""
        self.board.reset(cause)

    def unplug(self) -> None:
        """Take the components' port away, for good."""
        self.unplugged = True
        self.tap.unplug()

    def stop_all(self) -> None:
        """Send the stop byte for every axis; a program is ended, and moves nothing."""
        if not self._program:
            self.tap.inject(STOP_ALL)
