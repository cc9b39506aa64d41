"""The component's process: the component, its server, and the probe."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from grpclib.events import RecvRequest, listen
from viam.components.component_base import ComponentBase
from viam.rpc.server import Server

from deadstop import triggers
from deadstop.caller import Caller, CallOrder
from deadstop.hosting.channel import Answers, Message, Peer
from deadstop.hosting.loading import LoadError, load_class, make_component
from deadstop.hosting.probe import CallTask, Heartbeat, Probe
from deadstop.hosting.robot import Robot
from deadstop.triggers import session_expiry

__all__ = ["Host", "inspect_main", "main"]

LEAVES_WITHIN_S: Final = 1.0


def inspect_main(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Import the component's class, say whether it can be used, and end."""

    async def inspect() -> None:
        peer = Peer(sock, lambda _: None)
        try:
            cls = load_class(config["class"], config["folder"])
        except LoadError as error:
            peer.post({"event": "unusable", "error": str(error)})
        else:
            peer.post({"event": "usable", "api": str(cls.API)})
        peer.close()

    asyncio.run(inspect())


def main(sock: socket.socket, fds: list[int], config: Mapping[str, Any]) -> None:
    """Serve the configured components until the judge says it is over."""
    logging.basicConfig(level=logging.WARNING)
    host = Host(config)

    async def run() -> None:
        peer = Peer(sock, host.on_message, host.judge_gone)
        probe = Probe(peer.post)
        probe.begin_to_beat(Heartbeat(fds[0]))
        await host.run(peer, probe)

    asyncio.run(run())


class _Rebuilding:
    """A component that is to be made anew, as whoever calls it sees it."""

    def __init__(
        self, rebuild: Callable[[str], Coroutine[Any, Any, None]], name: str
    ) -> None:
        self._rebuild = rebuild
        self._name = name

    async def reconfigure(self) -> None:
        """Make it anew; returns once the new one is in its place."""
        await self._rebuild(self._name)


