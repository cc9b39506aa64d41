"""What the tests of the arm share: an arm on a scripted board."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from viam.components.arm import Arm, JointPositions

from arduino_actuators.arm import ArduinoArm
from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.wire import AxisState
from tests.components.scripted_arm import ScriptedArm
from tests.components.scripted_board import ScriptedBoard

FAR = (45.0, 30.0, -30.0)
FAR_LINE = "line 1 300 1600 1067 -1067 2133 8533"


def make_arm(board: ScriptedBoard, **attributes: object) -> ArduinoArm:
    """Return an arm on *board*; the caller closes it."""
    config = ArmConfig.from_attributes({"port": board.path, **attributes})
    return ArduinoArm("r", config)


@contextlib.asynccontextmanager
async def arm_on_board(
    **attributes: object,
) -> AsyncIterator[tuple[ArduinoArm, ScriptedArm]]:
    """Give a connected arm and its board, with an empty log."""
    async with ScriptedArm() as board:
        arm = make_arm(board, **attributes)
        await arm.do_command({"command": "limits"})
        board.log.clear()
        try:
            yield arm, board
        finally:
            await arm.close()


async def go(arm: ArduinoArm, *joints: float, timeout_s: float | None = None) -> None:
    """Move to *joints*."""
    target = JointPositions(values=joints)
    await arm.move_to_joint_positions(target, timeout=timeout_s)


async def moving(
    arm: ArduinoArm, board: ScriptedArm, *, timeout_s: float | None = None
) -> asyncio.Task[None]:
    """Start a move and return its task once the board has had its lease renewed."""
    seen = len(board.log)
    move = asyncio.ensure_future(go(arm, *FAR, timeout_s=timeout_s))
    await board.wait_heard(lambda log: any(e.startswith("keep") for e in log[seen:]))
    return move


def states(board: ScriptedArm) -> set[AxisState]:
    """The states that the axes of the board are in."""
    return {axis.state for axis in board.axes.values()}


def point(time_s: float, *joints: float) -> Arm.TrajectoryPoint:
    """Return a point of a trajectory."""
    return Arm.TrajectoryPoint(timedelta(seconds=time_s), list(joints))


class Source(AsyncIterator[list[Arm.TrajectoryPoint]]):
    """A source of batches: each is given when the test says so."""

    def __init__(self, *batches: Sequence[Arm.TrajectoryPoint]) -> None:
        """Have *batches* ready."""
        self.queue: asyncio.Queue[Sequence[Arm.TrajectoryPoint] | Exception | None] = (
            asyncio.Queue()
        )
        for batch in batches:
            self.queue.put_nowait(batch)
        self.cancelled = 0

    def end(self) -> None:
        """Have no more."""
        self.queue.put_nowait(None)

    async def __anext__(self) -> list[Arm.TrajectoryPoint]:
        """Return the next batch, or raise the next error."""
        try:
            given = await self.queue.get()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if given is None:
            raise StopAsyncIteration
        if isinstance(given, Exception):
            raise given
        return list(given)


async def consume(stream: AsyncIterator[Arm.TrajectoryUpdate]) -> int:
    """Take every update; return how many there were."""
    count = 0
    async for _ in stream:
        count += 1
    return count


FIRST = [point(0, 0, 0, 0), point(0.1, 3, 0, 0), point(0.2, 6, 3, 0)]
SECOND = [point(0.3, 9, 3, 3), point(0.4, 9, 6, 3)]


async def streaming(
    arm: ArduinoArm, board: ScriptedArm, source: Source
) -> "asyncio.Task[int]":
    """Begin a stream with its first batch, and return once its lines are taken."""
    source.queue.put_nowait(FIRST)
    taken = asyncio.ensure_future(
        consume(arm.move_through_joint_positions_streamed(source))
    )
    await board.wait_frame("via 1")
    await board.wait_frame("keep")
    return taken


async def ended(task: "asyncio.Task[int]") -> BaseException | None:
    """Wait for the end of *task* and return what it raised."""
    await asyncio.wait([task])
    return asyncio.CancelledError() if task.cancelled() else task.exception()
