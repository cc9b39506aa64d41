"""W1: the motion is noted for the cleanup one turn after its frame was written.

Window: from the turn in which the start is set going until the next one, 2 steps.
Mistake: gives the loop a turn between the start and the note of it.
Caught by: stop-commanded. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    _under_way: LiveMotion | None = None

    async def carry_out(self, motion: LiveMotion) -> None:
        """Start, note it, and wait for the end."""
        try:
            starting = asyncio.create_task(motion.start())
            await asyncio.sleep(0)  # so that the frame leaves
            self._under_way = motion
            await starting
            self.require_there(await motion.wait_ended())
        except BaseException:
            if self._under_way is not None:
                await finish(self.halt(self._under_way))
            raise
        finally:
            self._under_way = None
