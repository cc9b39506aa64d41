"""One case on a bench: prepare, move, strike, settle, ask, move anew, close."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from deadstop.axes import join_axes, letter_of
from deadstop.caller import CallOrder
from deadstop.cases import Case
from deadstop.hosting import PeerGoneError
from deadstop.link import Fact, LinkKind
from deadstop.moments import Moment, MomentWatch, Profile, leading
from deadstop.questions import Questions
from deadstop.rig import CallConfig, MotionConfig
from deadstop.story import number
from deadstop.trace import Event, Source
from deadstop.triggers import Actor, Ends, HostFate, Hosting, Trigger, by_name

if TYPE_CHECKING:
    from deadstop.bench import Bench
    from deadstop.link import Tap
    from deadstop.virtual.bench import VirtualBench
    from deadstop.virtual.line import VirtualLine

__all__ = ["CaseRun", "call_id"]

UNWATCHED: Final = {"watched": False}  # said of a call of which it is true
HOLD_MOST_S: Final = 0.1  # a third of the lease: holding a line back must not starve it
SECONDARY_S: Final = 0.02
# The witness tells of a shaft every 2 ms: aimed at the instant of a sample, a deadline
# would hit what was there before.
SAMPLE_S: Final = 0.002


def call_id(call: CallConfig) -> str:
    """Return the id of the motion's call of a component."""
    return f"{call.component}#1"


def _order(call: CallConfig, name: str) -> CallOrder:
    return CallOrder(name, call.component, call.method, dict(call.args))


