"""The process in which simulated AVRs run, as the judge sees it.

It takes a tenth of a second to start, so it stays warm for a run and powers one board
after another. Both sides send lines of JSON: requests ``[NUMBER, WORD, ARG...]``, and
back ``["events", LATENESS_S, EVENTS]`` and ``["answer", LATENESS_S, NUMBER, VALUE]``.
"""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeAlias

from deadstop.boards import BoardCrashedError
from deadstop.boards.avr.pins import ShieldName
from deadstop.errors import ToolchainError
from deadstop.trace import Event, Scalar, Source

__all__ = ["AvrProcess", "Observe"]

Observe: TypeAlias = Callable[[Event], None]

COMMAND: Final = (sys.executable, "-P", "-m", "deadstop.boards.avr")
START_WITHIN_S: Final = 30.0  # imports on a cold, busy machine
ANSWER_WITHIN_S: Final = 5.0  # it needs a millisecond or two
END_WITHIN_S: Final = 2.0


class AvrProcess:
    """A process that simulates one board at a time.

    It is a session of its own, so that a terminal's Ctrl-C is the judge's alone, and
    it ends when the judge does. It is started from the thread that makes this object;
    that thread must outlive it, for the kernel takes the one for the other.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """Start it; *command* is told the number of its end of the channel."""
        self.worst_lateness_s = 0.0
        self._observe: Observe | None = None
        self._error: BaseException | None = None
        self._numbers = itertools.count(1)
        self._pending: dict[int, Future[Any]] = {}
        self._ended = False
        self._gone = False
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._sock, theirs = socket.socketpair()
        with theirs:
            # exec and never fork alone: a copy of the judge would hold its ports open.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._listener = threading.Thread(
            target=self._listen, name=f"avr-process {self._process.pid}", daemon=True
        )
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can still be asked for something."""
        return not self._gone

    def power_on(self, elf: str, observe: Observe, shield: ShieldName = "motor") -> str:
        """Make a board, and return the path of its port.

        Args:
            elf: the firmware.
            observe: called with each event, in a thread of this object; it must be
                quick, and an exception from it is a crash of the board.
            shield: what is plugged on.

        Raises:
            ToolchainError: the simulator does not start.
        """
        self.worst_lateness_s = 0.0
        self._observe = observe
        try:
            return str(self.ask("power-on", elf, shield, within_s=START_WITHIN_S))
        except BoardCrashedError as error:
            raise ToolchainError(
                f"the AVR simulator does not start: {error}"
            ) from error

    def ask(
        self, word: str, *args: Scalar, within_s: float = ANSWER_WITHIN_S
    ) -> Scalar:
        """Have *word* done, and return its answer.

        Asked by the observer, it is done right after, and the answer is None.

        Raises:
            BoardCrashedError: the process has ended, or does not answer in time.
        """
        number = next(self._numbers)
        answer: Future[Scalar] = Future()
        self._pending[number] = answer
        with contextlib.suppress(OSError):  # it has ended: the listener says so
            self._sock.sendall(json.dumps([number, word, *args]).encode() + b"\n")
        if self._gone:
            self._fail_pending()
        if threading.current_thread() is self._listener:
            return None
        try:
            return answer.result(within_s)
        except TimeoutError:
            self.kill()
            raise BoardCrashedError(
                f"the simulator did not answer {word!r} within {within_s:g} s"
            ) from None

    def check(self) -> None:
        """Raise what ended it, if anything did.

        Raises:
            BoardCrashedError: with the last line that it printed.
        """
        if self._gone and not self._ended:
            raise self._crash()

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """End it, and give back all that it holds; a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._listener.join()
        self._sock.close()
        self._stderr.close()

    # The listener's thread.

    def _listen(self) -> None:
        try:
            with self._sock.makefile("rb") as lines:
                for line in lines:
                    self._hear(json.loads(line))
        except OSError:
            pass  # it ended in the midst of a line
        except BaseException as error:  # noqa: BLE001 - kept for check() and close()
            self._error = error
            self.kill()
        self._gone = True
        self._fail_pending()

    def _hear(self, message: list[Any]) -> None:
        match message:
            case ["events", lateness_s, events]:
                self.worst_lateness_s = lateness_s
                observe = self._observe
                for t_s, source, kind, data in events if observe else ():
                    assert observe is not None  # noqa: S101 - nothing to iterate over
                    observe(Event(t_s, Source(source), kind, data))
            case ["answer", lateness_s, number, value]:
                self.worst_lateness_s = lateness_s
                self._pending.pop(number).set_result(value)
            case _:
                raise ValueError(f"not a message of the simulator: {message!r}")

    def _fail_pending(self) -> None:
        while self._pending:
            with contextlib.suppress(KeyError):  # both threads may be at it
                self._pending.popitem()[1].set_exception(self._crash())

    def _crash(self) -> BoardCrashedError:
        if self._error is not None:
            crash = BoardCrashedError(repr(self._error))
            crash.__cause__ = self._error
            return crash
        code = self._process.wait()
        printed = (
            os.pread(self._stderr.fileno(), 1 << 16, 0) if not self._ended else b""
        )
        lines = printed.decode("utf-8", "replace").strip().splitlines()
        last = lines[-1] if lines else "it printed nothing"
        return BoardCrashedError(f"its process ended (exit code {code}): {last}")
