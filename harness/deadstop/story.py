"""What a trace tells, in the terms in which the invariants ask.

Everything here is read off the events, so that a saved trace is judged exactly as a
live one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from deadstop.index import EventIndex
from deadstop.moments import Moment, Profile
from deadstop.trace import Event, Scalar, Source
from deadstop.triggers import Trigger, by_name

__all__ = ["CallFact", "Story", "number"]

# A frame written just before the cancellation may be seen by the tap just after.
GRACE_S: Final = 0.002
# A client's end reaches the component within 2.4 ms (99th percentile, SIGKILL of the
# client), and ten times that on a busy machine. Whoever learns of it later than this
# has blocked its own loop, and is not excused by a motion that ended meanwhile.
NOTICE_S: Final = 0.025
EVER_S: Final = float("inf")


def number(event: Event, key: str) -> float:
    """Return a numeric field of *event*.

    Raises:
        ValueError: it is not a number.
    """
    value = event.data.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(  # noqa: TRY004 - the trace is wrong, not the caller
            f"{event.source}/{event.kind}: {key} is {value!r}"
        )
    return float(value)


def _overtaken(motion: Event) -> bool:
    # A frame in whose midst a stop was sent: the board refuses it.
    return bool(motion.data.get("overtaken"))


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call of the motion.

    Attributes:
        id: of the call, on all layers.
        axis: the board's axis on which its motion shows.
        ended: whether the trigger ends it.
    """

    id: str
    component: str
    axis: str
    ended: bool


