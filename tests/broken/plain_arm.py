"""A correct arm, simple enough to be wrong in exactly one place."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any

from viam.components.arm import Arm
from viam.proto.component.arm import JointPositions

from arduino_actuators.arm import ArduinoArm
from arduino_actuators.link import LiveLine
from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    run_with_operation,
)
from arduino_actuators.wire import StopCategory

LEASE_MS = 300
SPEED_CPS = 2000
ACCEL_CPS2 = 8000
STOP_WITHIN_S = 1.0


class PlainArm(ArduinoArm, register=False):  # type: ignore[no-untyped-call]
    """Two moves written out plainly; everything else is the example arm's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have nothing under way."""
        super().__init__(*args, **kwargs)
        self.manager = OperationManager()

    async def begin(self, degrees: Sequence[float]) -> LiveLine:
        """Start to move, and return once the board has accepted it."""
        link = await self._drive.actuator.connect()
        targets = self.targets(degrees)
        line = link.line("abc", LEASE_MS, targets, SPEED_CPS, ACCEL_CPS2)
        await line.start()
        return line

    def targets(self, degrees: Sequence[float]) -> tuple[int, int, int]:
        """Return what the board calls these joint positions."""
        base, shoulder, elbow = degrees
        return self._config.counts((base, shoulder, elbow))

    async def halt(self, line: LiveLine) -> None:
        """Stop, and return once the board has confirmed the standstill."""
        await line.stop(StopCategory.REMOVE_POWER, STOP_WITHIN_S)

    @run_with_operation
    async def move_to_joint_positions(
        self,
        positions: JointPositions,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Move, and stop when the operation is cancelled."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        if operation.reason is not None:
            raise OperationCancelledError
        async with self.manager.take(operation):
            line = await self.begin(positions.values)
            try:
                await operation.run_until_cancelled(line.wait_ended())
            except BaseException:
                await self.halt(line)
                raise

    @run_with_operation
    async def move_through_joint_positions_streamed(  # type: ignore[override]
        self,
        batches: AsyncIterator[list[Arm.TrajectoryPoint]],
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[Arm.TrajectoryUpdate, None]:
        """Go to the last point of each batch, and stop when the stream breaks."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        async with self.manager.take(operation):
            line: LiveLine | None = None
            try:
                while True:
                    fetch = anext(batches, None)
                    batch = await operation.run_until_cancelled(fetch)
                    if batch is None:
                        break
                    line = await self.take(line, batch)
                    yield Arm.TrajectoryUpdate()
                if line is not None:
                    await operation.run_until_cancelled(line.wait_ended())
            except BaseException:
                if line is not None:
                    await self.halt(line)
                raise

    async def take(
        self, line: LiveLine | None, batch: list[Arm.TrajectoryPoint]
    ) -> LiveLine:
        """Move on to the end of *batch*."""
        degrees = batch[-1].positions
        if line is None or line.ended:
            return await self.begin(degrees)
        await line.append(self.targets(degrees), SPEED_CPS)
        return line

    async def close(self) -> None:
        """Stop what moves, then give the port back."""
        await self.manager.cancel_running(CancelReason.SHUTDOWN)
        await super().close()
