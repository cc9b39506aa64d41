"""B14: it leaves its cleanup to a task, and the exception of that is lost."""

import asyncio
from typing import Any

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; when cancelled stop, and have the rest cleaned up by a task."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            await self.halt(motion)
            asyncio.get_running_loop().create_task(self.clean_up())
            raise

    async def clean_up(self) -> None:
        """Fail, where nobody looks."""
        raise OSError("the brake cannot be closed")
