"""A board that is a program: a simulation of somebody's own, which nobody watches.

It is given one end of a pseudo-terminal; the tap has the other. What it does with its
shafts it alone knows: verdicts are on the bytes that pass.
"""

import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, NoReturn

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardCrashedError, BoardError
from deadstop.boards.unsimulated import UnsimulatedBoard
from deadstop.errors import ToolchainError
from deadstop.rig import ProgramBoardConfig

__all__ = ["ProgramBoard", "require_program"]

OPENED_WITHIN_S: Final = 10.0  # a Python program that imports a lot, on a busy machine
ENDED_WITHIN_S: Final = 0.5
OPENED_LOOK_S: Final = 0.005
LAST_LINE_BYTES: Final = 400
# Also where the harness is killed, the program ends: PR_SET_PDEATHSIG is 1 (prctl.h).
_LAUNCH: Final = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "os.getppid() == int(sys.argv[1]) and os.execvp(sys.argv[2], sys.argv[2:])"
)


def require_program(config: ProgramBoardConfig) -> None:
    """See that the program is there.

    Raises:
        ToolchainError: it is not.
    """
    program = _filled(config.command, "")[0]
    if shutil.which(program) is None:
        raise ToolchainError(
            f"board: there is no program {program!r}; `command` names one on the "
            "PATH, a path of its own, or {python}"
        )


def _filled(command: Sequence[str], port: str) -> list[str]:
    return [
        word.replace("{python}", sys.executable).replace("{port}", port)
        for word in command
    ]


class ProgramBoard(UnsimulatedBoard):
    """A program with its serial port; it runs from here on until `close`.

    It is a session of its own, so that a terminal's Ctrl-C is the judge's alone, and it
    ends when the judge does: when the thread that made this object ends.
    """

    def __init__(self, config: ProgramBoardConfig, log: Path | None = None) -> None:
        """Start it, and return once it has opened its port.

        Args:
            config: what to start.
            log: gets what it prints; by default that is lost.

        Raises:
            BoardCrashedError: it does not start, or does not open its port.
        """
        self.axes = config.axes
        self._program = config.command[0].replace("{python}", "python")
        # Its last line is read again: without a name for it, a file without a name.
        self._log: IO[bytes] = (
            tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
            if log is None
            else log.open("w+b")
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.master, slave = pty.openpty()
        try:
            try:
                tty.setraw(slave)  # holds for as long as the master is open
                self.path = os.ttyname(slave)
                self._process = self._start(config, slave)
            finally:
                os.close(slave)
            self._wait_opened()
        except BaseException:
            self.close()
            raise

    def _start(self, config: ProgramBoardConfig, slave: int) -> subprocess.Popen[bytes]:
        by_path = any("{port}" in word for word in config.command)
        launch = [sys.executable, "-IS", "-c", _LAUNCH, str(os.getpid())]
        return subprocess.Popen(  # noqa: S603 - what the rig file says
            [*launch, *_filled(config.command, self.path)],
            stdin=subprocess.DEVNULL if by_path else slave,
            stdout=self._log if by_path else slave,
            stderr=self._log,
            start_new_session=True,
        )

    def _wait_opened(self) -> None:
        until_s = time.monotonic() + OPENED_WITHIN_S
        poll = select.poll()
        poll.register(self.master, 0)  # a hang-up is told unasked: nobody has it open
        while poll.poll(0):
            self.check()
            if time.monotonic() > until_s:
                raise BoardCrashedError(
                    f"the board's program {self._program!r} did not open its port "
                    f"{self.path} within {OPENED_WITHIN_S:g} s; is {{port}} where its "
                    "arguments want it?"
                )
            time.sleep(OPENED_LOOK_S)

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its session; 0 before it has one."""
        return 0 if self._process is None else self._process.pid

    @property
    def worst_lateness_s(self) -> float:
        """By how much it was late for the real clock: it does not say."""
        return 0.0

    def at_rest(self) -> bool:
        """Whether all is still, as far as is known: nothing real is behind it.

        Raises:
            BoardCrashedError: it has ended by itself.
        """
        self.check()
        return True

    def check(self) -> None:
        """Raise what went wrong, if anything did.

        Raises:
            BoardCrashedError: it has ended by itself.
        """
        code = None if self._process is None else self._process.poll()
        if code is not None and not self._closed:
            raise BoardCrashedError(
                f"the board's program {self._program!r} ended by itself "
                f"(exit code {code}){self._last_line()}"
            )

    def _last_line(self) -> str:
        size_bytes = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(size_bytes - LAST_LINE_BYTES, 0))
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        printed = [line.strip() for line in lines if line.strip()]
        return f"; it said: {ascii(printed[-1])[1:-1]}" if printed else ""

    def close(self) -> None:
        """End it, and all that it started; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._process is not None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDED_WITHIN_S)
            self._signal(signal.SIGKILL)  # also what it left behind
            self._process.wait()
        os.close(self.master)
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    # What only a simulation of ours can do, or tell

    def shaft_position_rev(self, axis: str) -> float:
        """Refuse: nobody watches its shafts."""
        self._cannot(f"say where axis {axis!r} is")

    def reset(self, cause: BootCause) -> None:
        """Refuse."""
        self._cannot(f"be reset ({cause.value})")

    def _cannot(self, what: str) -> NoReturn:
        raise BoardError(f"the board's program {self._program!r} cannot {what}")
