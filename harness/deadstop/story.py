"""What a trace tells, in the terms in which the invariants ask.

Everything here is read off the events, so that a saved trace is judged exactly as a
live one.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from deadstop.axes import ALL, all_of, board_of, letter_of, on_board
from deadstop.busy import WAITS
from deadstop.course import GRACE_S, NOTICE_S, CallFact, CaseCourse, number
from deadstop.moments import Moment, leading
from deadstop.trace import Event, Scalar, Source

__all__ = ["GRACE_S", "CallFact", "Story", "number"]

EVER_S: Final = float("inf")


def _overtaken(motion: Event) -> bool:
    # A frame in whose midst a stop was sent: the board refuses it.
    return bool(motion.data.get("overtaken"))


def _motions(events: Iterable[Event]) -> frozenset[tuple[Scalar, Scalar]]:
    """Return the motions of *events*, which each board numbers for itself."""
    return frozenset(
        (event.data.get("board", ""), event.data["motion"]) for event in events
    )


class Story(CaseCourse):
    """Questions to a trace."""

    @cached_property
    def counts_edges(self) -> bool:
        """Whether there is an axis whose step edges the witness counts."""
        return any("edges" in event.data for event in self.all(Source.SHAFT, "moving"))

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
        motions = self.motions(axis, self.told_s, self.anew_s)
        return next((one for one in motions if one.data["verb"] != "via"), None)

    def stopping_since(self, axis: str) -> float | None:
        """Since when a stop for *axis* is on its way that came before the strike.

        Of those behind which nothing told the axis to move, up to the next motion.
        """
        last = self.last(Source.LINK, "motion", "stop", until_s=self.anew_s, axis=axis)
        return last.t_s if last is not None and last.kind == "stop" else None

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
        Nor is it for a joint that has no part in the motion.
        """
        if axis not in self._owed:
            self._owed[axis] = self._under_way(axis)
        return self._owed[axis]

    @cached_property
    def _owed(self) -> dict[str, float | None]:
        return {}

    def _under_way(self, axis: str) -> float | None:
        if self.strike_s is None or self.knows_s is None:
            return None
        if any(self.is_idle(call) for call in self.calls if call.axis == axis):
            return None
        if self._was_over(axis, self.strike_s):
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

    def _was_over(self, axis: str, t_s: float) -> bool:
        """Whether the calls on *axis*, which nobody watches, had returned by *t_s*."""
        calls = [call for call in self.calls if call.axis == axis and not call.watched]
        return bool(calls) and all(
            self.first(
                Source.CLIENT,
                "call-returned",
                since_s=self.begin_s,
                until_s=t_s,
                call=call.id,
                outcome="returned",
            )
            for call in calls
        )

    def was_cut(self, call: str) -> bool:
        """Whether a client that hung lost its connection, as by a server's keepalive.

        What a component says comes with a gRPC status.
        """
        returned = self.first(Source.CLIENT, "call-returned", call=call)
        return (
            bool(self.trigger.unfelt)
            and returned is not None
            and returned.data["outcome"] == "error"
            and "status" not in returned.data
        )

    # Stops, as the board heard them

    @cached_property
    def _shared_power(self) -> frozenset[Scalar]:
        """The boards on which what stops one axis at once stops all, by their word."""
        told = self.all(Source.LINK, "ack", shared_power=True)
        return frozenset(event.data.get("board", "") for event in told)

    def is_line(self, motion: Scalar, board: str) -> bool:
        """Whether *motion* of *board* was begun for all its axes together."""
        return (board, motion) in self._lines

    @cached_property
    def _lines(self) -> frozenset[tuple[Scalar, Scalar]]:
        return _motions(self.all(Source.LINK, "motion", verb="line"))

    @cached_property
    def _stops_of_all(self) -> frozenset[tuple[Scalar, Scalar]]:
        """The motions that were named by a stop frame that was meant for all axes."""
        frames = self.all(Source.LINK, "stop", how="frame")
        return _motions(e for e in frames if letter_of(str(e.data["axis"])) == ALL)

    def stops_heard(self, axis: str, since_s: float, *kinds: str) -> Iterator[Event]:
        """Yield the stops for *axis* that the board obeyed, as the board tells them.

        Args:
            axis: that they reach.
            since_s: from when on; up to when motion is asked for anew.
            kinds: `stop-byte`, `command`; default: both.
        """
        board = board_of(axis)
        reach = (axis, all_of(axis), None)
        for event in self.all(
            Source.BOARD,
            *(kinds or ("stop-byte", "command")),
            since_s=since_s,
            until_s=self.anew_s,
        ):
            if not on_board(event, board):
                continue
            verb = event.data.get("verb")
            # A `halt` names no axis; any other command than these is no stop.
            if event.kind == "command" and verb not in ("stop", "halt"):
                continue
            motion = (board, event.data.get("motion"))
            if (
                event.data.get("axis") in reach
                or (event.kind == "stop-byte" and board in self._shared_power)
                or (verb == "stop" and motion in self._stops_of_all)
            ):
                yield event

    def stop_understood(self, axis: str, since_s: float) -> Event | None:
        """The stop for *axis* that the board obeyed, as the board tells it."""
        return next(self.stops_heard(axis, since_s), None)

    def stopped_by_noise(self, axis: str) -> bool:
        """Whether a fault of the link made a stop byte for *axis*, which was obeyed.

        It is the one harm by a single byte that no checksum and no repeat makes good.
        """
        if self.first(Source.LINK, "fault", struck=True) is None:
            return False
        heard = self.stops_heard(axis, self.begin_s, "stop-byte")
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
        if event is not None:
            return number(event, "position_rev")
        event = self.first(Source.SHAFT, *kinds, axis=axis)
        if event is None:
            return None
        if (
            "edges" in event.data
        ):  # it was seen to move with its first edge: one too late
            asked = self.first(Source.JUDGE, "position", axis=axis)
            if asked is not None:
                return number(asked, "witness_rev")
        return number(event, "position_rev")  # what it saw first was so before

    def peak_rev_s(self, axis: str, since_s: float) -> float:
        """The highest speed at which the witness saw *axis* turn since then."""
        samples = self.all(
            Source.SHAFT, "sample", axis=axis, since_s=since_s, until_s=self.anew_s
        )
        return max((abs(number(e, "speed_rev_s")) for e in samples), default=0.0)

    def witnessed_rev(self, component: str) -> float | None:
        """How far the witness saw *component* travel in the case, if it was asked.

        Of several axes, that which went farthest.
        """
        positions: dict[Scalar, list[float]] = {}
        for event in self.all(Source.JUDGE, "position", component=component):
            if isinstance(position := event.data["witness_rev"], (int, float)):
                axis = event.data.get("axis")
                positions.setdefault(axis, []).append(float(position))
        ways = [abs(seen[-1] - seen[0]) for seen in positions.values() if len(seen) > 1]
        return max(ways, default=None)

    def waited_s(self, since_s: float, until_s: float) -> float:
        """How long the case's processes waited for a CPU meanwhile, at most.

        It is read off the kernel here and there: from the last reading before to the
        first behind.
        """
        readings = list(self.all(Source.JUDGE, WAITS))
        if not readings:
            return 0.0
        before = [event for event in readings if event.t_s <= since_s] or readings[:1]
        behind = [event for event in readings if event.t_s >= until_s] or readings[-1:]
        return max(number(behind[0], "waited_s") - number(before[-1], "waited_s"), 0.0)

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
                boards = {board_of(call.axis) for call in self.ended}
                begun = self.all(
                    Source.LINK,
                    "motion-begun",
                    "motion",
                    since_s=self.begin_s,
                    until_s=self.strike_s,
                )
                late = any(event.data.get("board", "") in boards for event in begun)
                reached = Moment.MID_FRAME if late else self.moment
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
        struck = self.ended[0].id
        profiles = {
            call.axis: profile
            for call in self.ended
            if call.id == struck and (profile := self.profile(call.axis)) is not None
        }
        axis = leading(profiles)
        if axis is None:
            return Moment.BEFORE_FIRST_BYTE
        if profiles[axis].lasts_s:
            driven = any(self.motions(axis, self.begin_s, strike_s))
            return Moment.CRUISE if driven else Moment.BEFORE_FIRST_BYTE
        start_rev = self.position_at(axis, self.begin_s)
        now_rev = self.position_at(axis, strike_s)
        if start_rev is None or now_rev is None:
            return Moment.BEFORE_FIRST_BYTE
        if self.arrived_s(axis, strike_s) is not None:
            return Moment.AFTER_ARRIVAL
        return profiles[axis].moment_at(abs(now_rev - start_rev))
