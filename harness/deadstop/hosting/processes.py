"""The judge's side of the processes: start the zygote, fork from it, end it all."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from deadstop.errors import ToolchainError
from deadstop.hosting.channel import (
    MAX_MESSAGE_BYTES,
    Message,
    Peer,
    PeerGoneError,
    socket_pair,
)
from deadstop.writing import writing

__all__ = ["ChildProcess", "Zygote", "shorten_log"]

START_WITHIN_S: Final = 30.0  # imports of the SDK on a cold, busy machine
END_WITHIN_S: Final = 2.0
KILLED_WITHIN_S: Final = 5.0  # SIGKILL cannot be refused; only the kernel is slow
# Of what a process printed its beginning and its end are kept: what went wrong first,
# and what it said last.
LOG_PART_BYTES: Final = 1 << 19


def shorten_log(log: Path) -> None:
    """Keep the beginning and the end of what a process printed, if it was too much."""
    if not log.exists() or log.stat().st_size <= 2 * LOG_PART_BYTES:
        return
    with log.open("r+b") as file:
        left_out = log.stat().st_size - 2 * LOG_PART_BYTES
        file.seek(-LOG_PART_BYTES, os.SEEK_END)
        end = file.read()
        file.seek(LOG_PART_BYTES)
        file.write(b"\n[deadstop: %d bytes are left out here]\n" % left_out + end)
        file.truncate()


class ChildProcess:
    """A process forked from the zygote, and its side channel."""

    def __init__(self, pid: int, sock: socket.socket, output: Path) -> None:
        """Wrap process *pid*, which prints to *output*."""
        self.pid = pid
        self.output = output
        self.exit_code: int | None = None
        self.peer: Peer
        self._sock = sock
        self._exited = asyncio.Event()
        self._told: set[Callable[[], object]] = set()

    def connect(
        self, on_message: Callable[[Message], Message | None]
    ) -> "ChildProcess":
        """Begin to hear the process."""
        self.peer = Peer(self._sock, on_message)
        return self

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self.exit_code is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to it and to all that it started."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that has ended does not mind."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill_nowait(self) -> None:
        """SIGKILL, from any thread."""
        self.signal(signal.SIGKILL)

    def tell_exit(self, told: Callable[[], object]) -> Callable[[], None]:
        """Call *told* on the loop when the process ends; the result takes it back.

        A process that has ended already is told of in the next turn.
        """
        self._told.add(told)
        if not self.alive:
            asyncio.get_running_loop().call_soon(told)
        return lambda: self._told.discard(told)

    async def wait_exited(self) -> int:
        """Return the exit code; negative for a signal."""
        await self._exited.wait()
        assert self.exit_code is not None  # noqa: S101 - set with the event
        return self.exit_code

    async def end(self, within_s: float = END_WITHIN_S) -> bool:
        """Wait for the process to end by itself; kill it when it does not.

        Returns:
            Whether it ended by itself.
        """
        by_itself = True
        try:
            async with asyncio.timeout(within_s):
                await self.wait_exited()
        except TimeoutError:
            by_itself = False
            self.kill_nowait()
            async with asyncio.timeout(KILLED_WITHIN_S):
                await self.wait_exited()
        finally:
            # It leads a group of its own: what it started itself ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            if hasattr(self, "peer"):
                self.peer.close()
        return by_itself

    def exited(self, code: int) -> None:
        """Note that the process has ended (the zygote says so)."""
        self.exit_code = code
        self._exited.set()
        for told in tuple(self._told):
            told()


class Zygote:
    """The warmed-up parent, as the judge sees it.

    The process outlives event loops: `start` it once, `attach` it to the loop that
    forks, `close` it at the end. As an async context manager it does all three.
    """

    def __init__(self) -> None:
        """Make it; starts nothing."""
        self._numbers = itertools.count(1)
        self._forks: dict[int, asyncio.Future[int]] = {}
        self._children: dict[int, ChildProcess] = {}
        self._orphan_exits: dict[int, int] = {}
        self._is_ready = False
        self._ready: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket

    async def __aenter__(self) -> Self:
        self.start()
        try:
            await self.attach()
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.detach()
        await asyncio.to_thread(self.close)

    def start(self) -> None:
        """Start the process; it imports while the caller goes on."""
        self._sock, theirs = socket_pair()
        self._sock.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "deadstop.hosting.zygote",
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    async def attach(self) -> None:
        """Hear the process on the running loop, and wait until it is warm.

        Raises:
            ToolchainError: it does not come up.
        """
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        self._loop.add_reader(self._sock.fileno(), self._readable)
        if self._is_ready:
            return
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await self._ready
        except (TimeoutError, PeerGoneError) as error:
            raise ToolchainError(
                "the parent of the component's processes did not start; "
                f"try: {sys.executable} -m deadstop.hosting.zygote 0"
            ) from error

    def detach(self) -> None:
        """Leave the loop; what was forked on it must have ended."""
        if self._loop is not None and self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
        self._loop = None
        for child in self._children.values():
            if hasattr(child, "peer"):
                child.peer.close()

    def close(self) -> None:
        """End the process and everything forked from it; may block for seconds."""
        if self._process is None:
            return
        self._sock.close()
        try:
            self._process.wait(KILLED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    async def fork(
        self,
        role: str,
        config: Any,  # noqa: ANN401 - any JSON
        output: Path,
        fds: tuple[int, ...] = (),
    ) -> ChildProcess:
        """Fork a child that plays *role*; its output is appended to *output*.

        Raises:
            ToolchainError: the zygote is gone.
            UsageError: its output cannot be written.
        """
        with writing(output):
            log = output.open("ab")
        number = next(self._numbers)
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forks[number] = forked
        ours, theirs = socket_pair()
        order = json.dumps({"number": number, "role": role, "config": config}).encode()
        try:
            with theirs, log:
                socket.send_fds(
                    self._sock, [order], [theirs.fileno(), log.fileno(), *fds]
                )
            pid = await forked
        except (OSError, PeerGoneError) as error:
            ours.close()
            raise ToolchainError(
                f"cannot fork a {role}: the parent of the component's processes is "
                f"gone ({error})"
            ) from error
        except asyncio.CancelledError:
            ours.close()  # what was forked sees that, and ends
            raise
        finally:
            del self._forks[number]
        child = ChildProcess(pid, ours, output)
        self._children[pid] = child
        if pid in self._orphan_exits:
            child.exited(self._orphan_exits.pop(pid))
        return child

    def _readable(self) -> None:
        while True:
            try:
                packet = self._sock.recv(MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self._gone()
                return
            self._received(json.loads(packet))

    def _received(self, message: Message) -> None:
        if "ready" in message:
            self._is_ready = True
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
        elif "forked" in message:
            waiting = self._forks.get(message["forked"])
            if waiting is not None and not waiting.done():  # else it was cancelled
                waiting.set_result(message["pid"])
        else:
            child = self._children.pop(message["exited"], None)
            if child is None:  # it ended before `fork` could note it
                self._orphan_exits[message["exited"]] = message["code"]
            else:
                child.exited(message["code"])

    def _gone(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._sock.fileno())
        for waiting in (self._ready, *self._forks.values()):
            if waiting is not None and not waiting.done():
                waiting.set_exception(PeerGoneError("the zygote is gone"))
        for child in self._children.values():
            child.exited(-signal.SIGKILL)
