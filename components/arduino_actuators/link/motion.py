"""One motion on one axis, from its frame to its end, and the lease that feeds it."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arduino_actuators.errors import (
    ActuatorError,
    CommandRefusedError,
    MotionDroppedError,
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

# PROTOCOL.md section 3: hosts renew a lease of 300 ms every 60 ms.
RENEWALS_PER_LEASE: Final = 5


@dataclass(frozen=True, slots=True)
class MotionEnd:
    """How a motion ended, as the board told it."""

    cause: Cause
    position_counts: int
    fault: FaultCode | None = None


class LiveMotion:
    """One motion; made by `BoardLink.motion`.

    Its lease is renewed from its acceptance until it ends or is cut, and no longer.
    """

    def __init__(
        self,
        link: "BoardLink",
        verb: Verb,
        axis: str,
        lease_ms: int,
        values: tuple[int, ...],
    ) -> None:
        """Describe the motion; nothing is sent yet."""
        self.axis = axis
        self.number = 0  # until its frame is handed over
        self._link = link
        self._verb = verb
        self._lease_ms = lease_ms
        self._values = values
        self._answer: asyncio.Future[Reply] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._cut_by: StopCategory | None = None
        loop = asyncio.get_running_loop()
        self._end: asyncio.Future[MotionEnd | ActuatorError] = loop.create_future()

    def __repr__(self) -> str:
        return f"motion {self.number} ({self._verb}) of axis {self.axis!r}"

    @property
    def ended(self) -> bool:
        """Whether it is over, or can no longer be followed."""
        return self._end.done()

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
            raise MotionDroppedError(f"axis {self.axis!r} was stopped before it began")
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
            self.finish(MotionDroppedError(f"axis {self.axis!r} was not yet moving"))
            return
        self._link.stop_now(self.axis, category=category)

    def note_cut(self, category: StopCategory) -> None:
        """Learn that its axis is being stopped; a ramp is still fed."""
        self._cut_by = category
        if category is StopCategory.REMOVE_POWER:
            self.end_renewal()

    async def stop(self, category: StopCategory, within_s: float) -> None:
        """Cut it and wait until the board says that the axis is at standstill.

        Does nothing to a motion that ended before it was cut.

        Raises:
            StopNotConfirmedError: the axis may still be moving.
        """
        self.cut(category)
        if self._answer is None or self._cut_by is None:
            return
        if self.ended and isinstance(self._end.result(), MotionDroppedError):
            return
        await self._link.confirm_stop(self.axis, self.number, category, within_s)
        if not self.ended:  # the event was lost
            self.finish(MotionEnd(Cause.STOP, 0))

    async def wait_ended(self) -> MotionEnd:
        """Wait for the board's word that the motion is over.

        Raises:
            ActuatorError: it cannot be followed any more (unplugged, reset, silent).
        """
        end = await asyncio.shield(self._end)
        if isinstance(end, ActuatorError):
            raise end
        return end

    def finish(self, end: MotionEnd | ActuatorError) -> None:
        """Note how it ended, once; ends the renewal unless it feeds a hold."""
        if not self._end.done():
            self._end.set_result(end)
        held = isinstance(end, MotionEnd) and end.cause is Cause.STOP
        if not (held and self._cut_by is StopCategory.RAMP_THEN_HOLD):
            self.end_renewal()
        if not self.holding:
            self._link.forget(self)

    def end_renewal(self) -> None:
        """Let the lease run out."""
        renewal = self._renewal
        if renewal is not None and renewal is not asyncio.current_task():
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
                self.cut()
                self.finish(error)
                return
            except ActuatorError:
                return  # unplugged or reset: told to every motion by the link
