"""The harness's side of the guardian: it is started, told of boards, and kept calm."""

import asyncio
import contextlib
import itertools
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from deadstop.errors import ToolchainError
from deadstop.guardian.post import PostWord

__all__ = ["GONE", "GuardedBoard", "Guardian", "ask_to_stop"]

GuardedBoard = PostWord

START_WITHIN_S: Final = 30.0  # a cold, busy machine
ANSWER_WITHIN_S: Final = 5.0  # it needs a millisecond
ENDED_WITHIN_S: Final = 2.0
STOPPED_WITHIN_S: Final = 30.0  # a harness that will not end, a power that must be cut
BEATS: Final = 10  # in the time after which a silent harness is taken for hung
GONE: Final = (
    "the guardian, the process that stops the board when this one cannot, has ended or "
    "does not answer: nothing may move without it; begin the run anew"
)


class Guardian:
    """A process that stops the boards under its guard when this one cannot.

    Enter the context before anything moves. `guard` a board as long as it may move,
    and have `beat` called by the event loop that judges: what blocks that is a hang.
    It is a session of its own, and what ends this process does not end it.
    """

    def __init__(self, silent_s: float, record: Path | None = None) -> None:
        """Prepare it.

        Args:
            silent_s: for how long this process may be silent, in seconds.
            record: where it writes what it did, should it ever do anything.
        """
        self._silent_s = silent_s
        self._record = record
        self._numbers = itertools.count(1)
        self._sock: socket.socket
        self._process: subprocess.Popen[bytes] | None = None
        self._beating: asyncio.TimerHandle | None = None
        self._lost: Callable[[], object] | None = None
        self._listens_at: list[Path] = []
        self._guarded: set[str] = set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start the process, and return once it is there.

        Raises:
            ToolchainError: it does not start.
        """
        self._sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "deadstop.guardian", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        try:
            ready = self._hear("ready", START_WITHIN_S)
        except BaseException:
            self.close()
            raise
        if not ready:
            self.close()
            raise ToolchainError(
                "the guardian that stops the board when this process cannot does not "
                f"start; try: {sys.executable} -m deadstop.guardian 0"
            )

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id; 0 before it has one."""
        return 0 if self._process is None else self._process.pid

    def guard(self, board: PostWord, fd: int) -> None:
        """Put *board*, whose port is *fd*, under guard; returns once it is.

        Raises:
            ToolchainError: the guardian is gone, and nothing moves yet.
        """
        record = "" if self._record is None else str(self._record.absolute())
        message = {
            "do": "guard",
            "board": board.to_message(),
            "silent_s": self._silent_s,
            "record": record,
        }
        self._ask(message, fd)
        self._guarded.add(board.name)

    def listen(self, path: Path) -> None:
        """Have whoever connects to the socket *path* stop what is under guard.

        The path is in a folder of the user's own, and is removed by `close`.

        Raises:
            ToolchainError: the guardian is gone.
            OSError: the socket cannot be made.
        """
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asks:
            asks.bind(str(path))
            self._listens_at.append(path)
            asks.listen()
            self._ask({"do": "listen"}, asks.fileno())

    def leave(self, name: str) -> None:
        """Take the board called *name* from under guard: it is at rest.

        That needs no guardian: one that is gone is missed before the next motion.
        """
        self._guarded.discard(name)
        with contextlib.suppress(ToolchainError):
            self._ask({"do": "leave", "name": name})

    def beat(self, lost: Callable[[], object]) -> None:
        """Begin to show that the running event loop turns.

        Args:
            lost: called on that loop, once, when the guardian is gone.
        """
        self._lost = lost
        self._beat(asyncio.get_running_loop())

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._process is not None and _is_frozen(self._process.pid):
            self._process.kill()  # it could stop nothing, and keeps the port open
            self._process.wait(ENDED_WITHIN_S)
        try:
            self._sock.send(b'{"do": "beat"}', socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass  # it is slow, and has enough to read
        except OSError:
            if self._lost is not None:
                self._lost()
            return
        self._beating = loop.call_later(self._silent_s / BEATS, self._beat, loop)

    def rest(self) -> None:
        """End what `beat` began."""
        if self._beating is not None:
            self._beating.cancel()
        self._beating = self._lost = None

    def close(self) -> bool:
        """Let it end; what is still under guard it stops first.

        Returns:
            Whether all that was still under guard has confirmed that it stands.
        """
        self.rest()
        self._sock.close()
        for path in self._listens_at:
            path.unlink(missing_ok=True)
        if self._process is not None:
            within_s = STOPPED_WITHIN_S if self._guarded else ENDED_WITHIN_S
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within_s)
        return not self._guarded or (self._process and self._process.returncode) == 0

    def _ask(self, message: dict[str, Any], fd: int = -1) -> None:
        number = next(self._numbers)
        packet = json.dumps({**message, "number": number}).encode()
        try:
            if fd >= 0:
                # A copy of its own: the board's port must not close with ours.
                copy = os.dup(fd)
                try:
                    socket.send_fds(self._sock, [packet], [copy])
                finally:
                    os.close(copy)
            else:
                self._sock.send(packet)
        except OSError as error:
            raise ToolchainError(GONE) from error
        while (done := self._hear("done", ANSWER_WITHIN_S)) != number:
            if done is None:
                raise ToolchainError(GONE)

    def _hear(self, word: str, within_s: float) -> Any:  # noqa: ANN401 - any JSON
        """Return what *word* has in the next message with it; None if none comes."""
        until_s = time.monotonic() + within_s
        readable = select.poll()
        readable.register(self._sock, select.POLLIN)
        with contextlib.suppress(ConnectionError):
            while readable.poll(max(until_s - time.monotonic(), 0.0) * 1e3):
                packet = self._sock.recv(1 << 12)
                if not packet:
                    break
                message = json.loads(packet)
                if word in message:
                    return message[word]
        return None


def _is_frozen(pid: int) -> bool:
    """Whether a process has been stopped (SIGSTOP, a debugger). Source: proc(5)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state in {b"T", b"t"}


def ask_to_stop(
    path: Path, within_s: float = STOPPED_WITHIN_S
) -> dict[str, Any] | None:
    """Have the guardian that listens at *path* stop its boards; returns what it did.

    Returns:
        Its record, with ``at_rest`` and ``lines`` for people; None if none answers.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asks:
        asks.settimeout(within_s)
        try:
            asks.connect(str(path))
            packet = asks.recv(1 << 16)
        except OSError:
            return None
    record: dict[str, Any] | None = json.loads(packet) if packet else None
    return record