class CaseRun:
    """One case on a bench, from the first question to the last."""

    def __init__(
        self,
        bench: "Bench | VirtualBench",
        case: Case,
        repeat: int,
        profiles: Mapping[str, Profile],
        ends_after_s: float | None = None,
    ) -> None:
        """Take *case* on *bench*.

        Args:
            bench: brought to life.
            case: what to do. At the moment `step`, whoever made this strikes.
            repeat: which time this is, from 1.
            profiles: tell where its moments are, by axis.
            ends_after_s: after how long a timed trigger strikes at the moment `step`.
        """
        self.bench = bench
        self.case = case
        self.repeat = repeat
        self.profiles = profiles
        self.ends_after_s = ends_after_s
        self.trigger: Trigger = by_name(case.trigger)
        self.moment = Moment(case.moment)
        self._opened_early = False  # by a component that nobody had asked yet
        self._struck_s = 0.0  # a timed trigger's lies ahead when it is told
        self.motion: MotionConfig = bench.rig.motions[case.motion]
        self.questions = Questions(bench, self.motion)
        self.struck: CallConfig = self.motion.struck_call

    def axes(self, component: str) -> tuple[str, ...]:
        """Return the axes on which *component* shows."""
        return self.bench.rig.axes(component)

    @property
    def lead(self) -> str:
        """The axis whose motion says when to strike: it moves longest."""
        axes = self.axes(self.struck.component)
        known = {axis: self.profiles[axis] for axis in axes if axis in self.profiles}
        return leading(known) or axes[0]

    def ends(self, call: CallConfig) -> bool:
        """Whether the trigger ends *call*."""
        boards = {
            self.bench.rig.components[one.component].board
            for one in (call, self.struck)
        }
        return self.trigger.ends_call(
            struck=call is self.struck, same_board=len(boards) == 1
        )

    def askable(self, call: CallConfig) -> bool:
        """Whether the component of *call* can be asked anything afterwards."""
        return not (self.trigger.unaskable and self.ends(call))

    @property
    def _is_removed_alone(self) -> bool:
        """Whether the struck component is closed by the trigger, and no other is.

        One that shares its port has it still open; then only the end of all tells.
        A port that was open before the first question may be anybody's.
        """
        removed = self.trigger.ends is Ends.COMPONENT and bool(self.trigger.unaskable)
        return removed and len(self.motion.calls) == 1 and not self._opened_early

    @property
    def _sees_inside(self) -> bool:
        """Whether a probe tells of the calls in the component's process."""
        return self.bench.hosting is not Hosting.MODULE

    async def run(self) -> None:
        """Run the case and leave its record on the bench's trace."""
        try:
            await self._prepare()
            await self._move_and_strike()
            await self._settle()
            if self.trigger.ends_host:
                await self.bench.note_port_freed()
                return
            if self._is_removed_alone:
                await self.bench.note_port_released(
                    self.trigger.call, self.struck.component
                )
            askable = [call for call in self.motion.calls if self.askable(call)]
            await self.questions.check_up(askable)
            await self.questions.move_anew(askable)
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
            hosting=self.bench.hosting.value,
            repeat=self.repeat,
        )
        for call in self.motion.calls:
            axes = self.axes(call.component)
            note(
                "call",
                call=call_id(call),
                component=call.component,
                axis=join_axes(axes),
                method=call.method,
                ended=self.ends(call),
                checks=self.bench.subject_of(call.component).checks(axes),
                **({} if self.bench.rig.watches(call.component) else UNWATCHED),
            )
            for axis in axes:
                profile = self.profiles.get(axis)
                if profile is not None:
                    note("profile", axis=axis, **profile.as_dict())
        self._opened_early = len(self.bench.rig.components) > 1 and any(
            event.source is Source.LINK and event.kind == LinkKind.OPENED
            for event in self.bench.trace
        )
        await self.questions.before()

    # The motion and its end

    async def _move_and_strike(self) -> None:
        bench = self.bench
        profile = self.profiles.get(self.lead)
        if profile is None and not self.case.is_reference:
            bench.note("begin")
            bench.note(
                "moment-missed", text="undisturbed, this motion moved nothing to aim at"
            )
            return
        watch = MomentWatch(self._first_moment(), self.lead, profile, self._reached)
        unlisten = bench.trace.listen(watch)
        self._arm_hold()
        try:
            if self.trigger.in_session:
                await self._open_session(profile)
            bench.note("begin")
            if self.moment is Moment.BEFORE_FIRST_BYTE:
                bench.watch_waits()
            for call in self.motion.calls:
                self._call(call, profile)
            if self.moment is Moment.IDLE:
                await self._idle_strike()
            else:
                await self._wait_struck()
        finally:
            unlisten()
            watch.cancel()

    async def _open_session(self, profile: Profile | None) -> None:
        after_s = self._ends_after_s(profile)
        order = {"do": "open-session", "id": "session", "expires_after_s": after_s}
        within_s = self.bench.rig.limits.call_ms / 1000
        await self.bench.caller.peer.request(order, within_s)

    def _first_moment(self) -> Moment:
        if self.trigger.timed or not self.trigger.disturbs:
            return Moment.IDLE  # nothing to watch for
        if self.moment is Moment.DURING_CLEANUP:
            return Moment.CRUISE  # where the cleanup is made to begin
        return self.moment

    def _arm_hold(self) -> None:
        if self.trigger.timed:
            return
        if self.moment is Moment.AWAITING_ACK:
            self._hold_from(LinkKind.MOTION)
        elif self.moment is Moment.AFTER_ARRIVAL:
            self._hold_from(LinkKind.BOARD_EVENT, "arrived")

    def _hold_from(self, kind: LinkKind, event: str | None = None) -> None:
        """Hold the board's line back from the next such message on."""
        axis = letter_of(self.lead)

        def wanted(fact: Fact) -> bool:
            return (
                fact.kind is kind
                and fact.data.get("axis") in (axis, "*")
                and (event is None or fact.data.get("event") == event)
            )

        self._tap.hold_when(wanted)

    @property
    def _tap(self) -> "Tap | VirtualLine":
        """The tap on the link of what is struck."""
        return self.bench.tap_of(self.struck.component)

    def _call(self, call: CallConfig, profile: Profile | None) -> None:
        order = _order(call, call_id(call))
        message: dict[str, object] = {"do": "call", **order.to_message()}
        if call is self.struck:
            if self.trigger.timed:
                message["prepare"] = self.trigger.name
                message["ends_after_s"] = self._ends_after_s(profile)
            elif (
                self.moment is Moment.BEFORE_FIRST_BYTE
                and self.trigger.actor is Actor.CALLER
            ):
                message["strike_at_once"] = self._strike_message(self.trigger)
        self.bench.caller.peer.post(message)
        if (
            call is self.struck
            and self.moment is Moment.BEFORE_FIRST_BYTE
            and self.trigger.actor is Actor.JUDGE
        ):
            self.bench.trace.listen(self._strike_when_sent)

    def _ends_after_s(self, profile: Profile | None) -> float | None:
        if self.moment is Moment.STEP:
            return self.ends_after_s
        if profile is None or self.trigger.expired:
            return None
        return profile.after_s(self.moment) + SAMPLE_S

    def retarget(self, case: Case) -> None:
        """Go on as *case*, which differs from the present one in its trigger only."""
        self.case = case
        self.trigger = by_name(case.trigger)
        ends = {call_id(call): self.ends(call) for call in self.motion.calls}

        def change(event: Event) -> Event:
            if event.source is not Source.JUDGE:
                return event
            if event.kind == "case":
                hosting = self.trigger.hosting.value
                data = {**event.data, "trigger": case.trigger, "hosting": hosting}
            elif event.kind == "call":
                data = {**event.data, "ended": ends[str(event.data["call"])]}
            else:
                return event
            return Event(event.t_s, event.source, event.kind, data)

        self.bench.trace.amend(change)

    def _strike_when_sent(self, event: Event) -> None:
        if event.kind == "request-sent" and event.data.get("call") == call_id(
            self.struck
        ):
            self.strike()

    def _strike_message(self, trigger: Trigger) -> dict[str, object]:
        order = _order(self.struck, call_id(self.struck))
        if trigger.takes_over:
            order = _order(self.motion.newer_of(self.struck), order.id)
        return {"do": "strike", "trigger": trigger.name, **order.to_message()}

    def _reached(self, event: Event) -> None:
        """Strike; called in the thread that saw the moment."""
        if self.moment is Moment.DURING_CLEANUP:
            self._begin_cleanup()
            return
        self.bench.note("moment", moment=self.moment.value, seen=event.kind)
        self.strike()

    def _begin_cleanup(self) -> None:
        # A first, plain cancellation; the trigger follows when its stop is seen.
        bench = self.bench
        axis = self.lead

        def stop_seen(event: Event) -> None:
            bench.note("moment", moment=self.moment.value, seen=event.kind)
            self.strike()

        self._hold_from(LinkKind.STOP)
        bench.trace.listen(MomentWatch(Moment.DURING_CLEANUP, axis, None, stop_seen))
        first = "client-cancel"
        if self.trigger.hosting is Hosting.DIRECT:
            first = "outer-cancel"
        order = _order(self.struck, call_id(self.struck))
        bench.caller.peer.post({"do": "strike", "trigger": first, **order.to_message()})

    def strike(self, trigger: Trigger | None = None) -> None:
        """Strike now, from any thread; with *trigger* in place of the case's own."""
        trigger = trigger or self.trigger
        self.bench.watch_waits()
        match trigger.actor:
            case Actor.JUDGE:
                self.bench.note("strike", trigger=trigger.name)
                struck = _order(self.struck, call_id(self.struck))
                trigger.harm(self.bench, struck)
            case Actor.CALLER:
                self.bench.caller.peer.post(self._strike_message(trigger))
            case Actor.OTHER_CALLER:
                self.bench.other.peer.post(self._strike_message(trigger))
            case Actor.SERVER:
                pass  # it strikes by itself, at the time that it was told

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
            if self.trigger.timed:
                self.bench.watch_waits(event.t_s)

    async def _idle_strike(self) -> None:
        """Let the motion end by itself, then strike if there is a trigger."""
        for call in self.motion.calls:
            await self._wait_returned(call_id(call))
        if self.trigger.disturbs:
            self.bench.note("moment", moment=self.moment.value, seen="call-returned")
            self.strike()

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
        struck_s = max(self.bench.now_s(), self._struck_s)
        until_s = struck_s + (limits.cleanup_ms + limits.standstill_ms) / 1000
        if self.moment in (Moment.AWAITING_ACK, Moment.AFTER_ARRIVAL):
            await self._release_when_told()
        elif self.moment is Moment.DURING_CLEANUP:
            await asyncio.sleep(SECONDARY_S)  # the trigger lands while it cleans up
            self._tap.release()
        if self.trigger.starves:
            await self._wait_starved()
            until_s = self.bench.now_s() + limits.cleanup_ms / 1000
        if self.trigger.unfelt:
            await self._wait_unanswered()
        for call in self.motion.calls:
            if self.ends(call):
                await self._wait_ended(call, max(until_s - self.bench.now_s(), 0.05))
            elif self.trigger.disturbs:
                await self._wait_returned(call_id(call))
        if self.trigger.call:
            within_s = None  # as long as a motion may take
            if not self.trigger.takes_over:
                within_s = max(until_s - self.bench.now_s(), 0.05)
            await self._wait_returned(self.trigger.call, within_s)
        await self._wait_rest(until_s)
        self.bench.note_waits()
        await asyncio.sleep(limits.quiet_ms / 1000)

    async def _wait_starved(self) -> None:
        """Let the board stop by itself, then let a frozen process go on."""
        limits = self.bench.rig.limits
        motions = [e for e in self.bench.trace if e.kind == LinkKind.MOTION]
        lease_ms = max((number(e, "lease_ms") for e in motions), default=0.0)
        await asyncio.sleep(lease_ms / 1000)  # fed at most once more before the strike
        await self._wait_rest(self.bench.now_s() + limits.standstill_ms / 1000)
        await asyncio.sleep(limits.quiet_ms / 1000)
        if self.trigger.host is HostFate.FROZEN:
            self.bench.thaw_host()

    async def _wait_unanswered(self) -> None:
        """Let the motion end, with nobody there to hear of it; then thaw its caller."""
        within_s = self.bench.rig.limits.motion_ms / 1000
        try:
            for call in self.motion.calls if self._sees_inside else ():
                name = call_id(call)
                await self._wait_told(Source.SERVER, "call-ended", name, within_s)
            await self._wait_rest(self.bench.now_s() + within_s)
        finally:
            self.bench.thaw_caller()

    async def _release_when_told(self) -> None:
        since_s = self.bench.now_s() - HOLD_MOST_S
        await self.bench.wait_for(
            lambda e: (
                e.t_s > since_s and self.trigger.is_news(e, inside=self._sees_inside)
            ),
            HOLD_MOST_S,
        )
        await asyncio.sleep(SECONDARY_S / 4)  # a turn for the component to see it
        self._tap.release()

    async def _wait_ended(self, call: CallConfig, within_s: float) -> None:
        name = call_id(call)
        source = Source.SERVER
        kind = "call-ended"
        if self.trigger.hosting is Hosting.DIRECT or not self._sees_inside:
            source, kind = Source.CLIENT, "call-returned"
        if not (self._sees_inside or self.trigger.caller_lives):
            return  # nobody is left to tell
        gone = self.trigger.expired or self.trigger.ends_host
        if gone and self.trigger.hosting is Hosting.GRPC:
            source, kind = Source.CLIENT, "call-returned"
        await self._wait_told(source, kind, name, within_s)
        if self.trigger.caller_lives and source is Source.SERVER:
            await self._wait_returned(name, 0.2)

    async def _wait_told(
        self, source: Source, kind: str, call: str, within_s: float
    ) -> None:
        """Wait until that is told of *call*, bounded."""
        await self.bench.wait_for(
            lambda e: (
                e.source is source and e.kind == kind and e.data.get("call") == call
            ),
            within_s,
        )

    async def _wait_rest(self, until_s: float) -> None:
        # The witness is asked: a standstill is announced once it has lasted.
        while not self.bench.is_still() and self.bench.now_s() < until_s:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
