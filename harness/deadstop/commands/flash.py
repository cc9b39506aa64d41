"""`deadstop flash`: what can be asked of it."""

from typing import Annotated, Final

import typer

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "flash"]

EXAMPLES: Final = (
    "Examples: deadstop flash --rig uno-motor; "
    "deadstop flash --rig uno-arm --baud 57600 (an old bootloader)"
)


def flash(
    rig: RigOption = "uno-motor",
    baud: Annotated[
        int,
        typer.Option(min=1200, metavar="N", help="Speed of the board's bootloader."),
    ] = 115_200,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the board has that build.")
    ] = False,
) -> int:
    """Write Deadstop's firmware into the rig's real boards, and compare what is there.

    A board that says it has this very build is left alone. Nothing moves: a board that
    is written to is reset. Needs avrdude, and the toolchain that builds the firmware.
    """
    from deadstop.flash_command import carry_out_flash  # noqa: PLC0415
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick

    return carry_out_flash(load_rig(rig), baud=baud, force=force)
