"""W4: just accepted, a motion is neither among those asked for nor those running.

Window: from the acceptance being heard until the waiter wakes, 2 or 3 steps.
Mistake: one entry is removed by a callback, the other made by the task behind it.
Caught by: stop-commanded. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    _asked: LiveMotion | None = None
    _running: LiveMotion | None = None

    async def carry_out(self, motion: LiveMotion) -> None:
        """Ask for the motion, and then follow it; stop whichever there is."""
        try:
            await self._ask(motion)
            self._running = motion
            self.require_there(await motion.wait_ended())
        except BaseException:
            known = self._running or self._asked
            if known is not None:
                await finish(self.halt(known))
            raise
        finally:
            self._asked = self._running = None

    async def _ask(self, motion: LiveMotion) -> None:
        self._asked = motion
        asking = asyncio.create_task(motion.start())
        asking.add_done_callback(self._on_answer)
        await asking

    def _on_answer(self, asking: asyncio.Task[None]) -> None:
        if not asking.cancelled() and asking.exception() is None:
            self._asked = None
