"""B26: an arm of motors that shields its calls to them from its own cancellation."""

import asyncio
from collections.abc import Sequence
from contextvars import Context

from deadstop.gallery.arm_of_motors import DEG_PER_REV, RPM, ArmOfMotors


class BrokenArm(ArmOfMotors):
    """Right but for one thing."""

    async def go(self, degrees: Sequence[float]) -> None:
        """Move the first two joints as a downstream component would."""
        loop = asyncio.get_running_loop()
        calls = [
            loop.create_task(motor.go_to(RPM, angle / DEG_PER_REV), context=Context())
            for motor, angle in zip(self.motors[:2], degrees, strict=False)
        ]
        await asyncio.shield(asyncio.wait(calls))
