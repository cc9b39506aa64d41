"""What the component is asked before a motion, and after its end."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from deadstop.axes import concerns, on_board
from deadstop.errors import BoardAbsentError
from deadstop.hosting import Message
from deadstop.rig import CallConfig, MotionConfig
from deadstop.trace import Event, Scalar, Source

if TYPE_CHECKING:
    from deadstop.bench import Bench
    from deadstop.virtual.bench import VirtualBench

__all__ = ["Questions"]


class Questions:
    """Asks the components of one motion, and notes on the trace what they say."""

    def __init__(self, bench: "Bench | VirtualBench", motion: MotionConfig) -> None:
        """Ask on *bench* about *motion*."""
        self._bench = bench
        self._motion = motion

    async def before(self) -> None:
        """See that each component answers, which also opens its link; note where it is.

        Raises:
            BoardAbsentError: a component never opened the rig's port.
            PeerGoneError: no answer.
        """
        for call in self._motion.calls:
            outcome = await self._bench.ask(call.component, "is_moving")
            self._require_board(call.component, outcome)
            await self._note_position(call.component, "before")
        await self._bench.set_baseline()

    def _axes(self, component: str) -> tuple[str, ...]:
        return self._bench.rig.axes(component)

    def _require_board(self, component: str, outcome: Message) -> None:
        """Refuse to judge a component that never opened the rig's port.

        Raises:
            BoardAbsentError: it failed before it had sent a byte.
        """
        board = self._bench.rig.components[component].board
        if outcome["outcome"] != "error" or any(
            event.source is Source.LINK
            and event.kind == "tx"
            and on_board(event, board)
            for event in self._bench.trace
        ):
            return
        raise BoardAbsentError(
            f"the component never opened the rig's port "
            f"{self._bench.tap_of(component).path}: "
            f'{outcome.get("error")}; is "{{port}}" among its attributes?'
        )

    async def _note_position(self, component: str, when: str) -> Message | None:
        """Ask where *component* is, and note it of each axis beside the truth."""
        subject = self._bench.subject_of(component)
        axes = self._axes(component)
        outcome: Message | None = None
        if subject.position:
            outcome = await self._bench.ask(component, subject.position)
        result = None if outcome is None else outcome.get("result")
        for axis, reported_rev in subject.positions_rev(result, axes).items():
            self._bench.note(
                "position",
                component=component,
                axis=axis,
                when=when,
                reported_rev=reported_rev,
                witness_rev=self._witness_rev(component, axis),
            )
        return outcome

    def _witness_rev(self, component: str, axis: str) -> float | None:
        """Where *axis* is; None if nobody watches it."""
        if not self._bench.rig.watches(component):
            return None
        return self._bench.shaft_position_rev(axis)

    async def check_up(self, calls: Iterable[CallConfig]) -> None:
        """See what is left over; ask if those of *calls* move, and where they are."""
        bench = self._bench
        bench.note_heartbeat()
        clean = await bench.wait_clean()
        if clean is not None:
            self._note_clean(clean)
        for call in calls:
            await self._check_component(call.component)

    def _note_clean(self, clean: Message) -> None:
        self._bench.trace.add(
            Event(
                float(clean["t_s"]),
                Source.JUDGE,
                "clean",
                {
                    "leftovers": "; ".join(clean["leftovers"]),
                    "waited_s": float(clean["waited_s"]),
                },
            )
        )

    async def _check_component(self, component: str) -> None:
        subject = self._bench.subject_of(component)
        for what in subject.states:
            outcome = await self._bench.ask(component, what)
            value = outcome.get("result")
            self._note_check(
                component,
                what,
                outcome,
                value=bool(value[0] if isinstance(value, list) else value),
            )
        told = await self._note_position(component, "after")
        if told is None:
            return
        for axis in self._axes(component):
            off_rev = self._off_rev(component, axis)
            self._note_check(
                component, subject.position, told, axis=axis, off_rev=off_rev
            )

    def _note_check(
        self, component: str, what: str, outcome: Message, **data: Scalar
    ) -> None:
        self._bench.note(
            "check",
            component=component,
            what=what,
            outcome=outcome["outcome"],
            error=outcome.get("error"),
            **data,
        )

    def _off_rev(self, component: str, axis: str) -> float | None:
        """How far the reported travel is from the witnessed one; None if unknown."""
        way: dict[str, list[float]] = {"reported_rev": [], "witness_rev": []}
        for event in self._bench.trace:
            if event.kind == "position" and (component, axis) == (
                event.data["component"],
                event.data["axis"],
            ):
                for key, values in way.items():
                    value = event.data[key]
                    if isinstance(value, (int, float)):
                        values.append(float(value))
        reported, witness = way["reported_rev"], way["witness_rev"]
        if len(reported) < 2 or len(witness) < 2:  # noqa: PLR2004 - before and after
            return None
        return abs((reported[-1] - reported[0]) - (witness[-1] - witness[0]))

    async def move_anew(self, calls: Iterable[CallConfig]) -> None:
        """Ask for the short motions that prove that the next ones of *calls* work."""
        bench = self._bench
        bench.note("asked-anew")
        for call in calls:
            again = self._motion.next_of(call)
            axes = self._axes(call.component)
            before = [self._witness_rev(call.component, axis) for axis in axes]
            asked_s = bench.now_s()
            outcome = await bench.ask(again.component, again.method, **again.args)
            if None in before:
                moved = any(self._was_driven(axis, asked_s) for axis in axes)
            else:
                after_rev = map(bench.shaft_position_rev, axes)
                ways_rev = (
                    abs(b - (a or 0.0)) for a, b in zip(before, after_rev, strict=True)
                )
                moved = max(ways_rev) > bench.rig.limits.position_tolerance_rev
            bench.note(
                "next",
                component=call.component,
                outcome=outcome["outcome"],
                error=outcome.get("error"),
                moved=moved,
            )

    def _was_driven(self, axis: str, since_s: float) -> bool:
        """Whether a motion of *axis* was commanded on the wire."""
        return any(
            event.t_s >= since_s
            and event.source is Source.LINK
            and event.kind == "motion"
            and concerns(event, axis)
            for event in self._bench.trace
        )
