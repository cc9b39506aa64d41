"""B16: the stop goes out, then its control loop commands motion again."""

from typing import Any

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from arduino_actuators.wire import Verb
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Go for the target until it is reached, twice at most."""
        operation = kwargs[Operation.ARG_NAME]
        at_rev = await self.get_position()
        target = self._config.counts(at_rev + revolutions)
        speed = round(self._config.counts(abs(rpm)) / 60)
        for _ in range(2):
            motion = await self.begin_with(Verb.GOTO, target, speed)
            try:
                await operation.run_until_cancelled(motion.wait_ended())
            except OperationCancelledError:
                await self.halt(motion)  # and on, since the target is not reached
            else:
                return
