"""The way to a board and back: port, commands, decoder, without any meaning."""

import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from arduino_actuators.errors import BoardMismatchError, LinkLostError
from arduino_actuators.link.commands import CommandQueue, repeat_after_s
from arduino_actuators.link.port import SerialPort
from arduino_actuators.wire import (
    BoardEvent,
    ErrorCode,
    Event,
    HostDecoder,
    Refusal,
    Reply,
    Verb,
    WireError,
)

__all__ = ["BoardChannel", "ChannelListener"]

V = TypeVar("V")

logger: Final = logging.getLogger("arduino_actuators.link")


class ChannelListener(Protocol):
    """Who hears what the board says unasked."""

    def on_boot(self, cause: str) -> None:
        """The board was reset, or must have been."""

    def on_event(self, event: Event) -> None:
        """The board told something about an axis."""

    def on_events_missed(self) -> None:
        """At least one event was lost."""

    def on_lost(self, error: LinkLostError) -> None:
        """The port went away; every command in flight has failed."""


class BoardChannel:
    """One port while it is open, closed and opened again."""

    def __init__(self, path: str, baud: int, listener: ChannelListener) -> None:
        """Name the port; opens nothing."""
        self.path = path
        self.baud = baud
        self.queue = CommandQueue(self._write, repeat_after_s(baud))
        self._listener = listener
        self._port: SerialPort | None = None
        self._decoder = HostDecoder()
        self._last_event: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a port to write to."""
        return self._port is not None

    async def open(self) -> None:
        """Open the port unless it is open.

        Raises:
            LinkOpenError: it cannot be opened; says why.
        """
        if self._port is None:
            self._port = SerialPort(self._on_bytes, self._on_lost)
            self._decoder = HostDecoder()
            self._last_event = None
            await self._port.open(self.path, self.baud)

    async def close(self) -> None:
        """Close the port so that it can be opened again at once; fails all commands."""
        port, self._port = self._port, None
        self.queue.fail_all(LinkLostError(f"port {self.path!r} was closed"))
        if port is not None:
            await port.close()

    def write_first(self, data: bytes) -> None:
        """Send *data* in this turn of the loop, before anything unsent."""
        if self._port is not None:
            self._port.write_first(data, drop_queued=self.queue.busy)

    async def command(
        self,
        verb: Verb,
        *args: str | int,
        within_s: float | None = None,
        at_once: bool = False,
    ) -> Reply:
        """Send a command and wait for its answer; arguments as `CommandQueue.submit`.

        Raises:
            LinkLostError: the port is not open, or went away.
            CommandRefusedError: the board does not do it.
            NoAnswerError: it did not answer.
        """
        if self._port is None:
            raise LinkLostError(f"port {self.path!r} is not open")
        return await self.queue.submit(verb, *args, within_s=within_s, at_once=at_once)

    async def ask(
        self,
        view: Callable[[Reply], V],
        verb: Verb,
        *args: str | int,
        within_s: float | None = None,
    ) -> V:
        """Send a command and return its answer as *view* reads it.

        Raises:
            BoardMismatchError: the answer is not what *verb* is answered with.
        """
        reply = await self.command(verb, *args, within_s=within_s)
        try:
            return view(reply)
        except WireError as error:
            raise BoardMismatchError(
                f"what answers on port {self.path!r} is no motor board: {error}"
            ) from error

    def _write(self, data: bytes) -> None:
        if self._port is not None:
            self._port.write(data)

    def _on_bytes(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            if isinstance(message, Reply):
                self.queue.hear(message)
            elif isinstance(message, Refusal):
                if message.code is ErrorCode.NO_SESSION:
                    self._listener.on_boot("unnoticed")
                self.queue.hear(message)
            elif isinstance(message, Event):
                self._on_event(message)

    def _on_event(self, event: Event) -> None:
        last, self._last_event = self._last_event, event.number
        if event.event is BoardEvent.BOOT:
            self._listener.on_boot(event.fields[0] if event.fields else "unknown")
            return
        if last is not None and event.number != (last + 1) % 256:
            self._listener.on_events_missed()
        if event.event is BoardEvent.REJECT:
            self.queue.hear_reject()
        else:
            self._listener.on_event(event)

    def _on_lost(self, why: str) -> None:
        self._port = None
        error = LinkLostError(
            f"port {self.path!r} was lost ({why}); the board stops by its lease; plug "
            "it in again, the next call reconnects"
        )
        logger.warning("%s", error)
        self.queue.fail_all(error)
        self._listener.on_lost(error)