class Host:
    """One case's component, its server and its probe, as the judge orders."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the components' names, classes and attributes, and the hosting."""
        self._config = config
        self._peer: Answers
        self._probe: Probe
        self._caller: Caller
        self._server: Server
        self._robot: Robot
        self._end: asyncio.Future[None]
        self._leave = asyncio.Event()
        self._close_asked = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self, peer: Answers, probe: Probe) -> None:
        """Make the components, serve them, and end when the judge says so.

        When it says that the loop is to end, this returns with all of that alive.
        """
        self._peer = peer
        self._probe = probe
        try:
            components = self._make()
        except LoadError as error:
            self._probe.event("unusable", error=str(error))
            return
        self._caller = Caller(
            {component.name: component for component in components},
            self._probe.event,
            self._probe.start_call,
        )
        self._robot = Robot(self._caller.resources, self._session_expired)
        loop = asyncio.get_running_loop()
        self._end = loop.create_future()
        work = loop.create_task(self._work(components))
        await asyncio.wait({work, self._end}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # raises what ended it

    async def _work(self, components: list[ComponentBase]) -> None:
        if self._config["hosting"] == "grpc":
            await self._serve(components)
        else:
            self._probe.event("serving", port=0)
            await self._close_asked.wait()
            for component in components:
                await component.close()  # type: ignore[no-untyped-call]
        self._probe.event("closed")
        await self._leave.wait()

    def _make(self) -> list[ComponentBase]:
        return [self._make_one(one) for one in self._config["components"]]

    def _make_one(self, one: Mapping[str, Any]) -> ComponentBase:
        cls = load_class(one["class"], self._config["folder"])
        return make_component(cls, one["name"], one["attributes"])

    async def _serve(self, components: list[ComponentBase]) -> None:
        """Serve with the SDK's own `serve`, and end as it ends: on SIGTERM."""
        server = self._server = Server(list(components))
        grpc = server._server  # noqa: SLF001 - the SDK offers no hook for "it listens"
        listen(grpc, RecvRequest, self._on_request)
        listener = _listener()
        port = listener.getsockname()[1]
        self._probe.own_port = port
        start = grpc.start

        async def start_and_tell(host: str, port: int) -> None:
            await start(sock=listener)
            self._probe.event("serving", host=host, port=port)

        grpc.start = start_and_tell  # type: ignore[method-assign,assignment]
        await server.serve("127.0.0.1", port, log_level=logging.WARNING)

    async def _on_request(self, event: RecvRequest) -> None:
        call = str(event.metadata.get("deadstop-call", ""))
        task = asyncio.current_task()
        if isinstance(task, CallTask):
            self._probe.claim(task, call)
        method = self._robot.method_of(event)
        name = event.method_name.rpartition("/")[2]

        async def told(stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
            self._probe.event("call-begun", call=call, method=name)
            outcome = "returned"
            error = ""
            try:
                await method(stream)
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            except Exception as raised:
                outcome = "raised"
                error = f"{type(raised).__name__}: {raised}"[:500]
                raise
            finally:
                self._probe.event("call-ended", call=call, outcome=outcome, error=error)

        event.method_func = told

    def _session_expired(self, names: tuple[str, ...]) -> None:
        self._probe.event("session-expired", components=", ".join(names))
        if not names:
            return
        trigger = session_expiry.TRIGGER
        self._probe.event("strike", source="judge", trigger=trigger.name)
        order = CallOrder(trigger.call, ", ".join(names), "stop")
        self._caller.start(order, self._robot.stops_of(names))

    def on_message(self, message: Message) -> Message | None:
        """Do what the judge orders; return the answer, if it is known at once."""
        match message["do"]:
            case "call":
                self._call(message)
            case "reconfigure":
                order = CallOrder.from_message(message)
                self._caller.start(order, _Rebuilding(self._rebuild, order.component))
            case "ask":
                self._later(self._ask(message))
            case "strike":
                self._strike(message)
            case "baseline":
                self._probe.set_baseline()
                return {}
            case "wait-clean":
                self._later(self._wait_clean(message))
            case "end-loop":
                self._end.set_result(None)
            case "close":
                self._close_asked.set()
            case "leave":
                self._leave.set()
            case unknown:
                return {"error": f"unknown order {unknown!r}"}
        return None

    def _call(self, message: Message) -> None:
        self._caller.start(triggers.prepared(self._caller, message, self._probe.event))
        if "strike_at_once" in message:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._strike, message["strike_at_once"])

    async def _rebuild(self, name: str) -> None:
        """Make the component anew in its old place, as the SDK's `Module` does.

        It is asked for a `stop`, then closed, and only then is there a new one.
        """
        old = self._caller.resources[name]
        place = old.get_resource_name(name)
        if callable(stop := getattr(old, "stop", None)):
            await stop()
        await self._server.remove_resource(place)
        (config,) = [one for one in self._config["components"] if one["name"] == name]
        new = self._make_one(config)
        self._server.register(new)
        self._caller.resources[name] = new

    def _strike(self, message: Message) -> None:
        trigger = triggers.by_name(message["trigger"])
        self._probe.event("strike", source="judge", trigger=trigger.name)
        order = CallOrder.from_message(message)
        trigger.strike(self._caller, order)

    def _later(self, body: Any) -> None:  # noqa: ANN401 - a coroutine of ours
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(body)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _ask(self, message: Message) -> None:
        outcome = await self._caller.outcome(CallOrder.from_message(message))
        self._peer.answer(message, outcome)

    async def _wait_clean(self, message: Message) -> None:
        report = await self._probe.wait_clean(message["within_s"])
        self._peer.answer(message, report)

    def judge_gone(self) -> None:
        """End as a process that was asked to end would."""
        # Nobody is left to report to; end as a process asked to end would. A server
        # that the judge never came to know gets no SIGTERM: it leaves by itself.
        self._close_asked.set()
        self._leave.set()
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_later(LEAVES_WITHIN_S, _exit_now)


def _listener() -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named, as its own
    # listeners have it; without that every reply would wait 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


def _exit_now() -> None:
    raise SystemExit(0)
