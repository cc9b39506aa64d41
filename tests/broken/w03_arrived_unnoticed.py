"""W3: cancelled when it has just arrived, it says for ever that it moves.

Window: from the end of the task that moves until its waiter wakes, 1 or 2 steps.
Mistake: a motion that needs no stop is thought to need no tidying up either.
Caught by: honest-state. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion, MotionEnd
from tests.broken.w00_steady import SteadyMotor, finish


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    _moves = False

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end, and know meanwhile that it moves."""
        self._moves = True
        moving = asyncio.ensure_future(self._move(motion))
        try:
            self.require_there(await moving)
            self._moves = False
        except BaseException:
            if moving.cancelled():  # else it stands already
                await finish(self.halt(motion))
                self._moves = False
            raise

    async def _move(self, motion: LiveMotion) -> MotionEnd:
        await motion.start()
        return await motion.wait_ended()

    async def is_moving(self) -> bool:
        """Tell what it knows, without asking the board."""
        return self._moves
