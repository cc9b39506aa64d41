"""The board of a rig, on a clock that is ours."""

from pathlib import Path
from typing import assert_never

from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback import BoardConfig as LoopbackConfig
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.boards.loopback.witness import Observe
from deadstop.errors import UsageError
from deadstop.rig import (
    AvrBoardConfig,
    BoardConfig,
    LoopbackBoardConfig,
    ProgramBoardConfig,
    SerialBoardConfig,
)

__all__ = ["make_clocked"]


def make_clocked(
    config: BoardConfig, elf: str, observe: Observe, t_s: float
) -> ClockedBoard:
    """Power on the board that *config* describes, at *t_s*.

    Args:
        config: of the rig.
        elf: the firmware, where the board runs one.
        observe: called with each event for the trace.
        t_s: the present.

    Raises:
        ToolchainError: the simulator is missing.
        UsageError: the board has a clock of its own.
    """
    match config:
        case LoopbackBoardConfig():
            board = LoopbackConfig.of_shield(config.shield, config.axes)
            return ClockedLoopback(board, t_s=t_s, observe=observe, baud=config.baud)
        case AvrBoardConfig():
            # Imported here: only a process that simulates may import yasimavr.
            from deadstop.boards.avr.core import AvrCore  # noqa: PLC0415

            return AvrCore(
                Path(elf),
                t_s=t_s,
                observe=observe,
                baud=config.baud,
                shield=config.shield,
            )
        case ProgramBoardConfig() | SerialBoardConfig():
            raise UsageError("this board has a clock of its own: use --clock real")
        case _:
            assert_never(config)
