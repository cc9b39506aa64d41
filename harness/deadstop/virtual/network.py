"""Connections in memory: what one side writes, the other reads in the next turn.

As TCP on one machine: in order, without loss, several writes of one turn together,
FIN and RST told from one another. It has no delay but the turn of the loop.
"""

import asyncio
import contextvars
import errno
import itertools
import os
import socket
import struct
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from deadstop.virtual.refusal import refuse

if TYPE_CHECKING:
    from deadstop.virtual.clock import VirtualLoop

__all__ = ["MemoryNetwork"]

HOST: Final = "127.0.0.1"
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class _Listener:
    """Who accepts, and in whose context."""

    factory: Callable[[], Any]
    context: Context


class MemoryNetwork:
    """The servers of one loop, by port."""

    def __init__(self, loop: "VirtualLoop") -> None:
        """Begin with none."""
        self._loop = loop
        self._listeners: dict[int, _Listener] = {}
        self._known: set[int] = set()  # also those that are closed again
        self._accepted: list[MemoryTransport] = []
        self._ports = itertools.count(50_000)

    def listen(
        self,
        factory: Callable[[], Any],
        host: Any,
        port: Any,
        options: Mapping[str, Any],
    ) -> "_Server":
        """Accept connections to *port*, each with a protocol of its own.

        Raises:
            VirtualTimeError: a real socket is given, or TLS is asked for.
        """
        if options.get("sock") is not None or options.get("ssl"):
            refuse(f"listening on {host}:{port} with a socket of its own or with TLS")
        number = int(port or next(self._ports))
        if number in self._listeners:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self._known.add(number)
        self._listeners[number] = _Listener(factory, contextvars.copy_context())
        return _Server(self._loop, number, self._listeners)

    def connect(
        self,
        factory: Callable[[], Any],
        host: Any,
        port: Any,
        options: Mapping[str, Any],
    ) -> tuple["MemoryTransport", Any]:
        """Connect to a server of this network.

        Raises:
            VirtualTimeError: nobody listens here: it would be a real connection.
        """
        accept = self._listeners.get(port)
        if accept is None and port in self._known:
            raise ConnectionRefusedError(
                errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)
            )
        if accept is None or options.get("sock") is not None or options.get("ssl"):
            refuse(f"connecting to {host}:{port}")
        client = MemoryTransport(self._loop, (HOST, next(self._ports)))
        server = MemoryTransport(self._loop, (HOST, port), accept.context)
        client.join(server)
        protocol = factory()
        client.begin(protocol)
        server.begin(accept.factory())
        self._accepted.append(server)
        return client, protocol

    def drop(self) -> None:
        """Close all that servers have accepted, as the end of their process does."""
        self._listeners.clear()
        for transport in self._accepted:
            transport.close()


class _Server(asyncio.AbstractServer):
    """A server in memory."""

    def __init__(
        self,
        loop: "VirtualLoop",
        port: int,
        listeners: dict[int, _Listener],
    ) -> None:
        self._loop = loop
        self._listeners = listeners
        self.port = port

    def close(self) -> None:
        """Accept no more connections."""
        self._listeners.pop(self.port, None)

    def get_loop(self) -> "VirtualLoop":
        """Return the loop it lives on."""
        return self._loop

    def is_serving(self) -> bool:
        """Whether it accepts connections."""
        return self.port in self._listeners

    async def start_serving(self) -> None:
        """Do nothing: it serves from its making."""

    async def serve_forever(self) -> None:
        """Wait to be cancelled."""
        await self._loop.create_future()

    async def wait_closed(self) -> None:
        """Return at once."""


class _Socket:
    """As much of a socket as a transport's users ask for."""

    def __init__(self) -> None:
        self.family = socket.AF_INET
        self.type = socket.SOCK_STREAM
        self.proto = socket.IPPROTO_TCP
        self.resets = False  # on close, as SO_LINGER with 0 has it

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        """Set an option; only SO_LINGER means anything here."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self.resets = value == _LINGER_ZERO


class MemoryTransport(asyncio.Transport):
    """One end of a connection."""

    def __init__(
        self,
        loop: "VirtualLoop",
        name: tuple[str, int],
        context: Context | None = None,
    ) -> None:
        """Make the end called *name*; it is to be joined to another."""
        super().__init__()
        self._loop = loop
        self._context = contextvars.copy_context() if context is None else context
        self._name = name
        self._socket = _Socket()
        self._other: MemoryTransport
        self._protocol: Any = None
        self._incoming = bytearray()
        self._ended = False  # the other side sends no more
        self._told_end = False
        self._due = False  # `_receive` is scheduled
        self._paused = False
        self._closing = False
        self._shut = False  # this side sends no more

    def join(self, other: "MemoryTransport") -> None:
        """Make this and *other* the two ends of one connection."""
        self._other, other._other = other, self

    def begin(self, protocol: Any) -> None:
        """Serve *protocol*."""
        self._protocol = protocol
        self._context.copy().run(protocol.connection_made, self)

    # Sending.

    def write(self, data: Any) -> None:
        """Send *data*; the other side reads it in the next turn."""
        if data and not (self._closing or self._shut):
            self._other._incoming += data
            self._other._schedule()

    def can_write_eof(self) -> bool:
        """Yes."""
        return True

    def write_eof(self) -> None:
        """Send no more; still receive."""
        if not (self._closing or self._shut):
            self._shut = True
            self._other._end()

    def close(self) -> None:
        """Send what was written, then FIN."""
        self._close(reset=False)

    def abort(self) -> None:
        """Close at once: by RST where SO_LINGER says so, else by FIN."""
        self._close(reset=self._socket.resets)

    def _close(self, *, reset: bool) -> None:
        if self._closing:
            return
        self._closing = True
        self._soon(self._lose, None)
        if reset:
            error = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            self._other._incoming.clear()
            self._other._reset(error)
        elif not self._shut:
            self._other._end()

    # Receiving.

    def pause_reading(self) -> None:
        """Read no more for the time being."""
        self._paused = True

    def resume_reading(self) -> None:
        """Read again."""
        self._paused = False
        if self._incoming or self._ended:
            self._schedule()

    def is_reading(self) -> bool:
        """Whether it reads."""
        return not (self._paused or self._closing)

    def _schedule(self) -> None:
        if not self._due:
            self._due = True
            self._soon(self._receive)

    def _end(self) -> None:
        self._ended = True
        self._schedule()

    def _reset(self, error: Exception) -> None:
        if not self._closing:
            self._closing = True
            self._soon(self._lose, error)

    def _receive(self) -> None:
        self._due = False
        if self._closing or self._paused:
            return
        if self._incoming:
            data = bytes(self._incoming)
            self._incoming.clear()
            self._protocol.data_received(data)
        if self._ended and not self._told_end and not self._closing:
            self._told_end = True
            if not self._protocol.eof_received():
                self.close()

    def _lose(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)

    def _soon(self, callback: Callable[..., None], *args: Any) -> None:
        self._loop.call_soon(callback, *args, context=self._context.copy())

    # The rest of what a transport is.

    def is_closing(self) -> bool:
        """Whether it is closed, or closing."""
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        known = {
            "socket": self._socket,
            "sockname": self._name,
            "peername": self._other._name,
        }
        return known.get(name, default)

    def get_protocol(self) -> Any:
        """Return the protocol served."""
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        """Serve *protocol* from now on."""
        self._protocol = protocol

    def get_write_buffer_size(self) -> int:
        """Nothing is ever kept back."""
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The limits that are never reached."""
        return (0, 0)

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Nothing is ever kept back."""
