"""B5: it polls its operation, four times a second."""

import asyncio
from typing import Any

from arduino_actuators.operations import Operation, run_with_operation
from deadstop.gallery.plain_motor import PlainMotor

POLL_S = 0.25


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, and look every now and then."""
        motion = await self.begin(rpm, revolutions)
        while not motion.ended:
            await asyncio.sleep(POLL_S)
            if await kwargs[Operation.ARG_NAME].is_cancelled():
                await self.halt(motion)
                return
