"""The component's process and its callers', as they are when they share one process.

They are the same classes as on the real clock. What was a process is an *owner* here: a
context that every callback and task of it carries, so that one can end and the others
go on; what was a side channel is a call.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Final

from grpclib.events import RecvRequest, listen
from viam.components.component_base import ComponentBase
from viam.rpc.server import Server

from deadstop.hosting.channel import Message, PeerGoneError
from deadstop.hosting.host import Host
from deadstop.hosting.probe import CallTask, Leftovers, Probe
from deadstop.virtual.clock import Owner, VirtualLoop, is_running
from deadstop.virtual.descriptors import DESCRIPTORS

__all__ = ["Inmate", "VirtualHost", "VirtualProbe"]

SERVER_PORT: Final = 8080  # of the network in memory


class LocalPeer:
    """The two ends of a side channel that nothing can come in between."""

    def __init__(
        self,
        loop: VirtualLoop,
        context: Context,
        on_message: Callable[[Message], Message | None],
    ) -> None:
        """Deliver to *on_message*, in *context*."""
        self.gone = False
        self._loop = loop
        self._context = context
        self._on_message = on_message
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}

    def post(self, message: Message) -> bool:
        """Deliver *message* at once, or as soon as no time is passing.

        A process that is in the midst of a callback hears nothing before its end.
        """
        if self.gone:
            return False
        if self._loop.advancing or is_running(self._context):
            self._loop.call_soon(self._deliver, message, context=self._context.copy())
        else:
            self._context.copy().run(self._deliver, message)
        return True

    async def request(self, message: Message, within_s: float) -> Message:
        """Deliver *message* and wait for its answer.

        Raises:
            PeerGoneError: there was none in time.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Message] = self._loop.create_future()
        self._waiting[number] = answer
        try:
            if not self.post({**message, "request": number}):
                raise PeerGoneError(f"{message.get('do')}: the process is gone")
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            raise PeerGoneError(
                f"{message.get('do')}: no answer within {within_s:g} s"
            ) from None
        finally:
            del self._waiting[number]

    def answer(self, request: Message, reply: Message) -> None:
        """Answer *request*."""
        waiting = self._waiting.get(request["request"])
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def close(self) -> None:
        """Let nothing through any more."""
        self.gone = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerGoneError("the process is gone"))

    def _deliver(self, message: Message) -> None:
        reply = self._on_message(message)
        if reply is not None and "request" in message:
            self.answer(message, reply)


class Outbox:
    """What an inmate tells the judge by."""

    def __init__(self, peer: LocalPeer, hear: Callable[[Message], None]) -> None:
        """Tell *hear*; answers go to *peer*."""
        self._peer = peer
        self._hear = hear

    def post(self, message: Message) -> bool:
        """Tell at once."""
        self._hear(message)
        return True

    def answer(self, request: Message, reply: Message) -> None:
        """Answer *request*."""
        self._peer.answer(request, reply)


class Inmate:
    """What was a process: a context, a peer, and a main task."""

    def __init__(
        self,
        loop: VirtualLoop,
        context: Context,
        on_message: Callable[[Message], Message | None],
        hear: Callable[[Message], None],
    ) -> None:
        """Make it; `start` gives it life."""
        self.loop = loop
        self.context = context
        self.peer = LocalPeer(loop, context, on_message)
        self.outbox = Outbox(self.peer, hear)
        self.main: asyncio.Task[None]

    def start(self, body: Coroutine[Any, Any, None]) -> None:
        """Run *body* as its main coroutine."""
        self.main = self.loop.create_task(body, context=self.context.copy())


class VirtualProbe(Probe):
    """A probe of one owner among several; the loop itself tells what blocks it."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        """Watch the running loop; *tell* tells the judge."""
        super().__init__(tell)
        self._calls: dict[str, CallTask] = {}

    def claim(self, task: CallTask, call: str) -> None:
        """Tell of cancellations of *task* as those of *call*."""
        super().claim(task, call)
        self._calls[call] = task

    @property
    def has_calls(self) -> bool:
        """Whether a call has not ended yet."""
        return any(not task.done() for task in self._calls.values())

    def cancel(self, call: str) -> bool:
        """Cancel the task of *call* in the component's own process, if it runs."""
        task = self._calls.get(call)
        return task is not None and task.cancel()

    def _count(self) -> Leftovers:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)  # noqa: S101 - there is no other
        found = Leftovers(None, loop.tasks_of(Owner.HOST))
        found.counts.update(f"descriptor {name}" for name in DESCRIPTORS.names())
        return found


class VirtualHost(Host):
    """The component's host, served in memory."""

    async def _serve(self, components: list[ComponentBase]) -> None:
        """Serve as the SDK's own `serve` does, without its sockets and signals."""
        server = self._server = Server(list(components))
        grpc = server._server  # noqa: SLF001 - the SDK offers no other way
        listen(grpc, RecvRequest, self._on_request)
        listen(grpc, RecvRequest, server._grpc_recvrequest_handler)  # noqa: SLF001
        await grpc.start("127.0.0.1", SERVER_PORT)
        self._probe.event("serving", host="127.0.0.1", port=SERVER_PORT)
        await self._close_asked.wait()
        grpc.close()
        await grpc.wait_closed()
        await server.close()  # type: ignore[no-untyped-call]

    def end_by_signal(self) -> None:
        """End as on SIGTERM."""
        self._close_asked.set()
