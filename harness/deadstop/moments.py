"""Where in a motion a trigger strikes: by what is seen of it, never by sleeping."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from deadstop.axes import board_of, concerns, on_board, split_axes
from deadstop.trace import Event, Source

__all__ = [
    "NAMED",
    "UNWATCHED",
    "Moment",
    "MomentWatch",
    "Profile",
    "leading",
    "learn_profiles",
]


class Moment(StrEnum):
    """A stage of a motion."""

    BEFORE_FIRST_BYTE = "before-first-byte"
    MID_FRAME = "mid-frame"
    AWAITING_ACK = "awaiting-ack"
    ACCELERATING = "accelerating"
    CRUISE = "cruise"
    DECELERATING = "decelerating"
    ARRIVING = "arriving"
    AFTER_ARRIVAL = "after-arrival"
    DURING_CLEANUP = "during-cleanup"
    IDLE = "idle"
    STEP = "step"  # of the event loop: any at all, by its number (virtual time only)


# What a person can ask for by its name; a step is meant by its number.
NAMED: Final = tuple(moment for moment in Moment if moment is not Moment.STEP)
# What can be seen of a motion whose shaft nobody watches: bytes, and its half by time.
UNWATCHED: Final = frozenset(
    {
        Moment.BEFORE_FIRST_BYTE,
        Moment.MID_FRAME,
        Moment.AWAITING_ACK,
        Moment.CRUISE,
        Moment.DURING_CLEANUP,
        Moment.IDLE,
    }
)
# Shares of the reference's peak speed and travel that border the stages.
_ACCELERATING_AT: Final = 0.5
_DECELERATING_AT: Final = 0.9
_CRUISE_AT: Final = 0.5
_ARRIVING_AT: Final = 0.98


@dataclass(frozen=True, slots=True)
class Profile:
    """What the undisturbed motion looked like to the witness, for one axis.

    Attributes:
        travel_rev: signed travel from start to standstill.
        accelerating_rev: travel (absolute) at half of the peak speed, rising.
        cruise_rev: half of the travel.
        decelerating_rev: travel at which the speed fell below 90 % of the peak.
        arriving_rev: 98 % of the travel.
        after_s: for each of these, seconds from the call to there.
        stopped_after_s: seconds from the call to the stop with which the component
            itself ended the motion; 0 if the board did, which then says "arrived".
        lasts_s: seconds from the drive command on the wire to the call's return, for
            an axis that nobody watches: then nothing is known of its travel, and its
            only moment on the way is the half of this time. 0 for one that is watched.
    """

    travel_rev: float
    accelerating_rev: float
    cruise_rev: float
    decelerating_rev: float
    arriving_rev: float
    accelerating_after_s: float
    cruise_after_s: float
    decelerating_after_s: float
    arriving_after_s: float
    stopped_after_s: float = 0.0
    lasts_s: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """Return the figures, for the trace."""
        return asdict(self)

    def at(self, moment: Moment) -> float:
        """Travel in revolutions (absolute) at *moment*."""
        return float(getattr(self, f"{moment.value}_rev"))

    def after_s(self, moment: Moment) -> float:
        """Seconds from the call to *moment*."""
        return float(getattr(self, f"{moment.value}_after_s"))

    @classmethod
    def learn(cls, events: Iterable[Event], axis: str, called_s: float) -> "Profile":
        """Read it off the trace of a motion that nothing disturbed.

        Raises:
            ValueError: the axis did not move.
        """
        told = tuple(events)
        start_rev, rows = _course(told, axis, called_s)
        travel_rev = rows[-1][1] - start_rev if rows else 0.0
        if travel_rev == 0:
            raise ValueError(f"axis {axis!r} did not move")
        peak = max(abs(speed) for _, _, speed in rows)

        def first(condition: Callable[[float, float], bool]) -> tuple[float, float]:
            for t_s, position_rev, speed in rows:
                way = abs(position_rev - start_rev)
                if condition(way, abs(speed)):
                    return way, t_s - called_s
            raise ValueError(f"axis {axis!r} has no such moment")

        whole = abs(travel_rev)
        rising = first(lambda _, speed: speed >= _ACCELERATING_AT * peak)
        cruise = first(lambda way, _: way >= _CRUISE_AT * whole)
        falling = first(
            lambda way, speed: (
                way > _CRUISE_AT * whole
                and (speed < _DECELERATING_AT * peak or not peak)
            )
        )
        arriving = first(lambda way, _: way >= _ARRIVING_AT * whole)
        return cls(
            travel_rev=travel_rev,
            accelerating_rev=rising[0],
            cruise_rev=cruise[0],
            decelerating_rev=falling[0],
            arriving_rev=arriving[0],
            accelerating_after_s=rising[1],
            cruise_after_s=cruise[1],
            decelerating_after_s=falling[1],
            arriving_after_s=arriving[1],
            stopped_after_s=_stopped_after_s(told, axis, called_s),
        )

    @classmethod
    def learn_unwatched(
        cls, events: Iterable[Event], axis: str, called_s: float, call: str
    ) -> "Profile":
        """Read off the wire how long an undisturbed *call* takes.

        Raises:
            ValueError: it commanded no motion of *axis*, or came to no good end.
        """
        driven_s: float | None = None
        for event in events:
            if event.t_s < called_s:
                continue
            if event.source is Source.LINK and event.kind == "motion":
                if driven_s is None and concerns(event, axis):
                    driven_s = event.t_s
            elif event.kind == "call-returned" and event.data.get("call") == call:
                if driven_s is None or event.data.get("outcome") != "returned":
                    break
                lasts_s = event.t_s - driven_s
                half_s = driven_s - called_s + lasts_s / 2
                end_s = event.t_s - called_s
                nowhere = (0.0,) * 5
                return cls(*nowhere, half_s, half_s, end_s, end_s, lasts_s=lasts_s)
        raise ValueError(f"axis {axis!r} was not moved to an end")

    def moment_at(self, way_rev: float) -> Moment:
        """Name the stage after *way_rev* (absolute) of travel."""
        for moment in (Moment.ARRIVING, Moment.DECELERATING):
            if way_rev >= self.at(moment):
                return moment
        # Between the two: it has been accelerating, it is not yet decelerating.
        if way_rev >= (self.accelerating_rev + self.cruise_rev) / 2:
            return Moment.CRUISE
        return Moment.ACCELERATING


# What a witness tells of a shaft, or is asked by the judge.
_TELLS: Final = frozenset(
    {
        (Source.SHAFT, "moving"),
        (Source.SHAFT, "sample"),
        (Source.SHAFT, "standstill"),
        (Source.JUDGE, "position"),
    }
)


def _stopped_after_s(events: Iterable[Event], axis: str, called_s: float) -> float:
    """When the component ended *axis*'s motion with a stop; 0 if the board ended it."""
    stopped_s = 0.0
    for event in events:
        if event.source is not Source.LINK or event.t_s < called_s:
            continue
        if event.kind == "stop" and concerns(event, axis) and not stopped_s:
            stopped_s = event.t_s - called_s
        elif event.data.get("event") == "arrived" and concerns(event, axis):
            return 0.0
    return stopped_s


