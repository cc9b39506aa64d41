"""The side channel: JSON messages over a SOCK_SEQPACKET pair, one each a packet."""

import asyncio
import contextlib
import itertools
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

__all__ = [
    "MAX_MESSAGE_BYTES",
    "Answers",
    "Message",
    "Peer",
    "PeerGoneError",
    "Posts",
    "socket_pair",
]

Message: TypeAlias = Mapping[str, Any]

# Far above what any report needs, far below the kernel's default send buffer.
MAX_MESSAGE_BYTES: Final = 128 * 1024


class PeerGoneError(Exception):
    """The process at the other end of the side channel is gone, or does not answer."""


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends of a channel that keeps the borders of messages."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Answers(Protocol):
    """Where a request's answer goes."""

    def answer(self, request: Message, reply: Message) -> None:
        """Answer *request*."""


class Posts(Answers, Protocol):
    """Where messages go."""

    def post(self, message: Message) -> bool:
        """Send *message* now; False if the other end is gone."""


class Peer:
    """One end of a side channel, read on the event loop it was made on.

    A message with ``"request"`` wants an answer: its handler's result goes back
    under the same number. `post` may be called from any thread.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_message: Callable[[Message], Message | None],
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        """Read *sock* from now on.

        Args:
            sock: a SOCK_SEQPACKET socket; owned from here on.
            on_message: called on the loop for each message that is not an answer.
            on_gone: called once, when the other end has closed.
        """
        self._sock = sock
        self._sock.setblocking(False)
        self._on_message = on_message
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._closed = False
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def gone(self) -> bool:
        """Whether the channel is closed, by either end."""
        return self._closed

    def post(self, message: Message) -> bool:
        """Send *message* now, without waiting; False if the other end is gone."""
        try:
            self._sock.send(json.dumps(message).encode())
        except OSError:
            return False
        return True

    async def request(self, message: Message, within_s: float) -> Message:
        """Send *message* and wait for its answer.

        Raises:
            PeerGoneError: the other end is gone, or did not answer in time.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Message] = self._loop.create_future()
        self._waiting[number] = answer
        try:
            if self._closed or not self.post({**message, "request": number}):
                raise PeerGoneError(f"{message.get('do')}: the process is gone")
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            raise PeerGoneError(
                f"{message.get('do')}: no answer within {within_s:g} s"
            ) from None
        finally:
            del self._waiting[number]

    def close(self) -> None:
        """Close this end; who waits for an answer learns that none will come."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerGoneError("the process is gone"))
        if self._on_gone is not None:
            self._on_gone()

    def answer(self, request: Message, reply: Message) -> None:
        """Answer *request* later than its handler returned."""
        self.post({**reply, "answer": request["request"]})

    def _readable(self) -> None:
        while not self._closed:
            try:
                packet = self._sock.recv(MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self.close()
                return
            self._received(json.loads(packet))

    def _received(self, message: Message) -> None:
        number = message.get("answer")
        if number is not None:
            waiting = self._waiting.get(number)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
            return
        reply = self._on_message(message)
        if reply is not None and "request" in message:
            with contextlib.suppress(OSError):
                self.answer(message, reply)
