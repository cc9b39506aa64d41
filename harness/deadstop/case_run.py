"""One case on a bench: prepare, move, strike, settle, ask, move anew, close."""

import asyncio
import signal
import time
from typing import Final

from deadstop.bench import Bench
from deadstop.caller import CallOrder
from deadstop.cases import Case
from deadstop.hosting import PeerGoneError
from deadstop.link import Fact, LinkKind
from deadstop.moments import Moment, MomentWatch, Profile
from deadstop.questions import Questions
from deadstop.rig import CallConfig, MotionConfig
from deadstop.story import number
from deadstop.trace import Event, Source
from deadstop.triggers import Actor, Ends, Hosting, Trigger, by_name

__all__ = ["CaseRun"]

HOLD_MOST_S: Final = 0.1  # a third of the lease: holding a line back must not starve it
SECONDARY_S: Final = 0.02


def call_id(call: CallConfig) -> str:
    """Return the id of the motion's call of a component."""
    return f"{call.component}#1"


def _order(call: CallConfig, name: str) -> CallOrder:
    return CallOrder(name, call.component, call.method, dict(call.args))


class CaseRun:
    """One case on a bench, from the first question to the last."""

    def __init__(
        self, bench: Bench, case: Case, repeat: int, profiles: dict[str, Profile]
    ) -> None:
        """Take *case* on *bench*; *profiles* tell where its moments are, by axis."""
        self.bench = bench
        self.case = case
        self.repeat = repeat
        self.profiles = profiles
        self.trigger: Trigger = by_name(case.trigger)
        self.moment = Moment(case.moment)
        self._struck_s = 0.0  # a timed trigger's lies ahead when it is told
        self.motion: MotionConfig = bench.rig.motions[case.motion]
        struck = self.motion.struck or self.motion.calls[0].component
        self.questions = Questions(bench, self.motion)
        self.struck: CallConfig = next(
            call for call in self.motion.calls if call.component == struck
        )

    def axis(self, component: str) -> str:
        """Return the board's axis on which *component* shows."""
        return self.bench.rig.components[component].axis

    def ends(self, call: CallConfig) -> bool:
        """Whether the trigger ends *call*."""
        match self.trigger.ends:
            case Ends.CONNECTION:
                return True
            case Ends.NOTHING:
                return False
            case Ends.CALL | Ends.COMPONENT:
                return call is self.struck

    async def run(self) -> None:
        """Run the case and leave its record on the bench's trace."""
        try:
            await self._prepare()
            await self._move_and_strike()
            await self._settle()
            if self.trigger.kills_host:
                await self.bench.note_port_freed()
                return
            await self.questions.check_up()
            await self.questions.move_anew()
            await self.bench.close_component()
        except PeerGoneError as error:
            self.bench.note("unanswered", text=str(error))
            self.bench.note_heartbeat()

    # Before

    async def _prepare(self) -> None:
        note = self.bench.note
        note(
            "case",
            motion=self.case.motion,
            trigger=self.case.trigger,
            moment=self.case.moment,
            hosting=self.trigger.hosting.value,
            repeat=self.repeat,
        )
        for call in self.motion.calls:
            axis = self.axis(call.component)
            note(
                "call",
                call=call_id(call),
                component=call.component,
                axis=axis,
                method=call.method,
                ended=self.ends(call),
            )
            profile = self.profiles.get(axis)
            if profile is not None:
                note("profile", axis=axis, **profile.as_dict())
        await self.questions.before()

    # The motion and its end

    async def _move_and_strike(self) -> None:
        bench = self.bench
        profile = self.profiles.get(self.axis(self.struck.component))
        if profile is None and not self.case.is_reference:
            bench.note("begin")
            bench.note(
                "moment-missed", text="undisturbed, this motion moved nothing to aim at"
            )
            return
        watch = MomentWatch(
            self._first_moment(),
            self.axis(self.struck.component),
            profile,
            self._reached,
        )
        unlisten = bench.trace.listen(watch)
        self._arm_hold()
        try:
            bench.note("begin")
            for call in self.motion.calls:
                self._call(call, profile)
            if self.moment is Moment.IDLE:
                await self._idle_strike()
            else:
                await self._wait_struck()
        finally:
            unlisten()

    def _first_moment(self) -> Moment:
        if self.trigger.timed or self.trigger.ends is Ends.NOTHING:
            return Moment.IDLE  # nothing to watch for
        if self.moment is Moment.DURING_CLEANUP:
            return Moment.CRUISE  # where the cleanup is made to begin
        return self.moment

    def _arm_hold(self) -> None:
        axis = self.axis(self.struck.component)
        if self.trigger.timed:
            return
        if self.moment is Moment.AWAITING_ACK:
            self._hold_from(LinkKind.MOTION, axis)
        elif self.moment is Moment.AFTER_ARRIVAL:
            self._hold_from(LinkKind.BOARD_EVENT, axis, "arrived")

    def _hold_from(self, kind: LinkKind, axis: str, event: str | None = None) -> None:
        """Hold the board's line back from the next such message on."""

        def wanted(fact: Fact) -> bool:
            return (
                fact.kind is kind
                and fact.data.get("axis") in (axis, "*")
                and (event is None or fact.data.get("event") == event)
            )

        self.bench.tap.hold_when(wanted)

    def _call(self, call: CallConfig, profile: Profile | None) -> None:
        order = _order(call, call_id(call))
        message: dict[str, object] = {"do": "call", **order.to_message()}
        if call is self.struck:
            if self.trigger.timed:
                message["prepare"] = self.trigger.name
                message["ends_after_s"] = (
                    profile.after_s(self.moment)
                    if profile is not None and not self.trigger.expired
                    else None
                )
            elif (
                self.moment is Moment.BEFORE_FIRST_BYTE
                and self.trigger.actor is Actor.CALLER
            ):
                message["strike_at_once"] = self._strike_message()
        self.bench.caller.peer.post(message)
        if (
            call is self.struck
            and self.moment is Moment.BEFORE_FIRST_BYTE
            and self.trigger.actor is Actor.JUDGE
        ):
            self.bench.trace.listen(self._kill_when_sent)

    def _kill_when_sent(self, event: Event) -> None:
        if event.kind == "request-sent" and event.data.get("call") == call_id(
            self.struck
        ):
            self._strike()

    def _strike_message(self) -> dict[str, object]:
        order = _order(self.struck, call_id(self.struck))
        if self.trigger.name == "preempt":
            order = _order(self.motion.next_of(self.struck), order.id)
        return {"do": "strike", "trigger": self.trigger.name, **order.to_message()}

    def _reached(self, event: Event) -> None:
        """Strike; called in the thread that saw the moment."""
        if self.moment is Moment.DURING_CLEANUP:
            self._begin_cleanup()
            return
        self.bench.note("moment", moment=self.moment.value, seen=event.kind)
        self._strike()

    def _begin_cleanup(self) -> None:
        # A first, plain cancellation; the trigger follows when its stop is seen.
        bench = self.bench
        axis = self.axis(self.struck.component)

        def stop_seen(event: Event) -> None:
            bench.note("moment", moment=self.moment.value, seen=event.kind)
            self._strike()

        self._hold_from(LinkKind.STOP, axis)
        bench.trace.listen(MomentWatch(Moment.DURING_CLEANUP, axis, None, stop_seen))
        first = "client-cancel"
        if self.trigger.hosting is Hosting.DIRECT:
            first = "outer-cancel"
        order = _order(self.struck, call_id(self.struck))
        bench.caller.peer.post({"do": "strike", "trigger": first, **order.to_message()})

    def _strike(self) -> None:
        match self.trigger.actor:
            case Actor.JUDGE:
                self.bench.note("strike", trigger=self.trigger.name)
                if self.trigger.host_signal is None:
                    self.bench.caller.kill_nowait()
                else:
                    self.bench.host.signal(self.trigger.host_signal)
            case Actor.CALLER:
                self.bench.caller.peer.post(self._strike_message())
            case Actor.OTHER_CALLER:
                self.bench.other.peer.post(self._strike_message())

    async def _wait_struck(self) -> None:
        within_s = self.bench.rig.limits.motion_ms / 1000
        struck = call_id(self.struck)
        event = await self.bench.wait_for(
            lambda e: (
                e.kind == "strike"
                or (e.kind == "call-returned" and e.data.get("call") == struck)
            ),
            within_s,
        )
        if event is None or event.kind != "strike":
            why = (
                f"nothing happened for {within_s:g} s"
                if event is None
                else f"the call ended first ({event.data.get('outcome')}: "
                f"{event.data.get('error') or 'by itself'})"
            )
            self.bench.note("moment-missed", text=why)
        else:
            self._struck_s = event.t_s

    async def _idle_strike(self) -> None:
        """Let the motion end by itself, then strike if there is a trigger."""
        for call in self.motion.calls:
            await self._wait_returned(call_id(call))
        if self.trigger.ends is not Ends.NOTHING:
            self.bench.note("moment", moment=self.moment.value, seen="call-returned")
            self._strike()

    async def _wait_returned(self, call: str, within_s: float | None = None) -> bool:
        limit_s = self.bench.rig.limits.motion_ms / 1000
        event = await self.bench.wait_for(
            lambda e: e.kind == "call-returned" and e.data.get("call") == call,
            limit_s if within_s is None else within_s,
        )
        return event is not None

    # After

    async def _settle(self) -> None:
        """Wait until what was to end has ended, bounded, then watch the quiet."""
        limits = self.bench.rig.limits
        struck_s = max(time.monotonic(), self._struck_s)
        until_s = struck_s + (limits.cleanup_ms + limits.standstill_ms) / 1000
        if self.moment in (Moment.AWAITING_ACK, Moment.AFTER_ARRIVAL):
            await self._release_when_told()
        elif self.moment is Moment.DURING_CLEANUP:
            await asyncio.sleep(SECONDARY_S)  # the trigger lands while it cleans up
            self.bench.tap.release()
        if self.trigger.starves:
            await self._wait_starved()
            until_s = time.monotonic() + limits.cleanup_ms / 1000
        for call in self.motion.calls:
            if self.ends(call):
                await self._wait_ended(call, max(until_s - time.monotonic(), 0.05))
            elif self.trigger.ends is not Ends.NOTHING:
                await self._wait_returned(call_id(call))
        if self.trigger.name == "preempt":
            await self._wait_returned("newer")
        await self._wait_rest(until_s)
        await asyncio.sleep(limits.quiet_ms / 1000)

    async def _wait_starved(self) -> None:
        """Let the board stop by itself, then let a frozen process go on."""
        limits = self.bench.rig.limits
        motions = [e for e in self.bench.trace if e.kind == LinkKind.MOTION]
        lease_ms = max((number(e, "lease_ms") for e in motions), default=0.0)
        await asyncio.sleep(lease_ms / 1000)  # fed at most once more before the strike
        await self._wait_rest(time.monotonic() + limits.standstill_ms / 1000)
        await asyncio.sleep(limits.quiet_ms / 1000)
        if not self.trigger.kills_host:
            self.bench.note("thaw")
            self.bench.host.signal(signal.SIGCONT)

    async def _release_when_told(self) -> None:
        wanted = {"call-cancelled"}
        if self.trigger.ends is Ends.COMPONENT:
            wanted = {"call-begun"}
        since_s = time.monotonic() - HOLD_MOST_S
        await self.bench.wait_for(
            lambda e: (
                e.source is Source.SERVER and e.kind in wanted and e.t_s > since_s
            ),
            HOLD_MOST_S,
        )
        await asyncio.sleep(SECONDARY_S / 4)  # a turn for the component to see it
        self.bench.tap.release()

    async def _wait_ended(self, call: CallConfig, within_s: float) -> None:
        name = call_id(call)
        source = Source.SERVER
        kind = "call-ended"
        if self.trigger.hosting is Hosting.DIRECT:
            source, kind = Source.CLIENT, "call-returned"
        gone = self.trigger.expired or self.trigger.kills_host
        if gone and self.trigger.hosting is Hosting.GRPC:
            source, kind = Source.CLIENT, "call-returned"
        await self.bench.wait_for(
            lambda e: (
                e.source is source and e.kind == kind and e.data.get("call") == name
            ),
            within_s,
        )
        if self.trigger.caller_lives and source is Source.SERVER:
            await self._wait_returned(name, 0.2)

    async def _wait_rest(self, until_s: float) -> None:
        # The witness is asked: a standstill is announced once it has lasted.
        while not self.bench.board.at_rest() and time.monotonic() < until_s:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
