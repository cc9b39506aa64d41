"""A rig brought to life in one process, on virtual time.

It is what `deadstop.bench.Bench` is on the real clock, to the same `CaseRun`: the same
component, server and clients, the same board; but nothing in it waits.
"""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from arduino_actuators.wire import BootCause
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback.witness import Observe
from deadstop.caller import CallOrder
from deadstop.errors import ComponentError, UsageError
from deadstop.hosting.channel import Message
from deadstop.hosting.client import Client
from deadstop.hosting.served import asked_for
from deadstop.rig import Rig
from deadstop.subjects import Subject, subject_of
from deadstop.trace import Event, Scalar, Source, Trace
from deadstop.triggers import Hosting
from deadstop.virtual.clock import Empty, Owner, VirtualLoop, context_of
from deadstop.virtual.inmates import SERVER_PORT, Inmate, VirtualHost, VirtualProbe
from deadstop.virtual.line import VirtualLine
from deadstop.virtual.waiting import describe_tasks

__all__ = ["VirtualBench"]

PORT: Final = "board"
SERVING_WITHIN_S: Final = 10.0
SECOND_CANCEL: Final = "second-cancel"
REST_LOOK_S: Final = 0.005
# These as on the real clock: deadstop/bench.py.
STOP_ALL: Final = b"!"
REST_WITHIN_S: Final = 1.0
SETTLED_WITHIN_S: Final = 0.1


