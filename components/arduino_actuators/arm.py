"""A Viam arm of three joints on an Arduino and a CNC shield.

The reference for how an arm is cancelled. Its joints move as one motion of the board:
when an operation is cancelled, one stop for all of them is on the wire in the same
turn of the loop, and the call ends only once the board has said of each joint that it
stands still. `kinematics.py` says which way the joints turn.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from logging import Logger
from typing import Any, ClassVar, Self

from typing_extensions import override
from viam.components.arm import Arm, KinematicsFileFormat, KinematicsReturn
from viam.proto.app.robot import ComponentConfig
from viam.proto.common import Geometry, Mesh, Pose, ResourceName
from viam.proto.component.arm import JointPositions, MoveOptions
from viam.resource.base import ResourceBase
from viam.resource.easy_resource import EasyResource
from viam.resource.types import Model, ModelFamily
from viam.utils import ValueTypes, struct_to_dict

from arduino_actuators import arm_commands
from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.arm_drive import ArmDrive
from arduino_actuators.arm_model import geometries, kinematics_file
from arduino_actuators.arm_options import read_ceilings, read_joints, read_pose
from arduino_actuators.errors import MotionRequestError
from arduino_actuators.kinematics import Joints
from arduino_actuators.operations import Operation, run_with_operation
from arduino_actuators.wire import UNDER_WAY

__all__ = ["ArduinoArm"]


class ArduinoArm(Arm, EasyResource):  # type: ignore[misc,no-untyped-call]
    """Base yaw, shoulder and elbow. Joints in degrees, positions in mm.

    Every move is finite: cancelled early, for whatever reason, it stops all joints and
    raises. The board stops by itself when this program dies (the lease).
    """

    MODEL: ClassVar[Model] = Model(ModelFamily("deadstop", "arduino"), "arm")

    def __init__(
        self, name: str, config: ArmConfig, *, logger: Logger | None = None
    ) -> None:
        """Configure the arm; the port is opened when it is first used."""
        super().__init__(name, logger=logger)
        self._config = config
        self._drive = ArmDrive(name, config, self.logger)

    @override
    @classmethod
    def new(
        cls, config: ComponentConfig, dependencies: Mapping[ResourceName, ResourceBase]
    ) -> Self:
        """Make an arm from its configuration; opens nothing.

        Raises:
            ConfigError: an attribute is wrong.
        """
        attributes = struct_to_dict(config.attributes)
        return cls(config.name, ArmConfig.from_attributes(attributes))

    @override
    @classmethod
    def validate_config(cls, config: ComponentConfig) -> tuple[list[str], list[str]]:
        """Check the attributes; an arm depends on no other component.

        Raises:
            ConfigError: one line for each attribute that is wrong.
        """
        ArmConfig.from_attributes(struct_to_dict(config.attributes))
        return [], []

    @override
    @run_with_operation
    async def move_to_position(
        self,
        pose: Pose,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Move the end to *pose*, along a straight line in joint space.

        Three joints cannot choose an orientation: give none (all zeros, or along z),
        or the one the arm has there, within 2 degrees. Of several ways to be there the
        one nearest to where the arm is, is taken.

        Raises: as `move_to_joint_positions`.
        """
        ways = read_pose(self._config, pose)
        ceilings = read_ceilings(self._config, None)
        await self._drive.follow(kwargs[Operation.ARG_NAME], ways, ceilings)

    @override
    @run_with_operation
    async def move_to_joint_positions(
        self,
        positions: JointPositions,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Move the joints to *positions*, together; return once all stand there.

        Cancelled or out of time, the arm is stopped before this returns, and the
        target not reported as reached.

        Raises:
            MotionRequestError: not a motion this arm can do; nothing moved.
            MotionCutShortError: stopped before the target: time over, `stop`, a
                newer motion. The subclass tells which.
            StopNotConfirmedError: it was to be stopped and may still be moving.
            DeviceError, RigError: the board or the link failed on the way.
        """
        joints = read_joints(self._config, "positions", positions.values)
        ceilings = read_ceilings(self._config, None)
        operation = kwargs[Operation.ARG_NAME]
        await self._drive.follow(operation, [lambda _: [joints]], ceilings)

    @override
    @run_with_operation
    async def move_through_joint_positions(
        self,
        positions: list[JointPositions],
        options: MoveOptions | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Move through *positions*, without stopping where the path allows it.

        A waypoint is passed as fast as the joints may change their speed at once (the
        board's 400 counts/s). *options* are ceilings below the arm's own. None of
        *positions* is a no-op.

        Raises: as `move_to_joint_positions`.
        """
        ceilings = read_ceilings(self._config, options)
        joints = [
            read_joints(self._config, f"positions[{index}]", each.values)
            for index, each in enumerate(positions)
        ]
        if joints:
            operation = kwargs[Operation.ARG_NAME]
            await self._drive.follow(operation, [lambda _: joints], ceilings)

    @override
    @run_with_operation
    async def move_through_joint_positions_streamed(  # type: ignore[override]
        self,
        batches: AsyncIterator[list[Arm.TrajectoryPoint]],
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[Arm.TrajectoryUpdate, None]:
        """Move through the points of *batches* while they come.

        Yields an update for each batch that the board has taken, which is paced by its
        queue of 8 lines: a caller is at most that far ahead. The speed of each line is
        what brings the joints to its point in time; ramps come on top. Ends once the
        arm stands at the last point.

        However the stream breaks (closed, dropped, cancelled, its source raises, a
        point is bad or late), the arm is stopped, and the stop confirmed.

        Raises:
            TrajectoryError: a point was wrong or came too late.
            Exception: what the source raised. Otherwise as `move_to_joint_positions`.
        """
        operation = kwargs[Operation.ARG_NAME]
        stream = self._drive.stream(operation, aiter(batches))
        with self._drive.actuator.explained(operation):
            async with contextlib.aclosing(stream) as taken:
                async for _ in taken:
                    yield Arm.TrajectoryUpdate()

    @override
    async def stop(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Stop at once, and return once the board says that every joint stands still.

        The stop leaves before this waits for anything. It is confirmed even if the
        caller goes away meanwhile; *timeout* does not shorten that.

        Raises:
            StopNotConfirmedError: a joint may still be moving.
        """
        await self._drive.actuator.stop()

    @override
    async def is_moving(self) -> bool:
        """Return whether a joint moves, or may: True until all stand still."""
        return any(each.state in UNDER_WAY for each in await self._drive.reports())

    @override
    async def get_joint_positions(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> JointPositions:
        """Return the steps the board has made, as degrees."""
        return JointPositions(values=await self._joints(timeout))

    @override
    async def get_end_position(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Pose:
        """Return where the end is, and how it is turned; its z is along the forearm."""
        place = self._config.geometry.forward(await self._joints(timeout))
        turned = place.orientation
        return Pose(
            x=place.x_mm,
            y=place.y_mm,
            z=place.z_mm,
            o_x=turned.o_x,
            o_y=turned.o_y,
            o_z=turned.o_z,
            theta=turned.theta_deg,
        )

    @override
    async def get_kinematics(
        self,
        *,
        include_collision_meshes: bool = False,
        include_visual_meshes: bool = False,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> KinematicsReturn:
        """Return the arm as a kinematics file of the RDK; it has no meshes."""
        model = kinematics_file(self.name, self._config.geometry)
        return KinematicsFileFormat.KINEMATICS_FILE_FORMAT_SVA, model, {}

    @override
    async def get_3d_models(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Mapping[str, Mesh]:
        """Return none: `get_geometries` says what it looks like."""
        return {}

    @override
    async def get_geometries(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> list[Geometry]:
        """Return a shape for each link, where it is now, in the arm's frame."""
        return geometries(self._config.geometry, await self._joints(timeout))

    @override
    async def set_manual_mode(
        self,
        manual_mode: bool,
        enabled_for: int = 0,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Refuse to enter a manual mode; leaving it changes nothing.

        Raises:
            MotionRequestError: *manual_mode* is True.
        """
        if manual_mode:
            raise MotionRequestError(
                "this arm has no manual mode: its joints do not feel where they are "
                "pushed; move it by move_to_joint_positions"
            )

    @override
    async def get_manual_mode(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> bool:
        """Return False: there is none."""
        return False

    @override
    async def get_properties(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Arm.Properties:
        """Return that it takes poses, and has no manual mode."""
        return Arm.Properties(
            support_manual_mode=False, support_cartesian_commands=True
        )

    @override
    async def get_status(
        self, *, timeout: float | None = None, **kwargs: Any
    ) -> Mapping[str, ValueTypes]:
        """Return what the board says of each joint, in degrees."""
        async with asyncio.timeout(timeout):
            return await arm_commands.status(self._drive, self._config)

    @override
    async def do_command(
        self,
        command: Mapping[str, ValueTypes],
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Mapping[str, ValueTypes]:
        """Answer ``{"command": NAME}``.

        ``status``, ``limits`` and ``stats`` read. ``clear_fault`` lets faulted joints
        be used again; ``zero`` declares where they are (``positions``, in degrees, all
        0 by default); neither moves anything. ``home`` moves: it finds the limit
        switch of each joint in turn (``joints``, by name; ``speed_deg_s``), and is
        cancelled like any move.
        """
        if command.get("command") == "home":
            order = arm_commands.read_home(self._config, command)
            await self._home(order, timeout=timeout, metadata=kwargs.get("metadata"))
            return {}
        async with asyncio.timeout(timeout):
            return await arm_commands.answer(self._drive, self._config, command)

    @override
    async def close(self) -> None:
        """Stop what moves, and give the port back; idempotent.

        Raises:
            StopNotConfirmedError: a joint may still be moving. The port is closed.
        """
        await self._drive.actuator.close()

    @run_with_operation
    async def _home(
        self,
        order: arm_commands.HomeOrder,
        **kwargs: Any,  # noqa: ANN401 - as above
    ) -> None:
        operation = kwargs[Operation.ARG_NAME]
        await self._drive.home(operation, order.joints, order.speed_deg_s)

    async def _joints(self, within_s: float | None) -> Joints:
        async with asyncio.timeout(within_s):
            reports = await self._drive.reports()
        return self._config.degrees([each.position_counts for each in reports])
