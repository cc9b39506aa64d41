"""The arm on the twin of its board: real time, real ramps, steps that are counted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from viam.components.arm import JointPositions, MoveOptions, Pose

from arduino_actuators.arm import ArduinoArm
from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.errors import (
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
    TrajectoryError,
)
from arduino_actuators.wire import BootCause
from deadstop.boards.loopback import BoardConfig, LoopbackBoard
from deadstop.trace import Event
from tests.components.arm_bench import Source, consume, go, point
from tests.components.motor_bench import outcome

pytestmark = pytest.mark.wall_clock

COUNTS_PER_REV = 12_800


@dataclass
class Twin:
    """The board, and the steps that its witness has seen at each axis."""

    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abc", 0))
    edges: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abc", 0))
    board: LoopbackBoard = field(init=False)

    def observe(self, event: Event) -> None:
        """Hear what the board's witness tells."""
        if "steps" in event.data and "edges" in event.data:
            axis = str(event.data["axis"])
            self.steps[axis] = int(event.data["steps"])  # type: ignore[arg-type]
            self.edges[axis] = int(event.data["edges"])  # type: ignore[arg-type]


@asynccontextmanager
async def arm_on_twin(**attributes: object) -> AsyncIterator[tuple[ArduinoArm, Twin]]:
    """Give an arm on a twin."""
    twin = Twin()
    config = BoardConfig.of_shield("cnc", "abc")
    with LoopbackBoard(config, observe=twin.observe) as board:
        twin.board = board
        arm = ArduinoArm(
            "r", ArmConfig.from_attributes({"port": board.path, **attributes})
        )
        try:
            yield arm, twin
        finally:
            await arm.close()


async def require_counted(arm: ArduinoArm, twin: Twin) -> list[float]:
    """Return where the arm says it is; the witness has counted the same steps."""
    assert not await arm.is_moving()
    at = list((await arm.get_joint_positions()).values)
    for axis, degrees in zip("abc", at, strict=True):
        assert twin.steps[axis] == round(degrees * COUNTS_PER_REV / 360)
    edges = dict(twin.edges)
    await asyncio.sleep(0.1)
    assert twin.edges == edges  # and there it stays
    return at


async def test_a_move_arrives_where_it_was_told_to() -> None:
    """There and back, by joints and by a pose."""
    async with arm_on_twin() as (arm, twin):
        await go(arm, 20, 10, -15)
        assert await require_counted(arm, twin) == pytest.approx(
            [20, 10, -15], abs=0.02
        )

        await arm.move_to_position(Pose(x=86.9, y=30.0, z=125.5))
        end = await arm.get_end_position()
        assert (end.x, end.y, end.z) == pytest.approx((86.9, 30.0, 125.5), abs=0.1)

        await go(arm, 0, 0, 0)
        assert await require_counted(arm, twin) == [0, 0, 0]


async def test_waypoints_are_passed_on_the_way() -> None:
    """More of them than the board's queue holds."""
    async with arm_on_twin() as (arm, twin):
        path = [JointPositions(values=[i, i / 2, -i / 4]) for i in range(1, 15)]

        await arm.move_through_joint_positions(path, MoveOptions())

        at = await require_counted(arm, twin)
        assert at == pytest.approx([14, 7, -3.5], abs=0.02)


async def test_a_stream_ends_where_its_last_point_is() -> None:
    """Told while it is under way."""
    async with arm_on_twin() as (arm, twin):
        source = Source(
            [point(0, 0, 0, 0), point(0.2, 4, 2, -2), point(0.4, 10, 5, -5)],
            [point(0.6, 16, 8, -8)],
        )
        taken = asyncio.ensure_future(
            consume(arm.move_through_joint_positions_streamed(source))
        )
        await asyncio.sleep(0.2)
        source.queue.put_nowait([point(0.8, 20, 10, -10)])
        source.end()

        assert await taken == 3

        at = await require_counted(arm, twin)
        assert at == pytest.approx([20, 10, -10], abs=0.02)


@pytest.mark.parametrize("stop_category", [0, 1, 2])
@pytest.mark.parametrize("after_s", [0.05, 0.3])
async def test_a_move_that_runs_out_of_time_stands_still_at_once(
    stop_category: int, after_s: float
) -> None:
    """While it accelerates and on its way; its position is the steps made."""
    async with arm_on_twin(stop_category=stop_category) as (arm, twin):
        with pytest.raises(MotionTimeoutError, match="its time was over"):
            await go(arm, 60, 40, -40, timeout_s=after_s)

        at = await require_counted(arm, twin)
        assert 0 <= at[0] < 40
        # On the straight line, one step more or less.
        assert at[1] == pytest.approx(at[0] * 40 / 60, abs=2 * 360 / COUNTS_PER_REV)


