"""B1: it has an operation and never looks at it."""

from typing import Any

from arduino_actuators.operations import run_with_operation
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn to the end, whatever happens."""
        motion = await self.begin(rpm, revolutions)
        await motion.wait_ended()