def _course(
    events: Iterable[Event], axis: str, called_s: float
) -> tuple[float, list[tuple[float, float, float]]]:
    """Where *axis* was at *called_s*; then time, position and speed of each sample."""
    told = [
        event
        for event in events
        if (event.source, event.kind) in _TELLS and event.data.get("axis") == axis
    ]
    # One that counts edges knows exactly where the axis began and ended, and that it
    # began with its first edge, not before.
    exact = any("edges" in event.data for event in told)
    rows = [
        (e.t_s, _number(e, "position_rev"), float(e.data.get("speed_rev_s") or 0.0))
        for e in told
        if e.t_s >= called_s
        and (e.kind == "sample" or (exact and e.source is Source.SHAFT))
    ]
    start_rev = rows[0][1] if rows else 0.0
    for event in told if exact else ():
        if event.t_s <= called_s:
            key = "witness_rev" if event.kind == "position" else "position_rev"
            start_rev = _number(event, key)
    return start_rev, rows


def learn_profiles(events: Iterable[Event], axes: Iterable[str]) -> dict[str, Profile]:
    """Return the profile of each of *axes* that the motion moved.

    Args:
        events: of a whole case that nothing disturbed.
        axes: of the components that were called.
    """
    told = tuple(events)
    stamps = {event.kind: event.t_s for event in told}
    begun_s = stamps.get("begin", 0.0)
    until_s = stamps.get("asked-anew", begun_s)
    course = [event for event in told if event.t_s < until_s]
    unwatched = {
        axis: str(event.data["call"])
        for event in told
        if event.kind == "call" and event.data.get("watched") is False
        for axis in split_axes(str(event.data["axis"]))
    }
    learnt = {}
    for axis in axes:
        try:
            if axis in unwatched:
                learnt[axis] = Profile.learn_unwatched(
                    course, axis, begun_s, unwatched[axis]
                )
            else:
                learnt[axis] = Profile.learn(course, axis, begun_s)
        except ValueError:
            continue  # it does not move: the cases will say so, one by one
    return learnt


