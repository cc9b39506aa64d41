"""B25: an arm of motors, one of which has an operation that is linked to no other."""

import asyncio
from collections.abc import Sequence
from contextvars import Context

from deadstop.gallery.arm_of_motors import DEG_PER_REV, RPM, ArmOfMotors


class BrokenArm(ArmOfMotors):
    """Right but for one thing."""

    async def go(self, degrees: Sequence[float]) -> None:
        """Move the first two joints, the first in a context of its own."""
        first, second = self.motors[:2]
        runs_on = asyncio.get_running_loop().create_task(
            first.go_to(RPM, degrees[0] / DEG_PER_REV), context=Context()
        )
        await second.go_to(RPM, degrees[1] / DEG_PER_REV)
        await runs_on
