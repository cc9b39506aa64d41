"""Makes the board that a rig names: one at a time, each new and just powered on."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias, TypeVar, assert_never

from deadstop.boards import SimulatedBoard
from deadstop.boards.avr.board import AvrBoard
from deadstop.boards.avr.elf import read_elf
from deadstop.boards.avr.process import AvrProcess, Observe
from deadstop.boards.closable import Closable
from deadstop.boards.loopback import BoardConfig as LoopbackConfig
from deadstop.boards.loopback import LoopbackBoard
from deadstop.boards.program import ProgramBoard, require_program
from deadstop.boards.serial.maker import SerialMaker
from deadstop.errors import NotAtRestError
from deadstop.guardian import Guardian
from deadstop.rig import (
    AvrBoardConfig,
    BoardConfig,
    LoopbackBoardConfig,
    ProgramBoardConfig,
    Rig,
    SerialBoardConfig,
)
from deadstop.toolchain import firmware_elf, require_simulator

__all__ = ["BoardMaker", "RigBoards", "Tell"]

_T = TypeVar("_T")
Tell: TypeAlias = Callable[[str], object]


class BoardMaker(Closable):
    """What a run needs to make board after board; a context manager."""

    def __init__(self, config: BoardConfig, rig: str = "", name: str = "") -> None:
        """Make boards as *config* says; nothing is opened or built yet.

        Args:
            config: of the board.
            rig: whose board it is, for whoever finds a real one locked.
            name: of the board in that rig.
        """
        self._config: Final = config
        self._serial = (
            SerialMaker(config, rig, name)
            if isinstance(config, SerialBoardConfig)
            else None
        )
        self._elf: Path | None = None
        self._process: AvrProcess | None = None

    def prepare(
        self, tell: Tell = lambda _: None, guardian: Guardian | None = None
    ) -> None:
        """See that boards can be made, and build what they need.

        Args:
            tell: called with a line before something that takes a while.
            guardian: guards a real board; without it none can be used.

        Raises:
            ToolchainError: what they need is missing, or wrong.
            UsageError: nobody has said that a real board may move.
            BoardAbsentError: a real board is not there, or is another one.
            RigBusyError: somebody else has it.
        """
        if self._serial is not None:
            assert guardian is not None  # noqa: S101 - simulated boards only, without
            self._serial.prepare(guardian)
        if isinstance(self._config, ProgramBoardConfig):
            require_program(self._config)
        if isinstance(self._config, AvrBoardConfig) and self._elf is None:
            require_simulator()
            if self._config.firmware:
                self._elf = read_elf(Path(self._config.firmware)).path
            else:
                self._elf = firmware_elf(tell, shield=self._config.shield)

    @property
    def elf(self) -> Path | None:
        """The firmware that was prepared; None for a board that runs none."""
        return self._elf

    def make(self, observe: Observe, log: Path | None = None) -> SimulatedBoard:
        """Power a new board on; the one before it must be closed.

        Args:
            observe: called with each event for the trace, in a thread of the board's;
                it must be quick, and an exception from it is a crash of the board.
            log: gets what a program prints that is the board.

        Raises:
            ToolchainError: what the board needs is missing, or wrong.
        """
        config = self._config
        match config:
            case LoopbackBoardConfig():
                return LoopbackBoard(
                    LoopbackConfig.of_shield(config.shield, config.axes),
                    observe=observe,
                    baud=config.baud,
                )
            case AvrBoardConfig():
                self.prepare()
                assert self._elf is not None  # noqa: S101 - it is prepared
                return AvrBoard(
                    self._elf,
                    observe=observe,
                    process=self._warm(),
                    shield=config.shield,
                )
            case ProgramBoardConfig():
                return ProgramBoard(config, log)
            case SerialBoardConfig():
                assert self._serial is not None  # noqa: S101 - of such a config
                return self._serial.make(observe)
            case _:
                assert_never(config)

    def prove_stops(self, axes: Sequence[str], ending: threading.Event) -> str:
        """See a real board stop in each of its ways; *ending* stops that.

        Returns:
            What was seen.

        Raises:
            LinkFaultError: it did not as it should; it stands now.
            NotAtRestError: it does not stand.
        """
        return "" if self._serial is None else self._serial.prove_stops(axes, ending)

    @property
    def is_away(self) -> bool:
        """Whether it is a real arm that its last case has left somewhere else."""
        return self._serial is not None and self._serial.is_away

    def go_back(self, ending: threading.Event) -> None:
        """Take a real arm back to where its last case began; *ending* stops it.

        Raises:
            LinkFaultError: it does not get there.
        """
        if self._serial is not None:
            self._serial.go_back(ending)

    def close(self) -> None:
        """Give back what is kept from board to board; a second call does nothing."""
        if self._process is not None:
            self._process.end()
            self._process = None
        if self._serial is not None:
            self._serial.close()

    def _warm(self) -> AvrProcess:
        if self._process is not None and not self._process.alive:
            self.close()  # one that crashed with its board
        if self._process is None:
            self._process = AvrProcess()
        return self._process


class RigBoards(Closable):
    """What a run needs to make every board of a rig; a context manager."""

    def __init__(self, rig: Rig) -> None:
        """Make the boards of *rig*; nothing is opened or built yet."""
        self._rig = rig
        self._makers = {
            name: BoardMaker(board, rig.name, name)
            for name, board in rig.all_boards.items()
        }
        self._silent_s = min(
            (
                board.guardian_ms / 1000
                for board in rig.all_boards.values()
                if isinstance(board, SerialBoardConfig)
            ),
            default=0.0,
        )
        self.guardian: Guardian | None = None  # of the real boards, if there are any

    def prepare(self, tell: Tell = lambda _: None, record: Path | None = None) -> None:
        """See that the boards can be made, and build what they need.

        Args:
            tell: called with a line before something that takes a while.
            record: where the guardian of real boards writes what it had to do.

        Raises:
            DeadstopError: as `BoardMaker.prepare`.
        """
        if self._silent_s and self.guardian is None:
            self.guardian = Guardian(self._silent_s, record)
            self.guardian.start()
        for maker in self._makers.values():
            maker.prepare(tell, self.guardian)

    @property
    def elf(self) -> Path | None:
        """The firmware of the rig's `[board]`; None if it runs none."""
        return self._makers[""].elf

    async def prove_stops(self, tell: Tell) -> None:
        """See every real board stop, at low speed, before anything else moves.

        Cancelled, what moves is stopped first.

        Args:
            tell: called with what was seen of each.

        Raises:
            LinkFaultError: one did not as it should; it stands now.
            NotAtRestError: one does not stand.
        """
        ending = threading.Event()
        loop = asyncio.get_running_loop()
        for name, maker in self._makers.items():
            axes = sorted(
                {
                    letter
                    for one in self._rig.components.values()
                    if one.board == name
                    for letter in one.axis
                }
            )
            work = loop.run_in_executor(None, maker.prove_stops, axes, ending)
            if told := await _finish(work, ending):
                tell(told)

    async def go_back(self) -> None:
        """Take the real arms back to where their last case began, if they have left it.

        Cancelled, they stop first.

        Raises:
            LinkFaultError: one does not get there.
        """
        ending = threading.Event()
        loop = asyncio.get_running_loop()
        for maker in self._makers.values():
            if not maker.is_away:
                continue
            work = loop.run_in_executor(None, maker.go_back, ending)
            await _finish(work, ending)

    def make(
        self, name: str, observe: Observe, log: Path | None = None
    ) -> SimulatedBoard:
        """Power the board called *name* on anew; as `BoardMaker.make`."""
        return self._makers[name].make(observe, log)

    def close(self) -> bool:
        """Give back what is kept from board to board; a second call does nothing.

        Returns:
            Whether all stands that the guardian had to stop in the harness's place.
        """
        with ExitStack() as closers:  # all are closed, whatever one of them raises
            for maker in self._makers.values():
                closers.callback(maker.close)
            # First of all: the ports stay locked for as long as it speaks to them.
            return self.guardian is None or self.guardian.close()


async def _finish(work: asyncio.Future[_T], ending: threading.Event) -> _T:
    """Wait for *work*, which a thread does; cancelled, have it stop what moves first.

    Raises:
        NotAtRestError: it could not.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        ending.set()
        await asyncio.wait([work])
        if isinstance(error := work.exception(), NotAtRestError):
            raise error from None
        raise
