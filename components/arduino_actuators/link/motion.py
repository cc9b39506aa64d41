"""One motion of one or more axes, from its frame to its end, and the lease it needs."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from arduino_actuators.errors import (
    ActuatorError,
    CommandRefusedError,
    MotionDroppedError,
    MotionOverError,
    NoAnswerError,
)
from arduino_actuators.wire import (
    Cause,
    ErrorCode,
    FaultCode,
    Reply,
    StopCategory,
    Verb,
)

if TYPE_CHECKING:
    from arduino_actuators.link.board import BoardLink

__all__ = ["LiveMotion", "MotionEnd"]

R = TypeVar("R")

# PROTOCOL.md section 3: hosts renew a lease of 300 ms every 60 ms.
RENEWALS_PER_LEASE: Final = 5


@dataclass(frozen=True, slots=True)
class MotionEnd:
    """How a motion ended on an axis, as the board told it."""

    cause: Cause
    position_counts: int
    fault: FaultCode | None = None

    @property
    def weight(self) -> int:
        """How much it says about a motion that ended differently on other axes."""
        if self.cause is Cause.ARRIVED:
            return 0
        if self.cause is not Cause.FAULT:
            return 2 if self.cause is Cause.LEASE else 1
        return 3 if self.fault is None else 4


class LiveMotion:
    """One motion; made by `BoardLink.motion`.

    It has ended once each of its axes has. Its lease is renewed from its acceptance
    until then, or until it is cut, and no longer.
    """

    def __init__(
        self,
        link: "BoardLink",
        verb: Verb,
        axes: str,
        lease_ms: int,
        values: tuple[int, ...],
    ) -> None:
        """Describe the motion of *axes*, letters run together; sends nothing."""
        self.axes = axes
        self.number = 0  # until its frame is handed over
        self._link = link
        self._verb = verb
        self._lease_ms = lease_ms
        self._values = values
        self._answer: asyncio.Future[Reply] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._cut_by: StopCategory | None = None
        self._kept = axes  # those that no newer motion has taken
        self._ends: dict[str, MotionEnd] = {}
        loop = asyncio.get_running_loop()
        self._end: asyncio.Future[MotionEnd | ActuatorError] = loop.create_future()

    def __repr__(self) -> str:
        return f"motion {self.number} ({self._verb}) of {self._whose}"

    @property
    def _whose(self) -> str:
        return f"{'axis' if len(self.axes) == 1 else 'axes'} {self.axes!r}"

    @property
    def verb(self) -> Verb:
        """What kind of motion it is."""
        return self._verb

    @property
    def axis(self) -> str:
        """The axis by which frames name it: the first it still has."""
        return self._kept[0]

    @property
    def ended(self) -> bool:
        """Whether it is over, or can no longer be followed."""
        return self._end.done()

    @property
    def ends(self) -> Mapping[str, MotionEnd]:
        """How it ended on each axis, as far as the board has told."""
        return self._ends

    @property
    def holding(self) -> bool:
        """Whether it was stopped by category 2 and its hold is still fed."""
        return self.ended and self._renewal is not None and not self._renewal.done()

    async def start(self) -> None:
        """Send the motion and return once the board has accepted it.

        Safe to cancel at any point if `cut` is called then.

        Raises:
            MotionDroppedError: it was cut before it was accepted.
            CommandRefusedError: the board refused it; it does not move.
            NoAnswerError: it may be under way: `stop` it.
        """
        await self._link.connect()
        if self._cut_by is not None:
            raise MotionDroppedError(f"{self._whose} was stopped before it began")
        arguments = (self._lease_ms, *self._values)
        answer = self._link.send_motion(self, self._verb, *arguments)
        self._answer = answer
        try:
            await answer
        except CommandRefusedError as error:
            # Stale is also a repeat of a frame whose first answer was lost.
            stale = error.code is ErrorCode.STALE_MOTION
            if not (stale and await self._link.has_accepted(self)):
                self.finish(error)
                raise
        self._link.supersede_others(self)
        if not self.ended and self._cut_by is None:
            self._renewal = self._link.start_task(self._renew())

    def cut(self, category: StopCategory = StopCategory.REMOVE_POWER) -> None:
        """Stop it in this turn of the loop; `stop` confirms.

        Sends nothing if no byte of the motion has left, or if it is over.
        """
        if self.ended or self._cut_by is not None:
            return
        self._cut_by = category
        if self._answer is None:
            return
        if not self._answer.done() and self._link.withdraw(self._answer):
            self.finish(MotionDroppedError(f"{self._whose} was not yet moving"))
            return
        self._link.stop_now(*self.axes, category=category)

    def note_cut(self, category: StopCategory) -> None:
        """Learn that one of its axes is being stopped; a ramp is still fed."""
        self._cut_by = category
        if category is StopCategory.REMOVE_POWER:
            self.end_renewal()

    async def stop(self, category: StopCategory, within_s: float) -> None:
        """Cut it and wait until the board says that its axes are at standstill.

        Does nothing to a motion that ended before it was cut.

        Raises:
            StopNotConfirmedError: an axis may still be moving.
        """
        self.cut(category)
        if self._answer is None or self._cut_by is None:
            return
        if self.ended and isinstance(self._end.result(), MotionDroppedError):
            return
        motions = dict.fromkeys(self.axes, self.number)
        await self._link.confirm_stop(motions, category, within_s)
        if not self.ended:  # the event was lost
            self.finish(MotionEnd(Cause.STOP, 0))

    async def wait_ended(self) -> MotionEnd:
        """Wait for the board's word that the motion is over on every axis.

        Returns:
            What it ended by: of several axes, the end that says most.

        Raises:
            ActuatorError: it cannot be followed any more (unplugged, reset, silent).
        """
        end = await asyncio.shield(self._end)
        if isinstance(end, ActuatorError):
            raise end
        return end

    async def while_well(self, awaitable: Awaitable[R]) -> R:
        """Wait for *awaitable*, unless the motion comes to grief before that.

        Arriving is none. The awaitable runs in the calling task.

        Raises:
            MotionOverError: it ended otherwise; the awaitable was cancelled.
        """
        loop = asyncio.get_running_loop()
        guard = asyncio.timeout(None)
        waiting = True

        def interrupt(ended: "asyncio.Future[MotionEnd | ActuatorError]") -> None:
            end = ended.result()
            arrived = isinstance(end, MotionEnd) and end.cause is Cause.ARRIVED
            if waiting and not arrived:
                guard.reschedule(loop.time())

        try:
            async with guard:
                self._end.add_done_callback(interrupt)
                try:
                    return await awaitable
                finally:
                    waiting = False
                    self._end.remove_done_callback(interrupt)
        except TimeoutError:
            if not guard.expired():
                raise
            raise MotionOverError(f"{self!r} is over") from None

    def finish(self, end: MotionEnd | ActuatorError, axes: str | None = None) -> None:
        """Note how it ended on *axes*, or on all; ends the renewal unless of a hold."""
        causes = set()
        if isinstance(end, MotionEnd):
            for axis in self.axes if axes is None else axes:
                self._ends.setdefault(axis, end)
            if len(self._ends) < len(self.axes):
                return
            causes = {end.cause, *(each.cause for each in self._ends.values())}
            end = max(self._ends.values(), key=lambda each: each.weight)
        if not self._end.done():
            self._end.set_result(end)
        held = causes == {Cause.STOP}
        if not (held and self._cut_by is StopCategory.RAMP_THEN_HOLD):
            self.end_renewal()
        if not self.holding:
            self._link.forget(self)

    def lose(self, axes: str) -> None:
        """Learn that a newer motion has taken *axes*; a hold of others is fed on."""
        kept = "".join(axis for axis in self._kept if axis not in axes)
        if self.holding and kept:
            self._kept = kept
        else:
            self.finish(MotionEnd(Cause.SUPERSEDED, 0))

    def end_renewal(self) -> None:
        """Let the lease run out."""
        renewal = self._renewal
        if renewal is not None:
            renewal.cancel()
        self._renewal = None
        if self.ended:
            self._link.forget(self)

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        interval_s = self._lease_ms / 1000 / RENEWALS_PER_LEASE
        due_s = loop.time()
        while True:
            due_s = max(due_s + interval_s, loop.time())
            await asyncio.sleep(due_s - loop.time())
            try:
                await self._link.keep(self)
            except MotionDroppedError:
                continue  # a ramp goes on; anything else has ended this task
            except CommandRefusedError:
                # It is over, and the event that said so may have been lost.
                self._renewal = None
                await self._link.reread(self)
                return
            except NoAnswerError as error:
                # By now the lease has run out; and in case the board still hears:
                self._renewal = None
                self.cut()
                self.finish(error)
                return
            except ActuatorError:
                return  # unplugged or reset: told to every motion by the link
