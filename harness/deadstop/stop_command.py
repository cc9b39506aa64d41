"""`deadstop stop` as the command line does it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from deadstop.boards.serial.lock import HeldError, PortLock
from deadstop.boards.serial.maker import STANDS_WITHIN_S
from deadstop.boards.serial.opened import open_port
from deadstop.boards.serial.where import find_port
from deadstop.complaint import complain
from deadstop.errors import DeadstopError, NotAtRestError, UsageError
from deadstop.guardian import GuardedBoard, ask_to_stop
from deadstop.guardian.post import Post
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.rig import Rig, SerialBoardConfig

__all__ = ["carry_out_stop", "stop_board"]

_MS: Final = 1e3


def carry_out_stop(rig: Rig) -> ExitCode:
    """Stop every real board of *rig*, all at once, and say what came of it.

    Raises:
        UsageError: it has none.
        DeadstopError: its only one could not be stopped.
    """
    boards = {
        name: config
        for name, config in rig.all_boards.items()
        if isinstance(config, SerialBoardConfig)
    }
    if not boards:
        raise UsageError(
            f"rig {rig.name!r} has no real board: what it moves ends with its run"
        )
    code = ExitCode.HELD
    with ThreadPoolExecutor(len(boards)) as pool:
        works = [
            pool.submit(stop_board, config, rig.name, name)
            for name, config in boards.items()
        ]
        for work in works:
            try:
                sys.stdout.write(f"{safe(work.result())}\n")
            except DeadstopError as error:
                complain(str(error))
                code = max(code, ExitCode(error.exit_code))
    return code


def stop_board(config: SerialBoardConfig, rig: str, name: str = "") -> str:
    """Stop one board, whoever holds it; returns what came of it, one line.

    Args:
        config: of the board.
        rig: its name, for whoever wants to know.
        name: of the board in that rig; empty for its `[board]`.

    Raises:
        NotAtRestError: it does not say that it stands.
        RigBusyError: somebody has its port open who guards nothing.
        BoardAbsentError: there is no such port.
    """
    found = find_port(config)
    called = f"board {name}" if name else "the board"
    try:
        lock = PortLock(found.identity, f"{rig}, to stop it")
    except HeldError as held:
        record = ask_to_stop(held.stop_path)
        if record is None:
            raise
        line = "; ".join(record["lines"])
        if not record["at_rest"]:
            raise NotAtRestError(line) from None
        return line
    try:
        with open_port(found, config.baud, hold_dtr=True) as port:
            # That may have reset it: then it stands, and cannot answer before it boots.
            within_s = STANDS_WITHIN_S + config.boot_ms / _MS
            word = GuardedBoard(name, config.axes, within_s, power_off=config.power_off)
            post = Post(word, port.fd)
            post.stop()
            rest = post.confirm()
    finally:
        lock.close()
    if not rest.confirmed:
        raise NotAtRestError(
            f"{called} at {found.name} was told to stop, and did NOT CONFIRM THAT IT "
            f"STANDS ({rest.told}): CUT ITS POWER"
        )
    return (
        f"{called} at {found.name} was told to stop, and confirmed standstill "
        f"{rest.took_s * _MS:.0f} ms later"
    )
