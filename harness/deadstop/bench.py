"""A bench: a rig brought to life for one case, and always put back to rest.

On a bench stand each of the rig's boards with the tap on its link, the components in
a process of their own, and their callers in processes of theirs. However a case ends,
leaving the bench stops what moves, ends the processes, and closes the ports, in this
order.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from grpclib.client import Channel

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardCrashedError, SimulatedBoard
from deadstop.boards.maker import RigBoards
from deadstop.busy import WAITS, CpuWaits
from deadstop.caller import CallOrder
from deadstop.errors import ComponentError, LinkFaultError
from deadstop.hosting import ChildProcess, Message, PeerGoneError, Zygote
from deadstop.hosting.inspection import ComponentClass, holds_open
from deadstop.hosting.module_host import ModuleHost
from deadstop.hosting.served import Served, ServerHost
from deadstop.link import LinkKind, Tap
from deadstop.link.harm import LinkHarm
from deadstop.rig import Rig
from deadstop.station import Station
from deadstop.stations import LOOK_S, Stations, port_use
from deadstop.subjects import Subject, subject_of
from deadstop.trace import Event, Scalar, Source, Trace
from deadstop.triggers import Hosting

__all__ = ["Bench"]

CONNECTED_WITHIN_S: Final = 10.0
SETTLED_WITHIN_S: Final = 0.1  # a shaft that has arrived creeps for some 20 ms more
ABORT_WITHIN_S: Final = 0.4  # what a component gets to end by itself on Ctrl-C
# What can end a motion on the wire: a stop, or a newer motion.
_STOPPING: Final = frozenset({LinkKind.STOP, LinkKind.MOTION})
AGAIN_S: Final = 0.02  # an impatient supervisor's second signal, amid the cleanup
LEFT_AFTER_S: Final = 0.1  # a connection that ends must not do a signal's work
_LEAVE: Final = {"do": "leave"}
WAITS_TOLD_S: Final = 0.02
SILENT_S: Final = 0.1  # ten missed beats


class Bench:
    """A rig brought to life; an async context manager."""

    def __init__(
        self,
        rig: Rig,
        zygote: Zygote,
        trace: Trace,
        folder: Path,
        *,
        classes: Mapping[str, ComponentClass],
        hosting: Hosting = Hosting.GRPC,
        boards: RigBoards | None = None,
        harm: LinkHarm | None = None,
    ) -> None:
        """Prepare; entering the context starts everything.

        Args:
            rig: what to bring to life.
            zygote: where the processes are forked from.
            trace: gets every event.
            folder: where the component's output goes.
            classes: what each component is made from, by its name: `inspect_rig`.
            hosting: how the component is served. Where the rig has a module, that
                takes the place of a server of ours.
            boards: makes the boards; default: one for this bench alone.
            harm: what the link does to the component's messages.
        """
        self.rig = rig
        self.trace = trace
        self.hosting = hosting
        if rig.module is not None and hosting is Hosting.GRPC:
            self.hosting = Hosting.MODULE
        self.at_rest = True
        self.host: ChildProcess
        self.caller: ChildProcess
        self.other: ChildProcess
        self._zygote = zygote
        self._folder = folder
        self._classes = classes
        self._boards = boards
        self._numbers = iter(range(1, 1_000_000))
        self._processes: list[ChildProcess] = []
        self._closers = ExitStack()  # all are closed, whatever one of them raises
        self._stations = Stations(
            rig, trace.add, self._closers, folder=folder, harm=harm
        )
        self._served = self._make_served()
        self._loop: asyncio.AbstractEventLoop
        self._address: dict[str, Any] = {}  # where the components are served
        self._gone_told = False
        self._waits = CpuWaits()

    def _make_served(self) -> Served:
        if self.hosting is Hosting.MODULE:
            return ModuleHost(self.rig, self._zygote, self._folder, self._closers)
        return ServerHost(self.hosting.value, self._zygote, self._folder, self._closers)

    # Coming to life

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        try:
            if self._boards is not None:
                await self._boards.go_back()
            self._stations.start(self._boards)
            await self._start_host()
            if self.hosting is not Hosting.DIRECT:
                self.caller = await self._start_client()
                self.other = await self._start_client()
            else:
                self.caller = self.other = self.host
        except BaseException:
            await self._end(in_order=False)
            raise
        return self

    async def _start_host(self) -> None:
        served = self._served
        await served.start(self._components(), self._processes, self._heard)
        self.host = served.process
        event = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind in ("serving", "unusable"),
            served.ready_s,
        )
        if event is None:
            raise ComponentError(served.explain_end())
        if event.kind == "unusable":
            raise ComponentError(str(event.data["error"]))
        self._address = served.address(event.data)

    def _components(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "class": self._classes[name].path,
                "attributes": component.attributes_for(self.tap_of(name).path),
            }
            for name, component in self.rig.components.items()
        ]

    async def _start_client(self) -> ChildProcess:
        config = {
            **self._address,
            "components": {name: one.api for name, one in self._classes.items()},
        }
        before = len(self.trace)
        client = await self._fork("client", config)
        connected = await self.wait_for(
            lambda e: e.kind == "connected" and e.data.get("pid") == client.pid,
            CONNECTED_WITHIN_S,
        )
        if connected is None:
            raise LinkFaultError(
                f"a client could not connect to {self._address} within "
                f"{CONNECTED_WITHIN_S:g} s ({len(self.trace) - before} events since)"
            )
        return client

    async def _fork(self, role: str, config: Mapping[str, Any]) -> ChildProcess:
        child = await self._zygote.fork(role, config, self._folder / "component.log")
        self._processes.append(child)
        child.connect(lambda message: self._heard(child, message))
        return child

    def _heard(self, child: ChildProcess, message: Message) -> None:
        data = dict(message.get("data", {}))
        if message["event"] == "connected":
            data["pid"] = child.pid
        self.trace.add(
            Event(message["t_s"], Source(message["source"]), message["event"], data)
        )

    @asynccontextmanager
    async def connect_client(self, component: str | None = None) -> AsyncIterator[Any]:
        """Connect the SDK's own client to *component* (default: the rig's first).

        Hosting `grpc` only. The channel is closed at the end, if it still is open.
        """
        # Imported here: the SDK takes over logging and exception hooks on import.
        from deadstop.hosting.loading import lookup_api  # noqa: PLC0415

        path = self._address.get("path")
        channel = Channel("127.0.0.1", self._address.get("port"), path=path)
        try:
            name = component or next(iter(self.rig.components))
            registered = lookup_api(self._classes[name].api)
            yield registered.create_rpc_client(name, channel)
        finally:
            channel.close()

    # What stands on it

    @property
    def board(self) -> SimulatedBoard:
        """The rig's `[board]`."""
        return self._stations.first.board

    @property
    def tap(self) -> Tap:
        """The tap on the link of the rig's `[board]`."""
        return self._stations.first.tap

    def tap_of(self, component: str) -> Tap:
        """Return the tap on the link of *component*."""
        return self._stations.of(component).tap

    def subject_of(self, component: str) -> Subject:
        """Return how *component* is called and asked."""
        return subject_of(self._classes[component].api)

    def shaft_position_rev(self, axis: str) -> float:
        """Return where the witness sees *axis*, by the name that the trace has."""
        return self._stations.shaft_position_rev(axis)

    def is_still(self) -> bool:
        """Whether every drive is off and every shaft still, on all boards."""
        return self._stations.is_still()

    # What a trigger can do to it (`Hands`), and what else happens while it lives

    def kill_caller(self) -> None:
        """Kill the process that makes the calls."""
        self.caller.kill_nowait()

    def freeze_caller(self) -> None:
        """Freeze the process that makes the calls; its connection stays open."""
        self.caller.signal(signal.SIGSTOP)

    def thaw_caller(self) -> None:
        """Let the process that makes the calls, which was frozen, go on."""
        self.note("caller-thaw")
        self.caller.signal(signal.SIGCONT)

    def signal_host(self, number: signal.Signals) -> None:
        """Send a signal to the component's process."""
        self._served.signal(number)

    def thaw_host(self) -> None:
        """Let the component's process, which was frozen, go on."""
        self.note("thaw")
        self.signal_host(signal.SIGCONT)

    def call_in_host(self, order: CallOrder) -> None:
        """Have a call made in the component's own process, without a client."""
        self._served.call(order)

    def terminate_host(self, times: int = 1) -> None:
        """Ask the component's process to end (SIGTERM), once or *times* in a row."""
        self.host.tell_exit(self._note_host_ended)
        self.host.peer.post(_LEAVE)  # as soon as its server has closed
        self.host.signal(signal.SIGTERM)
        for number in range(1, times):
            self._later(number * AGAIN_S, lambda: self.host.signal(signal.SIGTERM))
        # From Python 3.12 on a server that is told to end waits for its clients.
        for client in (self.caller, self.other, *self._served.companions):
            self._later(LEFT_AFTER_S, partial(client.peer.post, _LEAVE))

    def _later(self, after_s: float, act: Callable[[], object]) -> None:
        """Do it on the loop in so many seconds; from any thread."""
        self._loop.call_soon_threadsafe(self._loop.call_later, after_s, act)

    def end_host_loop(self) -> None:
        """Let the main coroutine of the component's process return."""
        self.host.tell_exit(self._note_host_ended)
        self.host.peer.post({"do": "end-loop"})

    def _note_host_ended(self) -> None:
        self.note("host-ended", exit_code=self.host.exit_code)

    def reset_board(
        self, component: str, cause: BootCause = BootCause.EXTERNAL
    ) -> None:
        """Reset the board of *component*; by default as by its button."""
        self._stations.of(component).reset(cause)

    def unplug(self, component: str) -> None:
        """Take the port of *component* away, for good."""
        self._stations.of(component).unplug()

    def now_s(self) -> float:
        """Return the present on the clock that all stamps are of, in seconds."""
        return time.monotonic()

    def note(self, kind: str, **data: Scalar) -> None:
        """Add an event of the judge's own, stamped now."""
        self.trace.add(Event(self.now_s(), Source.JUDGE, kind, data))

    def note_waits(self) -> None:
        """Note how long the processes of the case have waited for a CPU, until now."""
        pids = {os.getpid(), self.host.pid, self.caller.pid, self.other.pid}
        self.note(WAITS, waited_s=round(self._waits.total_s(pids), 6))

    def watch_waits(self, strike_s: float | None = None) -> None:
        """Note that before a strike, now or at *strike_s*, and when a stop passes."""
        if strike_s is None:
            self.note_waits()
        else:
            self._loop.call_at(strike_s, self.note_waits)

        def hear(event: Event) -> None:
            if event.kind in _STOPPING and event.source is Source.LINK:
                unlisten()
                # Who waits just now is only told once it runs.
                self._later(WAITS_TOLD_S, self.note_waits)

        unlisten = self.trace.listen(hear)

    async def wait_for(
        self, wanted: Callable[[Event], object], within_s: float
    ) -> Event | None:
        """Wait for the first event that is *wanted*, past or to come.

        Returns:
            The event; None if it did not come in time or the component ended.
        """
        found: asyncio.Future[Event | None] = self._loop.create_future()

        def settle(event: Event | None) -> None:
            if not found.done():
                found.set_result(event)

        def hear(event: Event) -> None:
            if wanted(event):
                self._loop.call_soon_threadsafe(settle, event)

        unlisten = self.trace.listen(hear)
        # What a process said last is read before its end is noted; give that a turn.
        untell = self.host.tell_exit(
            lambda: self._loop.call_later(LOOK_S, settle, None)
        )
        try:
            past = next((event for event in self.trace if wanted(event)), None)
            if past is not None:
                return past
            async with asyncio.timeout(within_s):
                return await found
        except TimeoutError:
            return None
        finally:
            untell()
            unlisten()

    async def ask(self, component: str, method: str, **args: object) -> Message:
        """Call a method through the other client and return the outcome.

        Raises:
            PeerGoneError: no answer within the rig's `call_ms`.
        """
        order = CallOrder(f"ask#{next(self._numbers)}", component, method, args)
        message = {"do": "ask", **order.to_message()}
        answer = await self._request(self.other, message)
        if answer["outcome"] != "returned" and not self.host.alive:
            raise PeerGoneError(f"{method}: its process is gone: {self._note_gone()}")
        return answer

    async def set_baseline(self) -> None:
        """Note what lives in the component's process; more than that is leftover."""
        if self._served.probed:
            await self._request(self.host, {"do": "baseline"})

    async def wait_clean(self) -> Message | None:
        """Wait until nothing is left over in the component's process, bounded.

        Returns:
            What is; None where there is no probe in that process.
        """
        if not self._served.probed:
            return None
        within_s = self.rig.limits.cleanup_ms / 1000
        return await self._request(
            self.host, {"do": "wait-clean", "within_s": within_s}, extra_s=within_s
        )

    async def _request(
        self, child: ChildProcess, message: Message, extra_s: float = 0.0
    ) -> Message:
        within_s = self.rig.limits.call_ms / 1000 + extra_s
        try:
            return await child.peer.request(message, within_s)
        except PeerGoneError:
            if await self._served.has_ended():
                self._note_gone()
            raise

    def _note_gone(self) -> str:
        how = f"it ended by itself, exit code {self.host.exit_code}"
        if not self._gone_told:
            self._gone_told = True
            self.note("component-gone", text=how)
        return how

    def note_heartbeat(self) -> None:
        """Note for how long the component's event loop has been silent."""
        silent_s = self._served.silent_s(self.now_s())
        if silent_s > SILENT_S:
            self.note("heartbeat", silent_s=round(silent_s, 4))

    # Coming to rest

    async def close_component(self) -> None:
        """End the component as production does, and see whether it frees its port."""
        within_s = self.rig.limits.cleanup_ms / 1000 + 1.0
        if self.hosting is Hosting.GRPC:
            # From Python 3.12 on a server that is told to end waits for its clients.
            for client in (self.caller, self.other):
                client.peer.post(_LEAVE)
        self._served.close()
        closed = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind == "closed", within_s
        )
        if closed is None:
            how = f"did not close within {within_s:g} s"
            if await self._served.has_ended():
                how = f"ended (exit code {self.host.exit_code}) instead of closing"
            detail = f"the component {how}"
            self.note("port", released=False, after_s=None, detail=detail)
            return
        if error := closed.data.get("error"):
            detail = f"the component was not removed in order: {error}"
            self.note("port", released=False, after_s=None, detail=detail)
            return
        await self._note_ports(closed.t_s)

    async def note_port_freed(self) -> None:
        """See that the component's process ends, and frees its port by that."""
        within_s = self.rig.limits.cleanup_ms / 1000
        try:
            async with asyncio.timeout(within_s):
                await self.host.wait_exited()
        except TimeoutError:
            detail = f"the component's process did not end within {within_s:g} s"
            self.note("port", released=False, after_s=None, detail=detail)
        else:
            await self._note_ports(self.now_s())

    async def note_port_released(self, call: str, component: str) -> None:
        """See that *call*, which closed *component*, frees its port."""
        closed = await self.wait_for(
            lambda e: e.kind == "call-returned" and e.data.get("call") == call, 0.0
        )
        if closed is not None:
            # Looked at late: what is free by then was free in time.
            station = self._stations.of(component)
            held = holds_open(self.host.pid, station.tap.path)
            await self._note_port(station, closed.t_s if held else self.now_s())

    async def _note_ports(self, closed_s: float) -> None:
        for station in self._stations:
            await self._note_port(station, closed_s)

    async def _note_port(self, station: Station, closed_s: float) -> None:
        within_s = self.rig.limits.cleanup_ms / 1000
        self.note("port", **await port_use(station, self.host.pid, closed_s, within_s))

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._end(in_order=kind is None)

    async def _end(self, *, in_order: bool) -> None:
        self.at_rest = not self._stations  # until it is seen to be
        try:
            with self._closers:
                try:
                    settled_s = SETTLED_WITHIN_S if in_order else 0.0
                    await self._stations.settle(settled_s, self.note)
                finally:
                    await self._end_processes(in_order=in_order)
                if self._stations:
                    self.at_rest = await self._stations.come_to_rest(self.note)
            self._stations.require_within_envelope()
        except BoardCrashedError:
            # What is simulated no longer does not move.
            self.at_rest = self.rig.simulated
            raise

    async def _end_processes(self, *, in_order: bool) -> None:
        grace_s = self._served.grace_s
        for child in self._processes:
            child.peer.post(_LEAVE)
            if not in_order or (grace_s and child is self._served.process):
                child.signal(signal.SIGTERM)
        patience_s = self.rig.limits.cleanup_ms / 1000 if in_order else ABORT_WITHIN_S
        for child in reversed(self._processes):
            within_s = patience_s
            if in_order and grace_s and child is self._served.process:
                within_s = grace_s
            if not await child.end(within_s) and in_order:
                self.note("killed", text=f"process {child.pid} did not end by itself")
