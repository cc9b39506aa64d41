"""The course of a case: who called what, what struck when, and who knew of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from deadstop.axes import split_axes
from deadstop.index import EventIndex
from deadstop.moments import Moment, Profile
from deadstop.trace import Event, Source
from deadstop.triggers import Ends, Hosting, Trigger, by_name

__all__ = ["GRACE_S", "NOTICE_S", "CallFact", "CaseCourse", "number"]

# A frame written just before the cancellation may be seen by the tap just after.
GRACE_S: Final = 0.002
# A client's end reaches the component within 2.4 ms (99th percentile, SIGKILL of the
# client), and ten times that on a busy machine. Whoever learns of it later than this
# has blocked its own loop, and is not excused by a motion that ended meanwhile.
NOTICE_S: Final = 0.025
# A component says whether it moves, whether it is powered, and where it is: so many
# answers it owed when the trace did not say yet how many.
_CHECKS: Final = 3


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


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call of the motion, on one of the axes on which that shows.

    Attributes:
        id: of the call, on all layers.
        axis: one of the board's axes that its component moves.
        ended: whether the trigger ends it.
        checks: how many answers its component owes afterwards.
        watched: whether a witness sees what the axis does.
    """

    id: str
    component: str
    axis: str
    ended: bool
    checks: int = _CHECKS
    watched: bool = True


class CaseCourse(EventIndex):
    """The judge's own part of a trace, and when the component learnt of it."""

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

    @property
    def hosting(self) -> str:
        """How the component was served."""
        return str(self.case.data.get("hosting", self.trigger.hosting.value))

    @property
    def sees_inside(self) -> bool:
        """Whether a probe in the component's process told of its calls and its loop."""
        return self.hosting != Hosting.MODULE.value

    @cached_property
    def calls(self) -> tuple[CallFact, ...]:
        """The motion's calls, each once for each axis of its component."""
        return tuple(
            CallFact(
                str(event.data["call"]),
                str(event.data["component"]),
                axis,
                bool(event.data["ended"]),
                int(str(event.data.get("checks", _CHECKS))),
                event.data.get("watched") is not False,
            )
            for event in self.all(Source.JUDGE, "call")
            for axis in split_axes(str(event.data["axis"]))
        )

    def is_watched(self, axis: str) -> bool:
        """Whether a witness sees what *axis* does."""
        return all(call.watched for call in self.calls if call.axis == axis)

    @property
    def anybody_watches(self) -> bool:
        """Whether a witness sees what any of the calls does."""
        return any(call.watched for call in self.calls) or not self.calls

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

    def has_profile(self, call: CallFact) -> bool:
        """Whether it is known what *call* does when nothing disturbs it."""
        joints = [one.axis for one in self.calls if one.id == call.id]
        return any(self.profile(axis) is not None for axis in joints)

    def is_idle(self, call: CallFact) -> bool:
        """Whether *call* moves other joints of its component, and not this one.

        The undisturbed motion did not move it, and nothing has moved it here either.
        """
        if self.profile(call.axis) is not None:
            return False
        return self.has_profile(call) and not self.any(
            Source.SHAFT,
            "moving",
            since_s=self.begin_s,
            until_s=self.knows_s,
            axis=call.axis,
        )

    @cached_property
    def begin_s(self) -> float:
        """When the calls were made."""
        event = self.first(Source.JUDGE, "begin")
        return event.t_s if event is not None else self.case.t_s

    @cached_property
    def strike_s(self) -> float | None:
        """When the trigger struck; None if it never did.

        One that was set beforehand is told of with the instant that was meant. A
        stream's deadline is sent a little later than it is set, and in whole
        milliseconds: it may have passed at the server just before.
        """
        strike = self.first(Source.JUDGE, "strike", since_s=self.begin_s - GRACE_S)
        if strike is None:
            return None
        if not self.trigger.timed:
            return strike.t_s
        just_s = max(strike.t_s - GRACE_S, self.begin_s)
        news = (
            self.first(source, kind, since_s=just_s, until_s=strike.t_s)
            for source, kind in (
                (Source.SERVER, "call-cancelled"),
                (Source.LINK, "stop"),
            )
        )
        return min([strike.t_s, *(event.t_s for event in news if event is not None)])

    @cached_property
    def told_s(self) -> float | None:
        """When the component's process learnt of it; None if it never did."""
        since_s = (self.strike_s or self.begin_s) - GRACE_S
        ids = {call.id for call in self.ended}
        for event in self.since(since_s):
            if self.trigger.is_news(event, inside=self.sees_inside) and (
                event.kind != "call-cancelled" or event.data.get("call") in ids
            ):
                return event.t_s
        own_timer = self.trigger.timed and (self.sees_inside or self.trigger.expired)
        return self.strike_s if own_timer else None

    @cached_property
    def thaw_s(self) -> float | None:
        """When a component's process that was frozen went on."""
        event = self.first(Source.JUDGE, "thaw")
        return None if event is None else event.t_s

    @property
    def knows_s(self) -> float | None:
        """From when on the component can be held to it; None if it cannot know."""
        if self.trigger.ends is Ends.NOTHING:
            return None
        if self.told_s is not None:
            return self.told_s
        if self.strike_s is None or self.sees_inside or self.trigger.starves:
            return self.strike_s
        return self._noticed_s(self.strike_s)

    @property
    def settled_s(self) -> float | None:
        """From when on nothing may begin any more; None if it cannot know.

        Where it is asked for several things one after another, a call that came in just
        then may begin between them: the last of them ends it.
        """
        if self.trigger.in_steps and self.knows_s is not None:
            done = self.first(
                Source.CLIENT,
                "call-returned",
                since_s=self.knows_s,
                call=self.trigger.call,
            )
            if done is not None:
                return done.t_s
        return self.knows_s

    def _noticed_s(self, strike_s: float) -> float:
        """When a component that nobody looks into knew of it, as far as it shows."""
        latest_s = strike_s + NOTICE_S
        stops = (
            self.first(
                Source.LINK, "stop", since_s=strike_s, until_s=latest_s, axis=call.axis
            )
            for call in self.ended
        )
        return min((stop.t_s for stop in stops if stop is not None), default=latest_s)

    @cached_property
    def anew_s(self) -> float:
        """When motion was asked for anew; the end of the record if it was not."""
        event = self.first(Source.JUDGE, "asked-anew")
        if event is not None:
            return event.t_s
        return self.events[-1].t_s

    def profile(self, axis: str) -> Profile | None:
        """What the undisturbed motion of *axis* looked like, if it is known."""
        return self._profiles.get(axis)

    @property
    def stops_itself(self) -> bool:
        """Whether undisturbed its own component ends what is struck, with a stop."""
        profiles = (self.profile(call.axis) for call in self.ended)
        return any(one is not None and one.stopped_after_s for one in profiles)

    @cached_property
    def _profiles(self) -> dict[str, Profile]:
        return {
            str(event.data["axis"]): Profile(
                **{k: number(event, k) for k in event.data if k not in ("axis", "call")}
            )
            for event in reversed(list(self.all(Source.JUDGE, "profile")))
        }
