"""A correct motor, simple enough to be wrong in exactly one place."""

from collections.abc import Mapping
from typing import Any

from arduino_actuators import ArduinoMotor
from arduino_actuators.link import LiveMotion
from arduino_actuators.motion_outcome import require_arrived
from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    run_with_operation,
)
from arduino_actuators.wire import StopCategory, Verb

LEASE_MS = 300
STOP_WITHIN_S = 1.0


class PlainMotor(ArduinoMotor, register=False):  # type: ignore[no-untyped-call]
    """`go_for` written out plainly; everything else is the example motor's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have nothing under way."""
        super().__init__(*args, **kwargs)
        self.manager = OperationManager()

    async def begin(self, rpm: float, revolutions: float) -> LiveMotion:
        """Start to turn, and return once the board has accepted it."""
        return await self.begin_with(
            Verb.MOVE,
            self._config.counts(revolutions),
            round(self._config.counts(abs(rpm)) / 60),
        )

    async def begin_with(self, verb: Verb, *values: int) -> LiveMotion:
        """Start any motion, and return once the board has accepted it."""
        link = await self._axis.connect()
        motion = link.motion(verb, self._config.axis, LEASE_MS, *values)
        try:
            await motion.start()
        except BaseException:  # it may be under way, though nobody has said so
            await self.halt(motion)
            raise
        return motion

    async def halt(self, motion: LiveMotion) -> None:
        """Stop, and return once the board has confirmed the standstill."""
        await motion.stop(StopCategory.REMOVE_POWER, STOP_WITHIN_S)

    @run_with_operation
    async def go_for(
        self,
        rpm: float,
        revolutions: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Turn, and stop when the operation is cancelled."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        if operation.reason is not None:
            raise OperationCancelledError
        async with self.manager.take(operation):
            motion = await self.begin(rpm, revolutions)
            try:
                end = await operation.run_until_cancelled(motion.wait_ended())
            except BaseException:  # the end of the loop cancels what this awaits, too
                await self.halt(motion)
                raise
            at_rev = self._config.revolutions(end.position_counts)
            require_arrived(f"motor {self.name!r}: go_for()", end, at_rev)

    async def close(self) -> None:
        """Stop what moves, then give the port back."""
        await self.manager.cancel_running(CancelReason.SHUTDOWN)
        await super().close()
