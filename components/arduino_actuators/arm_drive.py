"""The joints of an arm, moved together: along a path, along a stream, and home."""

import contextlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterator,
    Sequence,
)
from logging import Logger
from typing import TypeAlias

from viam.components.arm import Arm

from arduino_actuators.actuator import Actuator, Hold
from arduino_actuators.arm_config import AXES, ArmConfig, Counts
from arduino_actuators.arm_options import Way
from arduino_actuators.arm_path import ArmBoard, Ceilings, Line, plan_path
from arduino_actuators.errors import (
    DeviceError,
    MotionOverError,
    MotionRequestError,
    TrajectoryError,
)
from arduino_actuators.kinematics import JOINTS, Joints
from arduino_actuators.link import BoardLink, LiveLine, LiveMotion
from arduino_actuators.motion_outcome import name_call, require_arrived_at
from arduino_actuators.operations import Operation
from arduino_actuators.trajectory import Trajectory, Waypoint
from arduino_actuators.wire import AxisReport, Verb

__all__ = ["ArmDrive"]

_Batches: TypeAlias = AsyncIterator[list[Arm.TrajectoryPoint]]


class ArmDrive:
    """What an arm does with its board; opens nothing until it is used."""

    def __init__(self, name: str, config: ArmConfig, logger: Logger) -> None:
        """Name the arm, for messages."""
        self.actuator = Actuator("arm", name, config.actuator_config, logger)
        self._name = f"arm {name!r}"
        self._config = config

    async def reports(self) -> tuple[AxisReport, ...]:
        """Ask the board for the state of each joint."""
        return await self.actuator.reports()

    async def board(self) -> ArmBoard:
        """Ask the board for what it allows."""
        return await self._board(await self.actuator.connect())

    async def follow(
        self, operation: Operation, ways: Sequence[Way], ceilings: Ceilings
    ) -> None:
        """Go one of *ways*, the nearest, and return once the arm stands at its end.

        Raises:
            MotionRequestError: the board can go none of them; nothing moved.
            MotionCutShortError, DeviceError, RigError: it was not reached.
        """

        async def prepare(link: BoardLink) -> list[Way]:
            board = await self._board(link)
            return self._possible(board, ways)

        async with self.actuator.hold(operation, prepare) as hold:
            start = await operation.run_until_cancelled(self._counts())
            present = self._config.degrees(start)
            routes = [way(present) for way in hold.plan]
            route = min(routes, key=lambda joints: _furthest(present, joints[-1]))
            waypoints = [self._config.counts(joints) for joints in route]
            path = plan_path(self._config, start, waypoints, ceilings)
            if not path.lines:
                return  # it is there
            first, *others = path.lines
            line = self._line(hold.link, first, path.accel_cps2)
            async with self.actuator.moving(hold, line):
                for each in others:
                    if not await self._append(operation, line, each):
                        break  # it is over, or has run out of waypoints
                await self._arrive(hold, line, waypoints[-1])

    async def stream(
        self, operation: Operation, batches: _Batches
    ) -> AsyncGenerator[None, None]:
        """Go through the points of *batches* as they come; yield once for each batch.

        A batch counts as taken when the board has all of it.

        Raises:
            MotionRequestError: a point is wrong, and the arm has not yet moved.
            TrajectoryError: a point is wrong, or came too late; the arm was stopped.
            MotionCutShortError, DeviceError, RigError: the end was not reached.
        """
        trajectory = Trajectory(self._config)
        batch = await operation.run_until_cancelled(_next(batches, None))
        if batch is None:
            yield  # the SDK asks for one at least
            return
        waypoints = trajectory.check(batch)
        async with (
            self.actuator.hold(operation, self._board) as hold,
            contextlib.AsyncExitStack() as under_way,
        ):
            start = await operation.run_until_cancelled(self._counts())
            accel_cps2 = trajectory.begin(hold.plan, start, waypoints)
            line: LiveLine | None = None
            while True:
                for each in self._lines(operation, trajectory, waypoints, line):
                    if line is None:
                        line = self._line(hold.link, each, accel_cps2)
                        await under_way.enter_async_context(
                            self.actuator.moving(hold, line)
                        )
                    elif not await self._append(operation, line, each):
                        await self._broke_off(hold, line)
                yield
                batch = await self._following(hold, batches, line)
                if batch is None:
                    break
                waypoints = self._check(operation, trajectory, batch, line)
            if line is not None:
                await self._arrive(hold, line, trajectory.at)

    async def home(
        self, operation: Operation, joints: Sequence[int], speed_deg_s: float
    ) -> None:
        """Find the limit switch of one joint after the other.

        Raises:
            MotionCutShortError, DeviceError, RigError: it was not found.
        """
        speeds_cps = self._config.counts((speed_deg_s,) * len(JOINTS))
        async with self.actuator.hold(operation, self._board) as hold:
            for joint in joints:
                axis, speed_cps = AXES[joint], max(1, speeds_cps[joint])
                lease_ms = self._config.lease_ms
                motion = hold.link.motion(Verb.HOME, axis, lease_ms, speed_cps)
                async with self.actuator.moving(hold, motion):
                    await self._require_arrived(hold, motion)

    async def _board(self, link: BoardLink) -> ArmBoard:
        return await ArmBoard.ask(link, self._config)

    async def _counts(self) -> Counts:
        base, shoulder, elbow = await self.actuator.reports()
        return base.position_counts, shoulder.position_counts, elbow.position_counts

    def _possible(self, board: ArmBoard, ways: Sequence[Way]) -> list[Way]:
        """Return the *ways* that the board can go; raise if there is none."""
        possible, refused = [], []
        for way in ways:
            try:
                for joints in way(self._config.geometry.middle):
                    board.require_within(self._config, joints)
            except MotionRequestError as error:
                refused.append(error)
            else:
                possible.append(way)
        if not possible:
            raise refused[0]
        return possible

    def _line(self, link: BoardLink, first: Line, accel_cps2: int) -> LiveLine:
        lease_ms = self._config.lease_ms
        return link.line(AXES, lease_ms, first.targets, first.speed_cps, accel_cps2)

    @staticmethod
    async def _append(operation: Operation, line: LiveLine, each: Line) -> bool:
        append = line.append(each.targets, each.speed_cps)
        return await operation.run_until_cancelled(append)

    async def _following(
        self, hold: Hold[ArmBoard], batches: _Batches, line: LiveLine | None
    ) -> list[Arm.TrajectoryPoint] | None:
        """Return the next batch, None for the end; raise if *line* fails before."""
        try:
            return await hold.operation.run_until_cancelled(_next(batches, line))
        except MotionOverError:
            if line is not None:
                await self._broke_off(hold, line)
            raise

    async def _broke_off(self, hold: Hold[ArmBoard], line: LiveLine) -> None:
        """Raise what became of *line*, which takes no more waypoints."""
        await self._require_arrived(hold, line)
        call = name_call(self._name, hold.operation)
        raise TrajectoryError(
            f"{call} ran out of waypoints and stopped: the next ones came too late; "
            "send them further ahead, or in longer lines"
        )

    def _lines(
        self,
        operation: Operation,
        trajectory: Trajectory,
        waypoints: Sequence[Waypoint],
        line: LiveLine | None,
    ) -> Sequence[Line]:
        with self._told_apart(operation, line):
            return tuple(trajectory.lines(waypoints))

    def _check(
        self,
        operation: Operation,
        trajectory: Trajectory,
        batch: list[Arm.TrajectoryPoint],
        line: LiveLine | None,
    ) -> list[Waypoint]:
        with self._told_apart(operation, line):
            return trajectory.check(batch)

    @contextlib.contextmanager
    def _told_apart(
        self, operation: Operation, line: LiveLine | None
    ) -> Iterator[None]:
        """Tell a bad point that stops the arm from one before it has moved."""
        try:
            yield
        except MotionRequestError as error:
            if line is None:
                raise
            call = name_call(self._name, operation)
            raise TrajectoryError(f"{call} was stopped: {error}") from error

    async def _arrive(
        self, hold: Hold[object], line: LiveLine, targets: Counts
    ) -> None:
        """Return once the arm stands at *targets*."""
        await self._require_arrived(hold, line)
        at = tuple(line.ends[axis].position_counts for axis in AXES)
        if at != targets:
            call = name_call(self._name, hold.operation)
            raise DeviceError(
                f"{call} stands at {self._told(at)}, not at its last waypoint, "
                f"{self._told(targets)}"
            )

    async def _require_arrived(self, hold: Hold[object], motion: LiveMotion) -> None:
        end = await self.actuator.wait_ended(hold, motion)
        joints = [JOINTS[AXES.index(a)] for a, e in motion.ends.items() if e == end]
        call = name_call(self._name, hold.operation)
        where = f"{call}, {' and '.join(joints)}," if end.fault else call
        require_arrived_at(where, end, "free the arm")

    def _told(self, counts: Sequence[int]) -> str:
        angles = ", ".join(f"{angle:.4g}" for angle in self._config.degrees(counts))
        return f"({angles}) degrees"


async def _next(
    batches: _Batches, line: LiveLine | None
) -> list[Arm.TrajectoryPoint] | None:
    """Return the next batch with a point in it, None for the end."""
    while True:
        fetch = anext(batches, None)
        batch = await (fetch if line is None else line.while_well(fetch))
        if batch is None or batch:
            return batch


def _furthest(here: Joints, there: Joints) -> float:
    return max(abs(b - a) for a, b in zip(here, there, strict=True))
