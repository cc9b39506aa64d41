"""`deadstop flash` as the command line does it."""

import sys
import time
from collections.abc import Callable

from deadstop.boards.serial.identity import own_build
from deadstop.boards.serial.lock import PortLock
from deadstop.boards.serial.opened import DTR_LOW_S, open_port
from deadstop.boards.serial.talk import Talk
from deadstop.boards.serial.where import Found, find_port
from deadstop.errors import BoardAbsentError, UsageError
from deadstop.flash import flash_board
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.rig import Rig, SerialBoardConfig
from deadstop.toolchain import firmware_elf

__all__ = ["carry_out_flash", "flash_if_needed"]


def carry_out_flash(rig: Rig, *, baud: int, force: bool) -> ExitCode:
    """Bring every real board of *rig* to this build of the firmware.

    Args:
        rig: whose boards.
        baud: of their bootloaders.
        force: also where a board has it already.

    Raises:
        UsageError: it has none.
        DeadstopError: one could not be written to.
    """
    boards = [
        one for one in rig.all_boards.values() if isinstance(one, SerialBoardConfig)
    ]
    if not boards:
        raise UsageError(f"rig {rig.name!r} has no real board: there is none to flash")
    for board in boards:
        flash_if_needed(board, rig.name, baud=baud, force=force, tell=_tell)
    return ExitCode.HELD


def flash_if_needed(
    config: SerialBoardConfig,
    rig: str,
    *,
    baud: int,
    force: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> bool:
    """Bring one board to this build of the firmware; returns whether it was written.

    Args:
        config: of the board.
        rig: its name, for whoever wants to know.
        baud: of its bootloader.
        force: also where it has that build already.
        tell: called with a line for each thing done or left.

    Raises:
        UsageError: the board is at another machine.
        DeadstopError: it could not be written to, or is another board afterwards.
    """
    found = find_port(config)
    if found.is_remote:
        raise UsageError(
            f"{found.name} is at another machine: flash the board there, at its port"
        )
    build = own_build()
    lock = PortLock(found.identity, f"{rig}, to flash it")
    try:
        before = _build_of(found, config)
        if before == build and not force:
            tell(f"{found.name}: has {build} already: not flashed (--force does it)")
            return False
        tell(f"{found.name}: has {before or 'no firmware that answers'}, gets {build}")
        elf = firmware_elf(tell, shield=config.shield)
        flash_board(elf, found.port, baud=baud, tell=tell)
        after = _build_of(found, config)
    finally:
        lock.close()
    if after != build:
        raise BoardAbsentError(
            f"{found.name}: was written to, and answers with "
            f"{after or 'nothing'} where {build} was expected; try again"
        )
    tell(f"{found.name}: has {build}, written and read back")
    return True


def _build_of(found: Found, config: SerialBoardConfig) -> str:
    """Return the build that the board names; "" if it says nothing of ours."""
    time.sleep(DTR_LOW_S)
    with open_port(found, config.baud, hold_dtr=config.dtr == "hold") as port:
        talk = Talk(port.fd, found.name)
        if config.dtr == "assert":
            boot = talk.wait_boot(config.boot_ms / 1e3)
            if boot is not None:
                return boot.build
        try:
            return talk.say_hello().build
        except BoardAbsentError:
            return ""


def _tell(line: str) -> None:
    sys.stdout.write(f"{safe(line)}\n")
    sys.stdout.flush()
