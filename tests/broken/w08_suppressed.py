"""W8: a cancellation is lost with that of a helper, and the next leg begins.

Window: while it waits for the helper that it has cancelled, 2 or 3 steps.
Mistake: `suppress(CancelledError)` around the wait suppresses its own, too.
Caught by: stays-stopped. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio
import contextlib
from typing import Any

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor

LAST_REV = 0.02
LAST_RPM = 30.0
SETTLES_IN_S = 0.02
TELL_EVERY_S = 0.05


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn most of the way, let it settle, and go the last bit slowly."""
        target = await self.target_counts(revolutions)
        near = self.short_of(target, revolutions, LAST_REV)
        await self._leg(await self.way_to(near, rpm))
        await asyncio.sleep(SETTLES_IN_S)
        await self._leg(await self.way_to(target, LAST_RPM))

    async def _leg(self, motion: LiveMotion) -> None:
        telling = asyncio.create_task(self._tell(motion))
        try:
            await self.carry_out(motion)
        finally:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling

    async def _tell(self, motion: LiveMotion) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            self.logger.debug("%r goes on", motion)
