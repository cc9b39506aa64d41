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
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from grpclib.client import Channel

from arduino_actuators.wire import BootCause
from deadstop.axes import board_of, letter_of
from deadstop.boards import BoardCrashedError, SimulatedBoard
from deadstop.boards.maker import RigBoards
from deadstop.busy import WAITS, CpuWaits
from deadstop.caller import CallOrder
from deadstop.errors import ComponentError, LinkFaultError
from deadstop.hosting import ChildProcess, Message, PeerGoneError, Zygote
from deadstop.hosting.inspection import ComponentClass, holds_open, use_of_port
from deadstop.hosting.module_host import GRACE_S, ModuleHost
from deadstop.hosting.probe import Heartbeat
from deadstop.link import LinkKind, Tap
from deadstop.link.harm import LinkHarm
from deadstop.rig import Rig
from deadstop.station import Station
from deadstop.subjects import Subject, subject_of
from deadstop.trace import Event, Scalar, Source, Trace
from deadstop.triggers import Hosting

__all__ = ["Bench"]

SERVING_WITHIN_S: Final = 10.0
REST_WITHIN_S: Final = 1.0
SETTLED_WITHIN_S: Final = 0.1  # a shaft that has arrived creeps for some 20 ms more
ABORT_WITHIN_S: Final = 0.4  # what a component gets to end by itself on Ctrl-C
REST_LOOK_S: Final = 0.005
# What can end a motion on the wire: a stop, or a newer motion.
_STOPPING: Final = frozenset({LinkKind.STOP, LinkKind.MOTION})
AGAIN_S: Final = 0.02  # an impatient supervisor's second signal, amid the cleanup
LEFT_AFTER_S: Final = 0.1  # a connection that ends must not do a signal's work
_LEAVE: Final = {"do": "leave"}
WAITS_TOLD_S: Final = 0.02
EXIT_TOLD_WITHIN_S: Final = 0.5  # its end is seen on two ways; they take turns
# A simulated board that was late by a good part of a lease may have tripped it itself.
LATE_S: Final = 0.05


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
        self._module: ModuleHost | None = None
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
        self._harm = harm
        self._stations: dict[str, Station] = {}  # by board
        self._numbers = iter(range(1, 1_000_000))
        self._processes: list[ChildProcess] = []
        self._closers = ExitStack()  # all are closed, whatever one of them raises
        self._heartbeat: Heartbeat
        self._loop: asyncio.AbstractEventLoop
        self._address: dict[str, Any] = {}  # where the components are served
        self._gone_told = False
        self._waits = CpuWaits()

    # Coming to life

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        try:
            boards = self._boards
            if boards is None:
                boards = self._closers.enter_context(RigBoards(self.rig))
            await boards.go_back()
            for name in self.rig.all_boards:
                self._stations[name] = Station(
                    name,
                    self.rig,
                    boards,
                    self.trace.add,
                    self._closers,
                    folder=self._folder,
                    harm=self._harm,
                )
            if self.hosting is Hosting.MODULE:
                await self._start_module()
            else:
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
        fd = os.memfd_create("deadstop-heartbeat")
        try:
            os.truncate(fd, Heartbeat.SIZE)
            self._heartbeat = Heartbeat(fd)
            self._closers.callback(self._heartbeat.close)
            config = {
                "hosting": self.hosting.value,
                "folder": str(Path.cwd()),
                "components": self._components(),
            }
            self.host = await self._fork("host", config, (fd,))
        finally:
            os.close(fd)
        event = await self._wait_serving(SERVING_WITHIN_S)
        if event is None:
            how = (
                f"did not serve within {SERVING_WITHIN_S:g} s"
                if self.host.alive
                else f"ended while being made (exit code {self.host.exit_code})"
            )
            raise ComponentError(
                f"the component's process {how}; its output: {self.host.output}"
            )
        port = event.data["port"]
        assert isinstance(port, int)  # noqa: S101 - our own event
        self._address = {"port": port}

    def _components(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "class": self._classes[name].path,
                "attributes": component.attributes_for(self.tap_of(name).path),
            }
            for name, component in self.rig.components.items()
        ]

    async def _start_module(self) -> None:
        self._module = ModuleHost(self.rig, self._zygote, self._folder, self._closers)
        await self._module.start(self._components(), self._processes, self._heard)
        self.host = self._module.process
        self._address = {"path": self._module.path}
        event = await self._wait_serving(self._module.ready_s + REST_WITHIN_S)
        if event is None:
            raise ComponentError(self._module.explain_end())

    async def _wait_serving(self, within_s: float) -> Event | None:
        """Wait until the components are served.

        Raises:
            ComponentError: they say that they cannot be.
        """
        event = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind in ("serving", "unusable"),
            within_s,
        )
        if event is not None and event.kind == "unusable":
            raise ComponentError(str(event.data["error"]))
        return event

    async def _start_client(self) -> ChildProcess:
        config = {
            **self._address,
            "components": {name: one.api for name, one in self._classes.items()},
        }
        before = len(self.trace)
        client = await self._fork("client", config)
        connected = await self.wait_for(
            lambda e: e.kind == "connected" and e.data.get("pid") == client.pid,
            SERVING_WITHIN_S,
        )
        if connected is None:
            raise LinkFaultError(
                f"a client could not connect to {self._address} within "
                f"{SERVING_WITHIN_S:g} s ({len(self.trace) - before} events since)"
            )
        return client

    async def _fork(
        self, role: str, config: Mapping[str, Any], fds: tuple[int, ...] = ()
    ) -> ChildProcess:
        log = self._folder / "component.log"
        child = await self._zygote.fork(role, config, log, fds)
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
        return self._stations[""].board

    @property
    def tap(self) -> Tap:
        """The tap on the link of the rig's `[board]`."""
        return self._stations[""].tap

    def tap_of(self, component: str) -> Tap:
        """Return the tap on the link of *component*."""
        return self._station_of(component).tap

    def _station_of(self, component: str) -> Station:
        return self._stations[self.rig.components[component].board]

    def subject_of(self, component: str) -> Subject:
        """Return how *component* is called and asked."""
        return subject_of(self._classes[component].api)

    def shaft_position_rev(self, axis: str) -> float:
        """Return where the witness sees *axis*, by the name that the trace has."""
        board = self._stations[board_of(axis)].board
        return board.shaft_position_rev(letter_of(axis))

    def is_still(self) -> bool:
        """Whether every drive is off and every shaft still, on all boards."""
        return all(station.at_rest() for station in self._stations.values())

    # What a trigger can do to it (`Hands`), and what else happens while it lives

    def kill_caller(self) -> None:
        """Kill the process that makes the calls."""
        self.caller.kill_nowait()

    def signal_host(self, number: signal.Signals) -> None:
        """Send a signal to the component's process."""
        if self._module is not None:
            self._module.signal(number)
        else:
            self.host.signal(number)

    def thaw_host(self) -> None:
        """Let the component's process, which was frozen, go on."""
        self.note("thaw")
        self.signal_host(signal.SIGCONT)

    def call_in_host(self, order: CallOrder) -> None:
        """Have the component's own process make a call, without a client.

        A module is asked as viam-server asks it, and does all that belongs to that.
        """
        if self._module is not None:
            what = "remove" if order.method == "close" else order.method
            self._module.parent.peer.post({**order.to_message(), "do": what})
            return
        self.host.peer.post({"do": "call", **order.to_message()})

    def terminate_host(self, times: int = 1) -> None:
        """Ask the component's process to end (SIGTERM), once or *times* in a row."""
        self.host.tell_exit(self._note_host_ended)
        self.host.peer.post(_LEAVE)  # as soon as its server has closed
        self.host.signal(signal.SIGTERM)
        for number in range(1, times):
            self._later(number * AGAIN_S, lambda: self.host.signal(signal.SIGTERM))
        clients = [self.caller, self.other]
        if self._module is not None:
            clients.append(self._module.parent)
        # From Python 3.12 on a server that is told to end waits for its clients.
        for client in clients:
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
        self._station_of(component).reset(cause)

    def unplug(self, component: str) -> None:
        """Take the port of *component* away, for good."""
        self._station_of(component).unplug()

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
            lambda: self._loop.call_later(REST_LOOK_S, settle, None)
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
        if answer["outcome"] != "returned" and self._module and not self.host.alive:
            raise PeerGoneError(f"{method}: the module is gone: {self._note_gone()}")
        return answer

    async def set_baseline(self) -> None:
        """Note what lives in the component's process; more than that is leftover."""
        if self._module is not None:
            return
        await self._request(self.host, {"do": "baseline"})

    async def wait_clean(self) -> Message | None:
        """Wait until nothing is left over in the component's process, bounded.

        Returns:
            What is; None where there is no probe in that process.
        """
        if self._module is not None:
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
            if await self._has_ended():
                self._note_gone()
            raise

    def _note_gone(self) -> str:
        how = f"it ended by itself, exit code {self.host.exit_code}"
        if not self._gone_told:
            self._gone_told = True
            self.note("component-gone", text=how)
        return how

    async def _has_ended(self) -> bool:
        """Whether the component's process has; its exit code is then known."""
        if self._module is not None:  # its channel ended when it was executed
            return not self.host.alive
        if self.host.alive and self.host.peer.gone:
            with suppress(TimeoutError):
                async with asyncio.timeout(EXIT_TOLD_WITHIN_S):
                    await self.host.wait_exited()
        return not self.host.alive or self.host.peer.gone

    def note_heartbeat(self) -> None:
        """Note for how long the component's event loop has been silent."""
        if self._module is not None:
            return
        last_s = self._heartbeat.last_s()
        silent_s = self.now_s() - last_s if last_s else 0.0
        if silent_s > 0.1 and self.host.alive:  # noqa: PLR2004 - ten missed beats
            self.note("heartbeat", silent_s=round(silent_s, 4))

    # Coming to rest

    async def close_component(self) -> None:
        """End the component as production does, and see whether it frees its port."""
        within_s = self.rig.limits.cleanup_ms / 1000 + 1.0
        if self._module is not None:
            self._module.parent.peer.post({"do": "close"})
        elif self.hosting is Hosting.GRPC:
            # From Python 3.12 on a server that is told to end waits for its clients.
            for client in (self.caller, self.other):
                client.peer.post(_LEAVE)
            self.host.signal(signal.SIGTERM)
        else:
            self.host.peer.post({"do": "close"})
        closed = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind == "closed", within_s
        )
        if closed is None:
            how = f"did not close within {within_s:g} s"
            if await self._has_ended():
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
            station = self._station_of(component)
            held = holds_open(self.host.pid, station.tap.path)
            await self._note_port(station, closed.t_s if held else self.now_s())

    async def _note_ports(self, closed_s: float) -> None:
        for station in self._stations.values():
            await self._note_port(station, closed_s)

    async def _note_port(self, station: Station, closed_s: float) -> None:
        """See that a component's port is free while its process still lives."""
        until_s = self.now_s() + self.rig.limits.cleanup_ms / 1000
        gone = station.unplugged
        while user := use_of_port(self.host.pid, station.tap.path, gone=gone):
            if self.now_s() > until_s:
                self.note("port", released=False, after_s=None, detail=user)
                return
            await asyncio.sleep(REST_LOOK_S)
        after_s = round(max(self.now_s() - closed_s, 0.0), 6)
        detail = "the port could be opened again at once"
        if gone:
            detail = "the component's process has let go of the unplugged port"
        self.note("port", released=True, after_s=after_s, detail=detail)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._end(in_order=kind is None)

    async def _end(self, *, in_order: bool) -> None:
        self.at_rest = not self._stations  # until it is seen to be
        try:
            with self._closers:
                try:
                    settled_s = SETTLED_WITHIN_S if in_order else 0.0
                    await self._stop_unless_still(settled_s)
                finally:
                    await self._end_processes(in_order=in_order)
                if self._stations:
                    await self._wait_rest()
        except BoardCrashedError:
            # What is simulated no longer does not move.
            self.at_rest = self.rig.simulated
            raise

    async def _stop_unless_still(self, within_s: float) -> None:
        still = False
        try:
            still = await self._wait_still(within_s)
        finally:
            if not still:
                self.note("forced-stop", why="the bench is being left")
                self._stop_all()

    async def _end_processes(self, *, in_order: bool) -> None:
        for child in self._processes:
            child.peer.post(_LEAVE)
            if not in_order or (self._module and child is self.host):
                child.signal(signal.SIGTERM)
        patience_s = self.rig.limits.cleanup_ms / 1000 if in_order else ABORT_WITHIN_S
        for child in reversed(self._processes):
            within_s = patience_s
            if in_order and self._module and child is self.host:
                within_s = GRACE_S
            if not await child.end(within_s) and in_order:
                self.note("killed", text=f"process {child.pid} did not end by itself")

    async def _wait_rest(self) -> None:
        if not await self._wait_still(0.0):
            self._stop_all()
        self.at_rest = await self._wait_still(REST_WITHIN_S)
        self.note("rest", at_rest=self.at_rest)
        boards = (station.board for station in self._stations.values())
        lateness_s = max(board.worst_lateness_s for board in boards)
        if lateness_s > LATE_S:
            self.note("board-late", lateness_s=round(lateness_s, 4))

    def _stop_all(self) -> None:
        for station in self._stations.values():
            station.stop_all()

    async def _wait_still(self, within_s: float) -> bool:
        until_s = self.now_s() + within_s
        while not self.is_still():
            if self.now_s() >= until_s:
                return False
            await asyncio.sleep(REST_LOOK_S)
        return True
