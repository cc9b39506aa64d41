"""F1: it sends the stop and never looks whether the board has heard it.

On a link that loses nothing it is right. A stop that is lost on the way is caught by
stop-commanded, on the board's side, in a sweep with ``--faults``.
"""

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
        """Turn, and send a stop when the operation is cancelled."""
        motion = await self.begin(rpm, revolutions)
        try:
            operation: Operation = kwargs[Operation.ARG_NAME]
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            motion.cut()
            raise
