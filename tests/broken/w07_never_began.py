"""W7: the task whose `finally` stops the motor is cancelled before it has begun.

Window: from the making of the task until its first step, 1 or 2 steps.
Mistake: a task cancelled before its first step runs nothing, not even a `finally`.
Caught by: stop-commanded. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def carry_out(self, motion: LiveMotion) -> None:
        """Start, and let a task of its own attend the motion."""
        try:
            await motion.start()
        except BaseException:
            await finish(self.halt(motion))
            raise
        await asyncio.create_task(self._attend(motion))

    async def _attend(self, motion: LiveMotion) -> None:
        try:
            self.require_there(await motion.wait_ended())
        finally:
            await finish(self.halt(motion))  # sends nothing if it has arrived