class VirtualBench:
    """A rig on virtual time; an async context manager, entered once in a process."""

    def __init__(
        self,
        rig: Rig,
        trace: Trace,
        loop: VirtualLoop,
        make_board: Callable[[Observe], ClockedBoard],
        *,
        api: str,
        hosting: Hosting = Hosting.GRPC,
        component: str | None = None,
        ask_directly: bool = False,
    ) -> None:
        """Prepare; entering the context starts everything.

        Args:
            rig: what to bring to life.
            trace: gets every event.
            loop: on which all of it lives; running.
            make_board: powers the board on, at the loop's present.
            api: the component's Viam API, from `inspect_component`.
            hosting: how the component is served.
            component: a class to use in place of the rig's, ``MODULE:CLASS``.
            ask_directly: whether the judge's own questions, and the next motion that
                it asks for, go to the component itself and not through the server.
        """
        self.rig = rig
        self.trace = trace
        self.hosting = hosting
        self.board: ClockedBoard
        self.tap: VirtualLine
        self.host: Inmate
        self.caller: Inmate
        self.other: Inmate
        self._loop = loop
        self._make_board = make_board
        self._api = api
        self._class = component
        self._ask_directly = ask_directly
        self._numbers = iter(range(1, 1_000_000))
        self._judge = context_of(Owner.JUDGE)
        self._served: VirtualHost
        self._probe: VirtualProbe
        self._ended: asyncio.Future[None] = loop.create_future()

    # Coming to life

    async def __aenter__(self) -> Self:
        self.board = self._make_board(self.trace.add)
        self.tap = VirtualLine(PORT, self._loop, self.board, self.trace.add)
        self._loop.world = self.tap
        await self._start_host()
        if self.hosting is Hosting.GRPC:
            self.caller = await self._start_client()
            self.other = await self._start_client()
        else:
            self.caller = self.other = self.host
        return self

    async def __aexit__(self, *_: object) -> None:
        self.tap.faults.disarm(self.now_s())
        self._loop.world = Empty()
        self.board.close()

    async def _start_host(self) -> None:
        host = self._served = VirtualHost(
            {
                "hosting": self.hosting.value,
                "folder": str(Path.cwd()),
                "components": [
                    {
                        "name": name,
                        "class": self._class or component.made_of,
                        "attributes": component.attributes_for(self.tap.path),
                    }
                    for name, component in self.rig.components.items()
                ],
            }
        )
        context = context_of(Owner.HOST)
        self.host = Inmate(self._loop, context, host.on_message, self._heard)
        probe = self._probe = VirtualProbe(self.host.outbox.post)
        self._loop.on_lag = self._lagged
        self.host.start(host.run(self.host.outbox, probe))
        event = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind in ("serving", "unusable"),
            SERVING_WITHIN_S,
        )
        if event is None:
            raise ComponentError(
                f"the component did not serve within {SERVING_WITHIN_S:g} s"
            )
        if event.kind == "unusable":
            raise ComponentError(str(event.data["error"]))

    async def _start_client(self) -> Inmate:
        client = Client(
            {
                "port": SERVER_PORT,
                "components": dict.fromkeys(self.rig.components, self._api),
            }
        )
        connected = sum(event.kind == "connected" for event in self.trace)
        context = context_of(Owner.CLIENT)
        inmate = Inmate(self._loop, context, client.on_message, self._heard)
        inmate.start(client.run(inmate.outbox))
        await self.wait_for(
            lambda _: (
                sum(event.kind == "connected" for event in self.trace) > connected
            ),
            SERVING_WITHIN_S,
        )
        return inmate

    def _heard(self, message: Message) -> None:
        self.trace.add(
            Event(
                message["t_s"],
                Source(message["source"]),
                message["event"],
                dict(message.get("data", {})),
            )
        )

    def _lagged(self, lag_s: float) -> None:
        data = {"lag_s": round(lag_s, 6)}
        self.trace.add(Event(self.now_s(), Source.SERVER, "loop-lag", data))

    # What stands on it: one board, and components of one API

    def tap_of(self, _: str) -> VirtualLine:
        """Return the line, which is that of every component."""
        return self.tap

    def subject_of(self, _: str) -> Subject:
        """Return how the components are called and asked."""
        return subject_of(self._api)

    def shaft_position_rev(self, axis: str) -> float:
        """Return where the witness sees *axis*."""
        return self.board.shaft_position_rev(axis)

    def is_still(self) -> bool:
        """Whether every drive is off and every shaft still."""
        return self.board.at_rest()

    # What a trigger can do to it (`Hands`), and what else happens while it lives

    def kill_caller(self) -> None:
        """Refuse: there is no process.

        Raises:
            UsageError: always.
        """
        raise UsageError("client-kill needs a process to kill: use --clock real")

    def freeze_caller(self) -> None:
        """Refuse: there is no process.

        Raises:
            UsageError: always.
        """
        raise UsageError("client-freeze needs a process to freeze: use --clock real")

    def thaw_caller(self) -> None:
        """Do nothing: nothing was frozen."""

    def signal_host(self, number: int) -> None:
        """Refuse: there is no process.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"signal {number} needs a process: use --clock real")

    def terminate_host(self, times: int = 1) -> None:
        """Refuse: there is no process.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"SIGTERM ({times}) needs a process: use --clock real")

    def thaw_host(self) -> None:
        """Do nothing: nothing was frozen."""

    def call_in_host(self, order: CallOrder) -> None:
        """Have the component's own side make a call, without a client."""
        self.host.peer.post({"do": asked_for(order), **order.to_message()})

    def end_host_loop(self) -> None:
        """End the component's loop, as `asyncio.run` does when its main returns."""
        self.host.peer.post({"do": "end-loop"})
        self.host.main.add_done_callback(self._cancel_all, context=self._judge)

    def _cancel_all(self, _: object) -> None:
        tasks = self._loop.tasks_of(Owner.HOST)
        for task in tasks:
            task.cancel()
        # As asyncio.run does it; a TaskGroup would start them.
        gathered = asyncio.gather(*tasks, return_exceptions=True)  # noqa: TID251
        gathered.add_done_callback(self._end_host, context=self._judge)

    def _end_host(self, _: object) -> None:
        self._loop.end_owner(Owner.HOST)
        self._loop.network.drop()
        self.tap.port.close()
        self.host.peer.close()
        self.note("host-ended", exit_code=0)
        self._ended.set_result(None)

    def cancel_in_host(self, call: str) -> None:
        """Cancel the task of *call* in the component's own process once more."""
        self.note("strike", trigger=SECOND_CANCEL)
        self.host.context.copy().run(self._probe.cancel, call)

    def reset_board(self, _: str, cause: BootCause = BootCause.EXTERNAL) -> None:
        """Reset the board; by default as by its button."""
        self._when_still(lambda: self.board.reset(cause))

    def unplug(self, _: str) -> None:
        """Take the component's port away, for good."""
        self._when_still(self.tap.unplug)

    def _when_still(self, act: Callable[[], None]) -> None:
        """Do it now, or as soon as no time is passing."""
        if self._loop.advancing:
            self._loop.call_soon(act, context=self._judge)
        else:
            act()

    def now_s(self) -> float:
        """Return the present, in seconds."""
        return self._loop.time()

    def note(self, kind: str, **data: Scalar) -> None:
        """Add an event of the judge's own, stamped now."""
        self.trace.add(Event(self.now_s(), Source.JUDGE, kind, data))

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
                self._loop.call_soon(settle, event, context=self._judge)

        past = next((event for event in self.trace if wanted(event)), None)
        if past is not None:
            return past
        unlisten = self.trace.listen(hear)
        ended = self._ended
        ended.add_done_callback(
            lambda _: self._loop.call_later(
                REST_LOOK_S, settle, None, context=self._judge
            ),
            context=self._judge,
        )
        try:
            async with asyncio.timeout(within_s):
                return await found
        except TimeoutError:
            return None
        finally:
            unlisten()

    async def ask(self, component: str, method: str, **args: object) -> Message:
        """Call a method, through the other client if not directly; return the outcome.

        Raises:
            PeerGoneError: no answer within the rig's `call_ms`.
        """
        order = CallOrder(f"ask#{next(self._numbers)}", component, method, args)
        inmate = self.host if self._ask_directly else self.other
        return await self._request(inmate, {"do": "ask", **order.to_message()})

    async def set_baseline(self) -> None:
        """Note what lives in the component's process; more than that is leftover."""
        await self._request(self.host, {"do": "baseline"})
        gc.freeze()  # a later collection looks at what came since, and is quick

    async def wait_clean(self) -> Message:
        """Wait until nothing is left over of what the operation started, bounded."""
        within_s = self.rig.limits.cleanup_ms / 1000
        return await self._request(
            self.host, {"do": "wait-clean", "within_s": within_s}, extra_s=within_s
        )

    async def _request(
        self, inmate: Inmate, message: Message, extra_s: float = 0.0
    ) -> Message:
        within_s = self.rig.limits.call_ms / 1000 + extra_s
        return await inmate.peer.request(message, within_s)

    def note_waits(self) -> None:
        """Do nothing: in virtual time nobody waits for a CPU."""

    def watch_waits(self, strike_s: float | None = None) -> None:
        """Do nothing, either."""

    def note_heartbeat(self) -> None:
        """Note what a call that has not ended yet waits for.

        A loop that is blocked for ever never gets here.
        """
        if self._probe.has_calls:
            tasks = self._loop.tasks_of(Owner.HOST)
            self.note("stuck", text=describe_tasks(tasks))

    # Coming to rest

    async def close_component(self) -> None:
        """End the component as production does, and see whether it frees its port."""
        within_s = self.rig.limits.cleanup_ms / 1000 + 1.0
        if self.hosting is Hosting.GRPC:
            for client in (self.caller, self.other):
                client.peer.post({"do": "leave"})
        self.host.context.copy().run(self._served.end_by_signal)
        closed = await self.wait_for(
            lambda e: e.source is Source.SERVER and e.kind == "closed", within_s
        )
        if closed is None:
            detail = f"the component did not close within {within_s:g} s"
            self.note("port", released=False, after_s=None, detail=detail)
            return
        await self._note_port(closed.t_s)

    async def note_port_freed(self) -> None:
        """See that the component's process ends, and frees its port by that."""
        within_s = self.rig.limits.cleanup_ms / 1000
        try:
            async with asyncio.timeout(within_s):
                await asyncio.shield(self._ended)
        except TimeoutError:
            detail = f"the component's process did not end within {within_s:g} s"
            self.note("port", released=False, after_s=None, detail=detail)
        else:
            await self._note_port(self.now_s())

    async def note_port_released(self, call: str, _: str) -> None:
        """See that *call*, with which its only user was closed, frees the port."""
        closed = await self.wait_for(
            lambda e: e.kind == "call-returned" and e.data.get("call") == call, 0.0
        )
        if closed is not None:
            held = self.tap.port.is_open
            await self._note_port(closed.t_s if held else self.now_s())

    async def _note_port(self, closed_s: float) -> None:
        until_s = self.now_s() + self.rig.limits.cleanup_ms / 1000
        while self.tap.port.is_open and self.now_s() <= until_s:  # noqa: ASYNC110
            await asyncio.sleep(REST_LOOK_S)
        if self.tap.port.is_open:
            detail = "the component's process still holds its port open"
            self.note("port", released=False, after_s=None, detail=detail)
            return
        self.note(
            "port",
            released=True,
            after_s=round(max(self.now_s() - closed_s, 0.0), 6),
            detail="the port could be opened again at once",
        )

    async def come_to_rest(self) -> None:
        """Stop what still moves, and note whether all is at rest."""
        if not await self._is_still(SETTLED_WITHIN_S):
            self.note("forced-stop", why="the bench is being left")
            self.board.put(STOP_ALL)
        self.note("rest", at_rest=await self._is_still(REST_WITHIN_S))

    async def _is_still(self, within_s: float) -> bool:
        until_s = self.now_s() + within_s
        while not self.board.at_rest():
            if self.now_s() >= until_s:
                return False
            await asyncio.sleep(REST_LOOK_S)
        return True
