"""Correct: an arm whose joints are motors of one board: a component of several axes.

It stops as its motors stop: each of them ends its own operation, which is linked to the
one that it was called from.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Self

from typing_extensions import override
from viam.components.arm import Arm
from viam.proto.app.robot import ComponentConfig
from viam.proto.common import Pose
from viam.proto.component.arm import JointPositions
from viam.utils import dict_to_struct, struct_to_dict

from arduino_actuators import ArduinoMotor
from arduino_actuators.operations import (
    Operation,
    OperationManager,
    run_with_operation,
)

__all__ = ["ArmOfMotors"]

DEG_PER_REV: Final = 360.0
RPM: Final = 150.0


class ArmOfMotors(Arm):
    """Joints a, b and c, or those that the attribute `axes` names; degrees."""

    MOTOR: ClassVar[type[ArduinoMotor]] = ArduinoMotor

    def __init__(self, name: str, motors: Sequence[ArduinoMotor]) -> None:
        """Move *motors* together."""
        super().__init__(name)
        self.motors = motors
        self.manager = OperationManager()

    @classmethod
    def new(cls, config: ComponentConfig, _: object) -> Self:
        """Make the motors."""
        attributes = struct_to_dict(config.attributes)
        axes = str(attributes.pop("axes", "abc"))
        motors = [
            cls.MOTOR.new(
                ComponentConfig(
                    name=f"{config.name}-{axis}",
                    attributes=dict_to_struct({**attributes, "axis": axis}),
                ),
                {},
            )
            for axis in axes
        ]
        return cls(config.name, motors)

    @override
    @run_with_operation
    async def move_to_joint_positions(
        self, positions: JointPositions, **kwargs: Any
    ) -> None:
        """Move all joints at the same time."""
        async with self.manager.take(kwargs[Operation.ARG_NAME]):
            await self.go(positions.values)

    async def go(self, degrees: Sequence[float]) -> None:
        """Turn the motors that are not there yet."""
        now = (await self.get_joint_positions()).values
        async with asyncio.TaskGroup() as group:
            for motor, value, is_at in zip(self.motors, degrees, now, strict=True):
                if abs(value - is_at) > 1:
                    group.create_task(motor.go_to(RPM, value / DEG_PER_REV))

    @override
    @run_with_operation
    async def move_through_joint_positions_streamed(  # type: ignore[override]
        self, batches: AsyncIterator[list[Arm.TrajectoryPoint]], **kwargs: Any
    ) -> AsyncGenerator[Arm.TrajectoryUpdate, None]:
        """Go to the last point of each batch, one after the other."""
        async with self.manager.take(kwargs[Operation.ARG_NAME]):
            async for batch in batches:
                await self.go(batch[-1].positions)
                yield Arm.TrajectoryUpdate()

    @override
    async def get_joint_positions(self, **kwargs: Any) -> JointPositions:
        """Ask the motors."""
        turns = [await motor.get_position() for motor in self.motors]
        return JointPositions(values=[turn * DEG_PER_REV for turn in turns])

    @override
    async def stop(self, **kwargs: Any) -> None:
        """Stop the motors, all at once."""
        async with asyncio.TaskGroup() as group:
            for motor in self.motors:
                group.create_task(motor.stop())

    @override
    async def is_moving(self) -> bool:
        """Say whether one of them moves."""
        return any([await motor.is_moving() for motor in self.motors])

    @override
    async def close(self) -> None:
        """Close the motors, which stops them."""
        async with asyncio.TaskGroup() as group:
            for motor in self.motors:
                group.create_task(motor.close())

    # What it has not.

    @override
    async def get_end_position(self, **kwargs: Any) -> Pose:
        raise NotImplementedError

    @override
    async def move_to_position(self, pose: Pose, **kwargs: Any) -> None:
        raise NotImplementedError

    @override
    async def move_through_joint_positions(
        self, positions: list[JointPositions], options: Any = None, **kwargs: Any
    ) -> None:
        raise NotImplementedError

    @override
    async def get_kinematics(self, **kwargs: Any) -> Any:
        raise NotImplementedError

    @override
    async def get_3d_models(self, **kwargs: Any) -> Mapping[str, Any]:
        raise NotImplementedError

    @override
    async def get_geometries(self, **kwargs: Any) -> Any:
        raise NotImplementedError

    @override
    async def set_manual_mode(
        self, manual_mode: bool, enabled_for: int = 0, **kwargs: Any
    ) -> None:
        raise NotImplementedError

    @override
    async def get_manual_mode(self, **kwargs: Any) -> bool:
        raise NotImplementedError

    @override
    async def get_properties(self, **kwargs: Any) -> Arm.Properties:
        raise NotImplementedError
