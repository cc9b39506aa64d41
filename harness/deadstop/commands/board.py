"""`deadstop board`: a simulated board, for anybody to talk to."""

import contextlib
import signal
from typing import Final

import typer

from deadstop.commands.options import RigOption
from deadstop.errors import UsageError

__all__ = ["EXAMPLES", "board"]

EXAMPLES: Final = "Example: deadstop board, and in another terminal: screen PATH"


def board(
    rig: RigOption = "loopback",
) -> int:
    """Serve the rig's simulated board on a pseudo-terminal until Ctrl-C."""
    from deadstop.boards.maker import BoardMaker  # noqa: PLC0415
    from deadstop.rig import ProgramBoardConfig, load_rig  # noqa: PLC0415

    config = load_rig(rig).board
    if isinstance(config, ProgramBoardConfig):
        raise UsageError(
            f"rig {rig!r}: its board is a program of its own; start that by itself"
        )
    with BoardMaker(config) as boards:
        boards.prepare(lambda line: typer.echo(line, err=True))
        with (
            boards.make(lambda _: None) as served,
            contextlib.suppress(KeyboardInterrupt),
        ):
            typer.echo(f"{served.path}  {config.baud} baud, axes {config.axes}")
            typer.echo(
                "type ? for the state, A or B to stop an axis, ! to stop them all"
            )
            typer.echo("Ctrl-C ends it")
            signal.pause()
    return 0
