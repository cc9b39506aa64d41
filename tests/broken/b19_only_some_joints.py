"""B19: its joints move by themselves, and the stop forgets the last one."""

from typing import Any

from viam.proto.component.arm import JointPositions

from arduino_actuators.operations import Operation, run_with_operation
from arduino_actuators.wire import StopCategory, Verb
from tests.broken.plain_arm import LEASE_MS, SPEED_CPS, STOP_WITHIN_S, PlainArm


class BrokenArm(PlainArm, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def move_to_joint_positions(
        self, positions: JointPositions, **kwargs: Any
    ) -> None:
        """Move each joint, and stop when the operation is cancelled."""
        operation = kwargs[Operation.ARG_NAME]
        async with self.manager.take(operation):
            link = await self._drive.actuator.connect()
            targets = self.targets(positions.values)
            motions = [
                link.motion(Verb.GOTO, axis, LEASE_MS, target, SPEED_CPS)
                for axis, target in zip("abc", targets, strict=True)
            ]
            for motion in motions:
                await motion.start()
            try:
                for motion in motions:
                    await operation.run_until_cancelled(motion.wait_ended())
            except BaseException:
                for motion in motions[:-1]:
                    motion.cut(StopCategory.RAMP_THEN_REMOVE)
                for motion in motions[:-1]:
                    await motion.stop(StopCategory.RAMP_THEN_REMOVE, STOP_WITHIN_S)
                raise
