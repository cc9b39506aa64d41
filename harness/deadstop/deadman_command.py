"""`deadstop deadman`: prove the lease of a board whose clock is ours, and tell."""

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Self, assert_never

from rich.console import Console
from rich.text import Text

from deadstop.boards.avr.core import AvrCore
from deadstop.boards.avr.elf import read_elf
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback import BoardConfig as LoopbackConfig
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.deadman import MakeBoard, prove_deadman
from deadstop.errors import UsageError
from deadstop.interruption import ENDING_SIGNALS
from deadstop.report.deadman import deadman_json, print_deadman
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.terminal import make_console
from deadstop.report.text import safe
from deadstop.results import ExitCode, Outcome
from deadstop.rig import (
    AvrBoardConfig,
    BoardConfig,
    LoopbackBoardConfig,
    ProgramBoardConfig,
    Rig,
    SerialBoardConfig,
)
from deadstop.toolchain import firmware_elf, require_simulator
from deadstop.trace import Event

__all__ = ["carry_out_deadman", "maker"]


def carry_out_deadman(
    rig: Rig,
    axis: str,
    leases_ms: Sequence[int],
    *,
    seed: int = 0,
    json: str | None = None,
    make: MakeBoard | None = None,
) -> ExitCode:
    """Prove the deadman of *axis*, tell a person, and write what was found.

    Args:
        rig: whose board; of its components nothing is used.
        axis: which of its axes.
        leases_ms: what motions ask for.
        seed: decides at which phases of the board's tick renewals end.
        json: where the figures go; ``-`` is standard output, and what a person reads
            then goes to standard error.
        make: powers up another board in place of the rig's.

    Raises:
        UsageError: there is no such axis or lease, the axis cannot turn for ever, or
            *json* cannot be written.
        ToolchainError: the board cannot be simulated here.
        BoardAbsentError: the firmware does not answer.
        NotAtRestError: the firmware cannot be stopped.
    """
    if axis not in tuple(rig.board.axes):
        known = ", ".join(rig.board.axes)
        raise UsageError(f"--axis {axis!r}: the board of {rig.name!r} has {known}")
    if isinstance(rig.board, ProgramBoardConfig):
        raise UsageError(
            f"the board of rig {rig.name!r} is a program, with a clock of its own: a "
            "lease is proven on a board whose clock is ours"
        )
    if isinstance(rig.board, SerialBoardConfig):
        raise UsageError(
            f"the board of rig {rig.name!r} is a real one: a lease is proven to the "
            "cycle in the simulator, with --rig avr; on the bench use `deadstop run "
            "--trigger sigkill`"
        )
    if rig.board.shield == "cnc":
        raise UsageError(
            f"rig {rig.name!r}: its joints end at their soft limits, and a lease is "
            "proven on an axis that turns on and on; use a rig with the motor shield, "
            "or `deadstop run --trigger sigkill` for the joints"
        )
    require_writable(json)
    console = make_console(stderr=json == STANDARD_OUTPUT)
    progress = _Progress(console)
    make = make or maker(rig.board, progress.say)
    kind = rig.board.kind
    progress.say(f"rig {rig.name}, board {kind}, axis {axis}, seed {seed}")
    try:
        with _HeardBetweenSteps(make) as heard:
            result = prove_deadman(
                heard.make, axis, leases_ms, seed=seed, tell=progress.step
            )
    finally:
        progress.over()
    print_deadman(result, console, rig.board.proves)
    if json is not None:
        write_json(deadman_json(result, rig.name, rig.board.proves), json)
    return ExitCode.HELD if result.outcome is Outcome.PASS else ExitCode.FAILED


def maker(config: BoardConfig, tell: Callable[[str], None]) -> MakeBoard:
    """Return what powers up the board of *config*, on a clock of the caller's.

    Args:
        config: which board.
        tell: called with a line before something that takes a while.

    Raises:
        ToolchainError: what it needs is missing, or wrong.
    """
    match config:
        case LoopbackBoardConfig():
            twin = LoopbackConfig(axes=config.axes)
            return lambda observe: ClockedLoopback(
                twin, t_s=0.0, observe=observe, baud=config.baud
            )
        case AvrBoardConfig():
            require_simulator()
            own = Path(config.firmware) if config.firmware else None
            elf = firmware_elf(tell) if own is None else read_elf(own).path
            return lambda observe: AvrCore(
                elf, t_s=0.0, observe=observe, baud=config.baud
            )
        case ProgramBoardConfig() | SerialBoardConfig():
            raise UsageError("this board has a clock of its own")
        case _:
            assert_never(config)


class _HeardBetweenSteps:
    """A context in which Ctrl-C and its like wait for the next event of the board.

    Python would raise wherever they strike. In a callback of the simulator, which is
    not written in Python, that is printed and forgotten.
    """

    def __init__(self, make: MakeBoard) -> None:
        """Hear them whenever a board that *make* makes tells of an event."""
        self._make = make
        self._came = False
        self._before: dict[signal.Signals, Any] = {}

    def make(self, observe: Callable[[Event], None]) -> ClockedBoard:
        """Power up a board."""

        def seen(event: Event) -> None:
            if self._came:
                self._came = False
                raise KeyboardInterrupt
            observe(event)

        return self._make(seen)

    def __enter__(self) -> Self:
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._came:  # too late for any event
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True


class _Progress:
    """Tells what is being done: on a terminal in one line that is drawn over again."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._what = ""
        self._redraws = console.is_terminal and not console.is_dumb_terminal

    def say(self, text: str) -> None:
        """Say *text* on a line that stays."""
        self.over()
        self._console.print(Text(safe(text)), soft_wrap=True)

    def step(self, what: str, how: str) -> None:
        """Say both until the next step; without a terminal, *what* if it is new."""
        if self._redraws:
            self.over()
            line = Text(safe(f"{what}, {how}"), "dim")
            self._console.print(line, end="", no_wrap=True, overflow="ellipsis")
        elif what != self._what:
            self._console.print(Text(safe(what)), soft_wrap=True)
        self._what = what

    def over(self) -> None:
        """Wipe the line of the present step."""
        if self._redraws:
            self._console.file.write("\r\x1b[2K")
