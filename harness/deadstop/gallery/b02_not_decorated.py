"""B2: not decorated, so its operation is one that nobody ever cancels."""

import asyncio
from typing import Any

from arduino_actuators.operations import Operation
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, and ask an operation that never hears of a cancellation."""
        operation = kwargs.get(Operation.ARG_NAME, Operation("go_for", asyncio.Event()))
        motion = await self.begin(rpm, revolutions)
        while not motion.ended:
            if await operation.is_cancelled():
                await self.halt(motion)
                return
            await asyncio.sleep(0.005)
