"""A client's process: the SDK's real client over a real TCP connection."""

import asyncio
import functools
import logging
import socket
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from grpclib.client import Channel
from grpclib.events import SendMessage, SendRequest, listen
from grpclib.metadata import Deadline

from deadstop import triggers
from deadstop.caller import CALL_ID, Caller, CallOrder
from deadstop.hosting.channel import Message, Peer, Posts
from deadstop.hosting.loading import lookup_api
from deadstop.hosting.session import Session

__all__ = ["Client", "main"]


def main(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Call the components named in *config* when the judge says so."""
    logging.basicConfig(level=logging.WARNING)
    client = Client(config)

    async def run() -> None:
        peer = Peer(sock, client.on_message, client.leave)
        await client.run(peer)

    asyncio.run(run())


class _Channel(Channel):
    """A channel on which a call can be given a deadline of the trigger's making."""

    deadlines: Mapping[str, Deadline] = MappingProxyType({})  # by the call

    def request(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - grpclib's
        """Open a request, as grpclib does."""
        if (deadline := self.deadlines.get(CALL_ID.get(""))) is not None:
            options["timeout"] = None
            options["deadline"] = deadline
        return super().request(*args, **options)


class Client:
    """One client: one channel, any number of calls, as the judge orders."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take where the server is, and the API of each component by its name.

        That is a port of this machine, or the path of a socket.
        """
        self._config = config
        self._leave = asyncio.Event()
        self._peer: Posts
        self._caller: Caller
        self._answers: set[asyncio.Task[None]] = set()
        self._at_once: dict[str, Message] = {}  # by the call at whose start to strike

    def leave(self) -> None:
        """Close the channel and end."""
        self._leave.set()

    async def run(self, peer: Posts) -> None:
        """Connect, and stay connected until told to leave."""
        self._peer = peer
        if "path" in self._config:
            channel = _Channel(path=self._config["path"])
        else:
            channel = _Channel("127.0.0.1", self._config["port"])
        listen(channel, SendRequest, self._on_send_request)
        listen(channel, SendMessage, self._on_send_message)
        resources = {
            name: lookup_api(api).create_rpc_client(name, channel)
            for name, api in self._config["components"].items()
        }
        self._caller = Caller(resources, self._tell, self._start_task, channel)
        channel.deadlines = self._caller.deadlines
        await channel.__connect__()
        self._tell("connected")
        await self._leave.wait()
        channel.close()

    def _tell(
        self,
        kind: str,
        *,
        source: str = "client",
        t_s: float | None = None,
        **data: object,
    ) -> None:
        stamp_s = time.monotonic() if t_s is None else t_s
        self._peer.post({"event": kind, "source": source, "t_s": stamp_s, "data": data})

    def _start_task(self, call: str, body: Any) -> "asyncio.Task[Any]":  # noqa: ANN401
        return asyncio.get_running_loop().create_task(body, name=f"call {call}")

    async def _on_send_request(self, event: SendRequest) -> None:
        event.metadata["deadstop-call"] = CALL_ID.get("")

    async def _on_send_message(self, _: SendMessage) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(
            functools.partial(self._tell, "request-sent", call=CALL_ID.get(""))
        )
        message = self._at_once.pop(CALL_ID.get(""), None)
        if message is not None:
            # The request's bytes leave in this turn; strike in the next.
            loop.call_soon(self._strike, message)

    def on_message(self, message: Message) -> Message | None:
        """Do what the judge orders; return the answer, if it is known at once."""
        match message["do"]:
            case "call":
                if "strike_at_once" in message:
                    self._at_once[message["id"]] = message["strike_at_once"]
                self._caller.start(triggers.prepared(self._caller, message, self._tell))
            case "ask":
                self._later(self._ask(message))
            case "open-session":
                self._later(self._open_session(message))
            case "strike":
                self._strike(message)
            case "leave":
                self._leave.set()
            case unknown:
                return {"error": f"unknown order {unknown!r}"}
        return None

    def _strike(self, message: Message) -> None:
        trigger = triggers.by_name(message["trigger"])
        order = CallOrder.from_message(message)
        if trigger.lead_in is None:
            self._strike_now(trigger, order)
        else:
            trigger.lead_in(self._caller, order)
            asyncio.get_running_loop().call_soon(self._strike_now, trigger, order)

    def _strike_now(self, trigger: triggers.Trigger, order: CallOrder) -> None:
        self._tell("strike", source="judge", trigger=trigger.name)
        trigger.strike(self._caller, order)

    def _later(self, body: Any) -> None:  # noqa: ANN401 - a coroutine of ours
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(body)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _open_session(self, message: Message) -> None:
        """Make the calls in a session from now on."""
        CALL_ID.set(message["id"])
        assert self._caller.channel is not None  # noqa: S101 - a client has one
        session = Session(
            self._caller.channel,
            self._config["port"],
            message["expires_after_s"],
            lambda: self._tell("heartbeats-cease"),
        )
        await session.open()
        self._peer.answer(message, {})

    async def _ask(self, message: Message) -> None:
        outcome = await self._caller.outcome(CallOrder.from_message(message))
        self._peer.answer(message, outcome)
