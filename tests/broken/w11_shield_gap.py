"""W11: a start that is shielded to its end is not stopped if it just has ended.

Window: from the end of the start until its waiter wakes, 2 steps.
Mistake: a start that is over when the cancellation comes is taken for a failed one.
Caught by: stop-commanded. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def carry_out(self, motion: LiveMotion) -> None:
        """Start without being torn, then follow."""
        starting = asyncio.ensure_future(motion.start())
        shielded = asyncio.shield(starting)
        try:
            await shielded
        except BaseException:
            if shielded.cancelled():  # else the start has failed: nothing moves
                starting.cancel()
                await finish(self.halt(motion))
            raise
        try:
            self.require_there(await motion.wait_ended())
        except BaseException:
            await finish(self.halt(motion))
            raise
