"""B4: it looks at its operation only when the move is over."""

from typing import Any

from arduino_actuators.operations import Operation, run_with_operation
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn to the end, then look."""
        motion = await self.begin(rpm, revolutions)
        await motion.wait_ended()
        if await kwargs[Operation.ARG_NAME].is_cancelled():
            await self.halt(motion)
