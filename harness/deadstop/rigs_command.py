"""`deadstop rigs` as the command line does it: what each rig is, moves and proves."""

import json
from dataclasses import asdict, dataclass
from typing import Final, TypeGuard

from rich.console import Console
from rich.text import Text

from deadstop.boards.serial.where import find_port
from deadstop.errors import BoardAbsentError
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.terminal import make_console, proof
from deadstop.report.text import safe
from deadstop.rig import (
    AvrBoardConfig,
    ProgramBoardConfig,
    Rig,
    SerialBoardConfig,
    builtin_rigs,
)
from deadstop.toolchain import missing_for_avr

__all__ = ["carry_out_rigs"]

_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class _Port:
    """The port of a real board, as it is now."""

    board: str
    found: bool | None  # None: it is at another machine, and was not asked
    told: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one rig."""

    name: str
    description: str
    board: str
    moves: str
    needs_armed: bool
    proves: str
    motions: tuple[str, ...]
    missing: str
    ports: tuple[_Port, ...]


def carry_out_rigs(json_to: str | None) -> int:
    """Tell of every built-in rig; open no port.

    Args:
        json_to: a file to write all this to, too; ``-`` is standard output, and what a
            person reads then goes to standard error.

    Raises:
        UsageError: that file cannot be written.
    """
    require_writable(json_to)
    console = make_console(stderr=json_to == STANDARD_OUTPUT)
    told = [_told(rig) for rig in builtin_rigs()]
    for one in told:
        _print(one, console)
    if json_to is not None:
        rows = [asdict(one) for one in told]
        write_json(json.dumps({"rigs": rows}, indent=2) + "\n", json_to)
    return 0


def _told(rig: Rig) -> _Told:
    boards = rig.all_boards
    avr = any(isinstance(board, AvrBoardConfig) for board in boards.values())
    real = [one for one in boards.values() if _is_real(one)]
    return _Told(
        name=rig.name,
        description=rig.description,
        board=rig.kinds,
        moves=_moves(rig),
        needs_armed=any(not one.armed for one in real),
        proves=proof(rig.proves, rig.kinds),
        motions=tuple(rig.motions),
        missing=missing_for_avr() if avr else "",
        ports=tuple(
            _port(name, board)
            for name, board in boards.items()
            if isinstance(board, SerialBoardConfig)
        ),
    )


def _is_real(board: object) -> TypeGuard[SerialBoardConfig]:
    # Only the virtual Uno has a socket on which it takes orders.
    return isinstance(board, SerialBoardConfig) and not board.control


def _moves(rig: Rig) -> str:
    boards = list(rig.all_boards.values())
    real = [board for board in boards if _is_real(board)]
    if real:
        armed = all(board.armed for board in real)
        return "REAL HARDWARE: " + (
            "armed in its file" if armed else "only with --armed"
        )
    if any(isinstance(board, SerialBoardConfig) for board in boards):
        return "a simulation in another process, behind a port"
    if any(isinstance(board, ProgramBoardConfig) for board in boards):
        return "what its program moves: here nothing"
    return "a simulation"


def _port(board: str, config: SerialBoardConfig) -> _Port:
    try:
        found = find_port(config)
    except BoardAbsentError as error:
        return _Port(board, found=False, told=str(error))
    if found.is_remote:
        return _Port(board, found=None, told=found.name)
    return _Port(board, found=True, told=found.name)


def _print(one: _Told, console: Console) -> None:
    console.print(
        Text.assemble((f"{safe(one.name):<15}", "bold"), f" {safe(one.description)}"),
        soft_wrap=not console.is_terminal,
    )
    lines = [
        f"board {one.board}; moves {one.moves}",
        f"proves that {one.proves}",
        f"motions: {', '.join(one.motions)}",
    ]
    for port in one.ports:
        how = {True: "found", False: "ABSENT", None: "elsewhere, not asked"}
        lines.append(f"port {how[port.found]}: {port.told}")
    if one.missing:
        lines.append(f"NOT HERE: {one.missing}")
    for line in lines:
        text = Text(f"{'':<15} {safe(line, _MOST)}")
        console.print(text, soft_wrap=not console.is_terminal)