class Story(EventIndex):
    """Questions to a trace."""

    def __init__(self, trace: Iterable[Event]) -> None:
        """Read *trace*, which is in the order of its stamps.

        Raises:
            ValueError: it holds no judge's `case` event.
        """
        super().__init__(trace)
        case = self.first(Source.JUDGE, "case")
        if case is None:
            raise ValueError("the trace holds no case")
        self.case = case
        self.trigger: Trigger = by_name(str(case.data["trigger"]))
        self.moment = Moment(str(case.data["moment"]))

    # The course of the case

    @cached_property
    def calls(self) -> tuple[CallFact, ...]:
        """The motion's calls."""
        return tuple(
            CallFact(
                str(event.data["call"]),
                str(event.data["component"]),
                str(event.data["axis"]),
                bool(event.data["ended"]),
            )
            for event in self.all(Source.JUDGE, "call")
        )

    @property
    def ended(self) -> tuple[CallFact, ...]:
        """The calls that the trigger ends."""
        return tuple(call for call in self.calls if call.ended)

    @property
    def askable(self) -> tuple[CallFact, ...]:
        """The calls whose components can be asked things afterwards."""
        return self.bystanders if self.trigger.unaskable else self.calls

    @property
    def bystanders(self) -> tuple[CallFact, ...]:
        """The calls that must go on."""
        return tuple(call for call in self.calls if not call.ended)

    @cached_property
    def begin_s(self) -> float:
        """When the calls were made."""
        event = self.first(Source.JUDGE, "begin")
        return event.t_s if event is not None else self.case.t_s

    @cached_property
    def strike_s(self) -> float | None:
        """When the trigger struck; None if it never did."""
        event = self.first(Source.JUDGE, "strike", since_s=self.begin_s - GRACE_S)
        return None if event is None else event.t_s

    @cached_property
    def told_s(self) -> float | None:
        """When the component's process learnt of it; None if it never did."""
        since_s = (self.strike_s or self.begin_s) - GRACE_S
        ids = {call.id for call in self.ended}
        for event in self.since(since_s):
            if self.trigger.is_news(event) and (
                event.kind != "call-cancelled" or event.data.get("call") in ids
            ):
                return event.t_s
        return self.strike_s if self.trigger.timed else None

    @cached_property
    def thaw_s(self) -> float | None:
        """When a component's process that was frozen went on."""
        event = self.first(Source.JUDGE, "thaw")
        return None if event is None else event.t_s

    @property
    def knows_s(self) -> float | None:
        """From when on the component can be held to it."""
        return self.told_s if self.told_s is not None else self.strike_s

    @cached_property
    def anew_s(self) -> float:
        """When motion was asked for anew; the end of the record if it was not."""
        event = self.first(Source.JUDGE, "asked-anew")
        if event is not None:
            return event.t_s
        return self.events[-1].t_s

    def profile(self, axis: str) -> Profile | None:
        """What the undisturbed motion of *axis* looked like, if it is known."""
        event = self.first(Source.JUDGE, "profile", axis=axis)
        if event is None:
            return None
        return Profile(
            **{k: number(event, k) for k in event.data if k not in ("axis", "call")}
        )

    # The axes

    def motions(
        self, axis: str, since_s: float, until_s: float = EVER_S
    ) -> Iterator[Event]:
        """Yield the motion commands for *axis* that reached the wire."""
        for event in self.all(
            Source.LINK, "motion", since_s=since_s, until_s=until_s, axis=axis
        ):
            if not _overtaken(event):
                yield event

    def lease_s(self, axis: str) -> float:
        """The lease of the motion of *axis* that was struck; 0 if it had none."""
        last = self.last(Source.LINK, "motion", until_s=self.anew_s, axis=axis)
        return 0.0 if last is None else number(last, "lease_ms") / 1000

    def newer_motion(self, axis: str) -> Event | None:
        """The motion command with which the trigger took *axis* over, if it did."""
        if not self.trigger.takes_over or self.told_s is None:
            return None
        return next(self.motions(axis, self.told_s, self.anew_s), None)

    def arrived_s(self, axis: str, until_s: float = EVER_S) -> float | None:
        """When the board last said, up to *until_s*, that *axis* had arrived."""
        event = self.last(
            Source.LINK,
            "board-event",
            since_s=self.begin_s,
            until_s=min(until_s, self.anew_s),
            axis=axis,
            event="arrived",
        )
        return None if event is None else event.t_s

    def arrived_after(self, axis: str, since_s: float) -> float:
        """When *axis* arrived after *since_s*; the end of the record if never."""
        event = self.first(
            Source.LINK, "board-event", since_s=since_s, axis=axis, event="arrived"
        )
        return self.anew_s if event is None else event.t_s

    def all_commands(self) -> int:
        """How many motion commands of this case reached the wire."""
        return sum(1 for _ in self.all(Source.LINK, "motion", since_s=self.begin_s))

    def first_text(self, *kinds: str) -> str:
        """The text of the judge's first event of these *kinds*, or nothing."""
        event = self.first(Source.JUDGE, *kinds)
        return "" if event is None else str(event.data.get("text", ""))

    def under_way(self, axis: str) -> float | None:
        """Since when a stop for *axis* is owed; None if none is.

        None is owed for a motion that was over before the component could know of
        its end: one that had arrived, or had come to a standstill before the strike.
        """
        if self.strike_s is None or self.knows_s is None:
            return None
        # What comes when a newer motion has been asked for is that motion.
        grace_s = 0.0 if self.trigger.takes_over else GRACE_S
        over_until_s = min(self.knows_s, self.strike_s + NOTICE_S) + GRACE_S
        owed_s: float | None = None
        motion: Scalar = None
        for event in self.all(
            Source.LINK,
            "motion",
            "board-event",
            since_s=self.begin_s,
            until_s=self.knows_s + GRACE_S,
            axis=axis,
        ):
            if event.kind == "motion":
                if event.t_s <= self.knows_s + grace_s and not _overtaken(event):
                    motion = event.data.get("motion")
                    owed_s = max(self.strike_s, event.t_s) if owed_s is None else owed_s
            elif event.data.get("motion") == motion:
                what = event.data.get("event")
                by_itself = what in ("arrived", "fault") and event.t_s <= over_until_s
                if by_itself or (what == "stopped" and event.t_s <= self.strike_s):
                    owed_s = None
        return owed_s

    def stop_understood(self, axis: str, since_s: float) -> Event | None:
        """The stop for *axis* that the board obeyed, as the board tells it."""
        for event in self.all(
            Source.BOARD, "stop-byte", "command", since_s=since_s, until_s=self.anew_s
        ):
            # A `halt` names no axis; any other command than these is no stop.
            is_stop = event.kind == "stop-byte" or event.data.get("verb") in (
                "stop",
                "halt",
            )
            if is_stop and event.data.get("axis") in (axis, "*", None):
                return event
        return None

    def stopped_by_noise(self, axis: str) -> bool:
        """Whether a fault of the link made a stop byte for *axis*, which was obeyed.

        It is the one harm by a single byte that no checksum and no repeat makes good.
        """
        if self.first(Source.LINK, "fault", struck=True) is None:
            return False
        heard = self.all(
            Source.BOARD,
            "stop-byte",
            since_s=self.begin_s,
            until_s=self.anew_s,
            axis=axis,
        )
        sent = self.all(
            Source.LINK,
            "stop",
            since_s=self.begin_s,
            until_s=self.anew_s,
            axis=axis,
            how="byte",
        )
        return len(list(heard)) > len(list(sent))

    def stop_heard_s(self, axis: str) -> float | None:
        """When the stop for *axis* reached the board, or else the wire."""
        if self.strike_s is None:
            return None
        heard = self.stop_understood(axis, self.strike_s) or self.first(
            Source.LINK, "stop", since_s=self.strike_s, until_s=self.anew_s, axis=axis
        )
        return None if heard is None else heard.t_s

    def is_still(self, axis: str, t_s: float) -> bool:
        """Whether the witness saw *axis* at rest at *t_s*, or does not look."""
        last = self.last(Source.SHAFT, "moving", "standstill", until_s=t_s, axis=axis)
        return last is None or last.kind == "standstill"

    def position_at(self, axis: str, t_s: float) -> float | None:
        """The witness's position of *axis* at *t_s*, in revolutions."""
        kinds = ("sample", "moving", "standstill")
        event = self.last(Source.SHAFT, *kinds, until_s=t_s, axis=axis)
        if event is None:  # what it saw first was so before
            event = self.first(Source.SHAFT, *kinds, axis=axis)
        return None if event is None else number(event, "position_rev")

    def peak_rev_s(self, axis: str, since_s: float) -> float:
        """The highest speed at which the witness saw *axis* turn since then."""
        samples = self.all(
            Source.SHAFT, "sample", axis=axis, since_s=since_s, until_s=self.anew_s
        )
        return max((abs(number(e, "speed_rev_s")) for e in samples), default=0.0)

    def witnessed_rev(self, component: str) -> float | None:
        """How far the witness saw *component* travel in the case, if it was asked."""
        positions = [
            float(position)
            for event in self.all(Source.JUDGE, "position", component=component)
            if isinstance(position := event.data["witness_rev"], (int, float))
        ]
        return abs(positions[-1] - positions[0]) if len(positions) > 1 else None

    def standstill_s(self, axis: str, since_s: float) -> float | None:
        """When the witness saw *axis* come to rest after *since_s*.

        An axis that was already still, and did not start, was so at *since_s*.
        """
        still = True
        rest_s = since_s
        for event in self.all(
            Source.SHAFT, "moving", "standstill", axis=axis, until_s=self.anew_s
        ):
            if event.kind == "moving":
                still = False
            else:
                rest_s = max(event.t_s, since_s)
                still = True
                if event.t_s >= since_s:
                    break
        return rest_s if still else None

    @cached_property
    def moment_reached(self) -> str:
        """The moment that the trace shows the trigger struck at."""
        if self.strike_s is None:
            return "never"
        reached: Moment
        match self.moment:
            case Moment.BEFORE_FIRST_BYTE:
                begun = self.first(
                    Source.LINK,
                    "motion-begun",
                    "motion",
                    since_s=self.begin_s,
                    until_s=self.strike_s,
                )
                reached = self.moment if begun is None else Moment.MID_FRAME
            case Moment.DURING_CLEANUP:
                # The first strike began the cleanup; the moment is the second one's.
                seen = self.first(Source.JUDGE, "moment")
                reached = Moment.CRUISE if seen is None else self.moment
            case _:
                aimed = self.trigger.timed or self.moment is Moment.STEP
                reached = self._aimed_at() if aimed else self.moment
        return reached.value

    def _aimed_at(self) -> Moment:
        """The moment that a deadline, set in advance, has hit."""
        strike_s = self.strike_s or self.begin_s
        call = self.ended[0]
        profile = self.profile(call.axis)
        start_rev = self.position_at(call.axis, self.begin_s)
        now_rev = self.position_at(call.axis, strike_s)
        if profile is None or start_rev is None or now_rev is None:
            return Moment.BEFORE_FIRST_BYTE
        if self.arrived_s(call.axis, strike_s) is not None:
            return Moment.AFTER_ARRIVAL
        return profile.moment_at(abs(now_rev - start_rev))
