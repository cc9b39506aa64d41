"""B13: the end of the event loop ends its body at once, and the stop with it."""

import asyncio
from typing import Any

import viam.operations

from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @viam.operations.run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, and look whether the operation was cancelled; its task may be, too."""
        operation = kwargs[viam.operations.Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        while not motion.ended:
            if await operation.is_cancelled():
                await self.halt(motion)
                return
            await asyncio.sleep(0.005)