# Axes that were moved together end their ways together, as far as that can be seen of
# one that makes few steps.
_TOGETHER: Final = 0.9


def leading(profiles: Mapping[str, Profile]) -> str | None:
    """Return the axis to strike by; None if there is none.

    Of those that move longest, it is the one that goes farthest.
    """
    if not profiles:
        return None
    last_s = max(profile.arriving_after_s for profile in profiles.values())
    longest = {
        axis: abs(profile.travel_rev)
        for axis, profile in profiles.items()
        if profile.arriving_after_s >= _TOGETHER * last_s
    }
    return max(longest, key=longest.__getitem__)


def _number(event: Event, key: str) -> float:
    value = event.data[key]
    assert isinstance(value, (int, float))  # noqa: S101 - our own events
    return float(value)


class MomentWatch:
    """Listens to a trace and calls back once, when *moment* is reached.

    The call comes in the thread that saw it: the tap's or the board's.
    """

    def __init__(
        self,
        moment: Moment,
        axis: str,
        profile: Profile | None,
        reached: Callable[[Event], None],
    ) -> None:
        """Watch *axis*; *profile* is needed for the stages of the travel."""
        self._axis = axis
        self._reached = reached
        self._done = False
        self._start_rev: float | None = None
        self._threshold_rev = 0.0
        self._later_s = 0.0  # how long after what is seen the moment comes
        self._timer: threading.Timer | None = None
        self._wanted: Callable[[Event], bool]
        match moment:
            case Moment.MID_FRAME:
                self._wanted = lambda e: (
                    e.source is Source.LINK
                    and e.kind in ("motion-begun", "motion")
                    and on_board(e, board_of(axis))
                )
            case Moment.AWAITING_ACK | Moment.AFTER_ARRIVAL:
                # The tap holds the board's line back and says so.
                self._wanted = lambda e: e.source is Source.LINK and e.kind == "held"
            case Moment.DURING_CLEANUP:
                self._wanted = lambda e: (
                    e.source is Source.LINK and e.kind == "stop" and concerns(e, axis)
                )
            case (
                Moment.ACCELERATING
                | Moment.CRUISE
                | Moment.DECELERATING
                | Moment.ARRIVING
            ):
                assert profile is not None  # noqa: S101 - a reference run came first
                if profile.lasts_s:
                    self._later_s = profile.lasts_s / 2
                    self._wanted = self._driven
                    return
                self._threshold_rev = profile.at(moment)
                self._wanted = self._way_reached
            case Moment.BEFORE_FIRST_BYTE | Moment.IDLE | Moment.STEP:
                self._wanted = lambda _: False  # the caller strikes by itself

    def __call__(self, event: Event) -> None:
        """Look at one event."""
        if not self._done and self._wanted(event):
            self._done = True
            if self._later_s:
                self._wait(event)
            else:
                self._reached(event)

    def cancel(self) -> None:
        """Let a moment that comes by time come no more."""
        self._done = True
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, event: Event) -> None:
        """Let the time pass in a thread of our own; the component notices nothing."""

        def reached() -> None:
            t_s = time.monotonic()
            self._reached(Event(t_s, Source.JUDGE, "half-time", event.data))

        self._timer = threading.Timer(self._later_s, reached)
        self._timer.daemon = True
        self._timer.start()

    def _driven(self, event: Event) -> bool:
        return (
            event.source is Source.LINK
            and event.kind == "motion"
            and concerns(event, self._axis)
        )

    def _way_reached(self, event: Event) -> bool:
        if event.source is not Source.SHAFT or event.data.get("axis") != self._axis:
            return False
        if event.kind not in ("moving", "sample"):
            return False
        position_rev = _number(event, "position_rev")
        if self._start_rev is None:  # later, a motion may pause and go on
            self._start_rev = position_rev
        return (
            event.kind == "sample"
            and abs(position_rev - self._start_rev) >= self._threshold_rev
        )
