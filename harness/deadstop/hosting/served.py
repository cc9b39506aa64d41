"""The process that has the components, as the bench sees it, whoever serves them.

`ServerHost` is a server of ours with a probe inside, `ModuleHost` a process of any
make.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from deadstop.caller import CallOrder
from deadstop.hosting.channel import Message
from deadstop.hosting.probe import Heartbeat
from deadstop.hosting.processes import ChildProcess, Zygote

__all__ = ["Hear", "Served", "ServerHost", "asked_for"]

SERVING_WITHIN_S: Final = 10.0
EXIT_TOLD_WITHIN_S: Final = 0.5  # its end is seen on two ways; they take turns

_RECONFIGURE: Final = "reconfigure"  # is not the component's to do, but its server's

Hear = Callable[[ChildProcess, Message], None]


def asked_for(order: CallOrder) -> str:
    """Return what the component's process is told to do, to make that call."""
    return _RECONFIGURE if order.method == _RECONFIGURE else "call"


class Served(Protocol):
    """The components' process, from its start until the bench ends it."""

    @property
    def process(self) -> ChildProcess:
        """The process; once `start` has returned."""

    @property
    def probed(self) -> bool:
        """Whether a probe of ours tells of its inside."""

    @property
    def ready_s(self) -> float:
        """How long it may take until it serves, in seconds."""

    @property
    def grace_s(self) -> float | None:
        """What it gets between SIGTERM and SIGKILL, in seconds; None: no SIGTERM."""

    @property
    def companions(self) -> Sequence[ChildProcess]:
        """Other processes of ours that hold connections to it."""

    async def start(
        self,
        components: Sequence[Mapping[str, Any]],
        processes: list[ChildProcess],
        hear: Hear,
    ) -> None:
        """Start it; what comes of it is told to *hear*.

        Args:
            components: name, class or model, and attributes of each.
            processes: each process is added to, as soon as there is one.
            hear: called with what a process says.

        Raises:
            ComponentError: there is nothing to start.
            ToolchainError: the zygote is gone.
        """

    def address(self, serving: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``port`` or ``path`` for a client, given what `serving` told."""

    def explain_end(self) -> str:
        """Say that it does not serve, and where its output is."""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, from any thread."""

    def call(self, order: CallOrder) -> None:
        """Have a call made in it, without a client; from any thread."""

    def close(self) -> None:
        """Begin to end the components as production does."""

    async def has_ended(self) -> bool:
        """Whether the process has; its exit code is then known."""

    def silent_s(self, now_s: float) -> float:
        """For how long its event loop has not had a turn, in seconds; 0 if unknown."""


class ServerHost:
    """A process of ours: the components, the SDK's server, and the probe."""

    process: ChildProcess
    probed: Final = True
    ready_s: Final = SERVING_WITHIN_S
    grace_s: Final = None
    companions: Final = ()

    def __init__(
        self, hosting: str, zygote: Zygote, folder: Path, closers: ExitStack
    ) -> None:
        """Prepare it; what it prints goes into *folder*.

        Args:
            hosting: ``grpc`` for the server, ``direct`` for none.
            zygote: where it is forked from.
            folder: for its output.
            closers: gives back what this holds.
        """
        self._hosting = hosting
        self._zygote = zygote
        self._log = folder / "component.log"
        self._closers = closers
        self._heartbeat: Heartbeat

    async def start(
        self,
        components: Sequence[Mapping[str, Any]],
        processes: list[ChildProcess],
        hear: Hear,
    ) -> None:
        """Start it; what comes of it is told to *hear*."""
        fd = os.memfd_create("deadstop-heartbeat")
        try:
            os.truncate(fd, Heartbeat.SIZE)
            self._heartbeat = Heartbeat(fd)
            self._closers.callback(self._heartbeat.close)
            config = {
                "hosting": self._hosting,
                "folder": str(Path.cwd()),
                "components": list(components),
            }
            child = await self._zygote.fork("host", config, self._log, (fd,))
        finally:
            os.close(fd)
        self.process = child
        processes.append(child)
        child.connect(lambda message: hear(child, message))

    def address(self, serving: Mapping[str, Any]) -> dict[str, Any]:
        """Return the port that it listens on."""
        return {"port": serving["port"]}

    def explain_end(self) -> str:
        """Say that it does not serve, and where its output is."""
        how = (
            f"did not serve within {SERVING_WITHIN_S:g} s"
            if self.process.alive
            else f"ended while being made (exit code {self.process.exit_code})"
        )
        return f"the component's process {how}; its output: {self.process.output}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it, from any thread."""
        self.process.signal(number)

    def call(self, order: CallOrder) -> None:
        """Have a call made in it, without a client; from any thread."""
        self.process.peer.post({"do": asked_for(order), **order.to_message()})

    def close(self) -> None:
        """Ask its server to end, or what has no server to close."""
        if self._hosting == "grpc":
            self.process.signal(signal.SIGTERM)
        else:
            self.process.peer.post({"do": "close"})

    async def has_ended(self) -> bool:
        """Whether the process has; its exit code is then known."""
        process = self.process
        if process.alive and process.peer.gone:
            with suppress(TimeoutError):
                async with asyncio.timeout(EXIT_TOLD_WITHIN_S):
                    await process.wait_exited()
        return not process.alive or process.peer.gone

    def silent_s(self, now_s: float) -> float:
        """For how long its event loop has not had a turn, in seconds."""
        last_s = self._heartbeat.last_s()
        return now_s - last_s if last_s and self.process.alive else 0.0
