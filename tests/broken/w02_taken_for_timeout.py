"""W2: a cancellation in the turn of a timer is taken for the timeout.

Window: from the turn in which the timer is due until the waiter wakes, 3 steps, each
time that it looks.
Mistake: asks only whether its timer has fired, not whether somebody else cancelled.
Precedent: aio-libs/async-timeout, issue 229.
Caught by: stop-commanded. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio
from types import TracebackType

from arduino_actuators.link import LiveMotion, MotionEnd
from tests.broken.w00_steady import SteadyMotor, finish

LOOK_EVERY_S = 0.065


class Within:
    """`async with Within(s):` ends the block by a `TimeoutError` after *s* seconds."""

    def __init__(self, seconds: float) -> None:
        """Start to count when the block is entered."""
        self._seconds = seconds
        self._fired = False

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._expire)

    def _expire(self) -> None:
        self._fired = True
        if self._task is not None:
            self._task.cancel()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._fired and kind is asyncio.CancelledError:
            raise TimeoutError from None


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end; stop if anything comes between."""
        try:
            await motion.start()
            self.require_there(await self._arrival(motion))
        except BaseException:
            await finish(self.halt(motion))
            raise

    async def _arrival(self, motion: LiveMotion) -> MotionEnd:
        """Wait for the end, and say every now and then that it still turns."""
        while True:
            try:
                async with Within(LOOK_EVERY_S):
                    return await motion.wait_ended()
            except TimeoutError:
                self.logger.debug("%r goes on", motion)