@pytest.mark.parametrize("stop_category", [0, 1])
async def test_the_next_move_after_a_cancelled_one_works(stop_category: int) -> None:
    """Nothing was lost: what the arm says is where it is."""
    async with arm_on_twin(stop_category=stop_category) as (arm, twin):
        for _ in range(3):
            move = asyncio.create_task(go(arm, 60, 30, -30))
            await asyncio.sleep(0.2)
            move.cancel()
            assert isinstance(await outcome(move), asyncio.CancelledError)
            await require_counted(arm, twin)
            await go(arm, 0, 0, 0)

        assert await require_counted(arm, twin) == [0, 0, 0]


async def test_a_hold_outlives_its_lease_and_the_next_move_takes_it_over() -> None:
    """Category 2: power is kept, as long as the arm is there to feed it."""
    async with arm_on_twin(stop_category=2, lease_ms=150) as (arm, twin):
        with pytest.raises(MotionTimeoutError, match="its time was over"):
            await go(arm, 60, 40, -40, timeout_s=0.2)
        await asyncio.sleep(0.4)
        status = await arm.get_status()
        assert {joint["state"] for joint in status.values()} == {"holding"}  # type: ignore[index,call-overload]

        await go(arm, 5, 0, 0)

        assert await require_counted(arm, twin) == pytest.approx([5, 0, 0], abs=0.02)


async def _stop(arm: ArduinoArm) -> None:
    await arm.stop()


async def _close(arm: ArduinoArm) -> None:
    await arm.close()


async def _newer(arm: ArduinoArm) -> None:
    await go(arm, 2, 0, 0)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (_stop, MotionStoppedError),
        (_newer, MotionSupersededError),
        (_close, Exception),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_whoever_ends_a_motion_it_stands(
    end: Callable[[ArduinoArm], Awaitable[None]],
    error: type[Exception],
    *,
    streamed: bool,
) -> None:
    """`stop`, a newer move, `close`: of a move and of a stream."""
    async with arm_on_twin() as (arm, twin):
        motion: asyncio.Future[Any]
        if streamed:
            source = Source([point(0, 0, 0, 0), point(1, 40, 20, -20)])
            motion = asyncio.ensure_future(
                consume(arm.move_through_joint_positions_streamed(source))
            )
        else:
            motion = asyncio.ensure_future(go(arm, 60, 40, -40))
        await asyncio.sleep(0.3)

        await end(arm)

        with pytest.raises(error):
            await motion
        edges = dict(twin.edges)
        assert edges["a"] > 0
        await asyncio.sleep(0.1)
        assert twin.edges == edges
        assert twin.board.at_rest()


async def test_a_stream_that_starves_has_stopped_where_its_points_ended() -> None:
    """The board runs out of waypoints: it ramps down and stands, and is told off."""
    async with arm_on_twin() as (arm, twin):
        source = Source([point(0, 0, 0, 0), point(0.2, 5, 0, 0)])
        taken = asyncio.ensure_future(
            consume(arm.move_through_joint_positions_streamed(source))
        )
        await asyncio.sleep(0.8)
        source.queue.put_nowait([point(0.4, 10, 0, 0)])

        with pytest.raises(TrajectoryError, match="ran out of waypoints and stopped"):
            await taken

        assert await require_counted(arm, twin) == pytest.approx([5, 0, 0], abs=0.02)


async def test_an_unplugged_arm_is_stopped_by_its_board() -> None:
    """Nobody can tell it to any more; its lease runs out."""
    async with arm_on_twin() as (arm, twin):
        move = asyncio.create_task(go(arm, 60, 40, -40))
        await asyncio.sleep(0.3)

        twin.board.unplug()

        assert await outcome(move) is not None
        await asyncio.sleep(0.5)
        assert twin.board.at_rest()


async def test_a_reset_ends_the_move_and_the_next_one_works() -> None:
    """From where the arm stands now: it counts from 0 again."""
    async with arm_on_twin() as (arm, twin):
        move = asyncio.create_task(go(arm, 60, 40, -40))
        await asyncio.sleep(0.3)

        twin.board.reset(BootCause.BROWNOUT)

        assert await outcome(move) is not None
        await go(arm, 3, 0, 0)
        at = list((await arm.get_joint_positions()).values)
        assert at == pytest.approx([3, 0, 0], abs=0.02)


async def test_home_finds_the_switch_and_knows_where_it_is() -> None:
    """The least end of the travel; then the arm goes back to its middle."""
    async with arm_on_twin() as (arm, _):
        await go(arm, -75, 0, 0)

        await arm.do_command({"command": "home", "joints": ["base"]})

        at = list((await arm.get_joint_positions()).values)
        assert at[0] == -90
        limits = await arm.do_command({"command": "limits"})
        assert limits["base"]["least_counts"] == -3200  # type: ignore[index,call-overload]
        await go(arm, -80, 0, 0)


async def test_a_cancelled_home_stands() -> None:
    """As any other motion."""
    async with arm_on_twin() as (arm, twin):
        homing = asyncio.create_task(arm.do_command({"command": "home"}))
        await asyncio.sleep(0.3)

        homing.cancel()

        assert isinstance(await outcome(homing), asyncio.CancelledError)
        await require_counted(arm, twin)
