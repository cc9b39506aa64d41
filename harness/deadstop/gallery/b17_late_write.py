"""B17: power is applied after the cancellation, by a body nobody awaits."""

import asyncio
from typing import Any

import viam.operations

from deadstop.gallery.plain_motor import PlainMotor

BRAKE_RELEASES_IN_S = 0.03


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @viam.operations.run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Let the brake go, then turn; look only from then on."""
        operation = kwargs[viam.operations.Operation.ARG_NAME]
        await asyncio.sleep(BRAKE_RELEASES_IN_S)
        motion = await self.begin(rpm, revolutions)
        while not motion.ended:
            if await operation.is_cancelled():
                await self.halt(motion)
                return
            await asyncio.sleep(0.005)
