"""W5: a second cancellation in the first turn of the cleanup, and it does not stop.

Window: from the cleanup's beginning until the next turn, 1 step.
Mistake: the cleanup gives the loop a turn before it is guarded.
Caught by: stop-commanded. Exposed by: a second cancellation in the turn after the
first, so outer-cancel or client-cancel at during-cleanup, step by step. (The second
one of `second-cancel` always comes one turn later than that.)
"""

import asyncio

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end; before a stop, see whether it is needed at all."""
        try:
            await motion.start()
            self.require_there(await motion.wait_ended())
        except BaseException:
            await asyncio.sleep(0)  # an arrival may be waiting to be read
            await finish(self.halt(motion))
            raise
