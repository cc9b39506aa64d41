"""A stream that breaks, wherever it breaks, is an arm that stands, and an error."""

import asyncio
import math

import pytest
from viam.components.arm import Arm

from arduino_actuators.errors import (
    AxisFaultError,
    MotionRequestError,
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
    StopNotConfirmedError,
    TrajectoryError,
)
from arduino_actuators.operations import live_operations
from arduino_actuators.wire import AxisState, Verb
from tests.components.arm_bench import (
    FIRST,
    SECOND,
    Source,
    arm_on_board,
    consume,
    go,
    make_arm,
    moving,
    point,
    states,
    streaming,
)
from tests.components.motor_bench import outcome
from tests.components.scripted_arm import ScriptedArm


async def test_a_consumer_that_leaves_between_batches_stops_the_arm() -> None:
    """Closing the generator returns once every joint stands."""
    async with arm_on_board() as (arm, board):
        source = Source(FIRST)
        stream = arm.move_through_joint_positions_streamed(source)
        await anext(stream)
        board.log.clear()

        await stream.aclose()

        assert board.log[:2] == ["!", "stop a 1 0"]
        assert states(board) == {AxisState.IDLE}
        assert live_operations() == ()


async def test_a_consumer_that_is_cancelled_waits_for_the_stop() -> None:
    """The stop leaves in the turn of the cancellation; a second changes nothing."""
    async with arm_on_board() as (arm, board):
        board.stop_takes_s = 0.05
        source = Source()
        taken = await streaming(arm, board, source)
        await board.wait_heard(lambda _: source.queue.empty())
        board.stop_listening()

        taken.cancel()
        assert b"!" in board.read_within_this_turn(b"!")
        board.listen()
        await board.wait_frame("stop a 1 0")
        taken.cancel()

        assert isinstance(await outcome(taken), asyncio.CancelledError)
        assert states(board) == {AxisState.IDLE}
        assert source.cancelled == 1


async def test_a_stream_cancelled_in_the_middle_of_a_batch_stops_the_arm() -> None:
    """While it waits for room: what is left of the batch is not sent."""
    async with arm_on_board() as (arm, board):
        source = Source([point(i / 10, 3.0 * i, 0, 0) for i in range(12)])
        taken = asyncio.ensure_future(
            consume(arm.move_through_joint_positions_streamed(source))
        )
        await board.wait_heard(lambda _: len(board.frames(Verb.VIA)) == 7)

        taken.cancel()

        assert isinstance(await outcome(taken), asyncio.CancelledError)
        assert "!" in board.log
        assert len(board.frames(Verb.VIA)) == 7
        assert states(board) == {AxisState.IDLE}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (point(0.2, 6, 3, 0), r"time 0\.2 s, not after point 2 at 0\.2 s; times must"),
        (point(0.3, 6, 3), r"point 3 has 2 joints; this arm has 3"),
        (point(0.3, 6, math.nan, 0), r"point 3: shoulder is nan; give a finite"),
        (point(0.3, 6, 91, 0), r"point 3: shoulder is 91 degrees; allowed: -45 to 90"),
        (
            point(0.3, 26, 3, 0),
            (
                r"point 3: base would have to move at 200 degrees/s from point 2; "
                r"allowed: at most 60 \(attribute 'max_speed_deg_s'\)$"
            ),
        ),
        (point(5, 6, 3, 0), r"point 3 makes a pause of 4\.8 s; allowed: at most 1"),
    ],
)
async def test_a_bad_point_stops_the_arm_and_nothing_of_its_batch_is_sent(
    bad: Arm.TrajectoryPoint, message: str
) -> None:
    """The error says which point, and what is wrong with it."""
    async with arm_on_board() as (arm, board):
        source = Source()
        taken = await streaming(arm, board, source)
        board.log.clear()

        source.queue.put_nowait([bad, *SECOND])

        error = await outcome(taken)
        assert isinstance(error, TrajectoryError)
        with pytest.raises(TrajectoryError, match=message):
            raise error
        assert "was stopped: point 3" in str(error)
        assert board.frames(Verb.VIA) == []
        assert "!" in board.log
        assert states(board) == {AxisState.IDLE}


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([point(1, 0, 0, 0)], r"^point 0 has time 1 s; the first point .* has 0$"),
        ([point(0, 0, 0)], r"^point 0 has 2 joints"),
        ([point(0, 0, 0, 0), point(0.1, 9, 0, 0)], r"^point 1: base .* 90 degrees/s"),
        ([point(0, 0, 0, 0), point(0, 9, 0, 0)], r"^point 1 has time 0 s, not after"),
        ([point(0, 5, 0, 0)], r"^point 0: base is 5 degrees, but the arm stands at 0;"),
        (
            [
                Arm.TrajectoryPoint(
                    point(0).time,
                    [0, 0, 0],
                    Arm.KinematicConstraints([1.0, 0.0, 0.0]),
                )
            ],
            r"^point 0 has velocities other than 0; a trajectory starts from rest$",
        ),
        (
            [
                point(0, 0, 0, 0),
                Arm.TrajectoryPoint(
                    point(0.1).time,
                    [1, 0, 0],
                    Arm.KinematicConstraints([10.0, 0.0, 0.0], [500.0, 0.0, 0.0]),
                ),
            ],
            r"^point 1: of its accelerations that of the base is 500; allowed: at most",
        ),
    ],
)
async def test_a_stream_that_begins_badly_moves_nothing(
    batch: list[Arm.TrajectoryPoint], message: str
) -> None:
    """Refused before the first line."""
    async with arm_on_board() as (arm, board):
        with pytest.raises(MotionRequestError, match=message):
            await consume(arm.move_through_joint_positions_streamed(Source(batch)))

        assert board.frames(Verb.LINE) == []
        assert "!" not in board.log


async def test_a_bad_first_batch_does_not_end_the_move_under_way() -> None:
    """Nothing is superseded by a trajectory that cannot be done."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        with pytest.raises(MotionRequestError, match="point 0 has time 1 s"):
            await consume(
                arm.move_through_joint_positions_streamed(Source([point(1, 0, 0, 0)]))
            )

        board.arrive_together()
        await move


async def test_a_bad_first_batch_opens_no_port() -> None:
    """The configuration is enough to refuse it."""
    async with ScriptedArm() as board:
        arm = make_arm(board)

        with pytest.raises(MotionRequestError, match="point 0 has time 1 s"):
            await consume(
                arm.move_through_joint_positions_streamed(Source([point(1, 0, 0, 0)]))
            )

        assert board.log == []
        await arm.close()


async def test_a_source_that_raises_stops_the_arm() -> None:
    """Its own error is what the caller sees."""
    async with arm_on_board() as (arm, board):
        source = Source()
        taken = await streaming(arm, board, source)

        source.queue.put_nowait(LookupError("the plan is lost"))

        assert isinstance(await outcome(taken), LookupError)
        assert "!" in board.log
        assert states(board) == {AxisState.IDLE}


async def test_a_stream_that_starves_is_told_when_its_points_come_too_late() -> None:
    """The board has run out of waypoints, and stands: that is no success."""
    async with arm_on_board() as (arm, board):
        source = Source()
        taken = await streaming(arm, board, source)
        board.arrive_together()
        await board.wait_heard(lambda _: states(board) == {AxisState.IDLE})
        assert not taken.done()

        source.queue.put_nowait(SECOND)

        error = await outcome(taken)
        assert isinstance(error, TrajectoryError)
        assert "ran out of waypoints and stopped: the next ones came" in str(error)
        assert states(board) == {AxisState.IDLE}


async def test_a_source_that_is_slow_to_say_that_it_has_ended_is_no_error() -> None:
    """The arm has arrived at the last point that there was."""
    async with arm_on_board() as (arm, board):
        source = Source()
        taken = await streaming(arm, board, source)
        board.arrive_together()
        await asyncio.sleep(0.05)

        source.end()

        assert await taken == 1


async def test_a_fault_ends_the_stream_though_its_source_is_silent() -> None:
    """The caller hears of it at once, not with its next batch."""
    async with arm_on_board() as (arm, board):
        source = Source()
        taken = await streaming(arm, board, source)

        board.fault("c")

        error = await outcome(taken)
        assert isinstance(error, AxisFaultError)
        assert ", elbow, was ended by the board" in str(error)
        assert source.cancelled == 1


async def test_stop_ends_a_stream() -> None:
    """As it ends any move."""
    async with arm_on_board() as (arm, board):
        taken = await streaming(arm, board, Source())

        await arm.stop()

        assert isinstance(await outcome(taken), MotionStoppedError)
        assert not await arm.is_moving()


async def test_the_time_of_a_stream_is_the_whole_streams() -> None:
    """Not that of one batch."""
    async with arm_on_board() as (arm, board):
        stream = arm.move_through_joint_positions_streamed(Source(FIRST), timeout=0.2)

        with pytest.raises(MotionTimeoutError, match="its time was over"):
            await consume(stream)

        assert states(board) == {AxisState.IDLE}


async def test_a_newer_move_takes_the_arm_from_a_stream_that_nobody_reads() -> None:
    """Its consumer is busy elsewhere; the stop is confirmed without it."""
    async with arm_on_board() as (arm, board):
        stream = arm.move_through_joint_positions_streamed(Source(FIRST))
        await anext(stream)
        newer = asyncio.create_task(go(arm, -10, 0, 0))

        await board.wait_frame("line 2")
        board.arrive_together()
        await newer

        with pytest.raises(MotionSupersededError, match="a newer call took the arm"):
            await anext(stream)
        assert board.log.index("stop a 1 0") < board.log.index(
            board.frames(Verb.LINE)[1]
        )


async def test_close_ends_a_stream_that_nobody_reads() -> None:
    """Without waiting for its consumer."""
    async with arm_on_board() as (arm, board):
        stream = arm.move_through_joint_positions_streamed(Source(FIRST))
        await anext(stream)

        await arm.close()

        assert states(board) == {AxisState.IDLE}
        assert live_operations() == ()
        await stream.aclose()


async def test_a_dropped_stream_stops_the_arm() -> None:
    """Nobody closes it; the loop does, once nobody has it any more."""
    async with arm_on_board() as (arm, board):
        stream = arm.move_through_joint_positions_streamed(Source(FIRST))
        await anext(stream)

        del stream

        await board.wait_heard(lambda log: "stop a 1 0" in log)


async def test_a_stop_that_is_not_confirmed_is_louder_than_the_broken_stream() -> None:
    """An arm that may still move is told of, whoever has left."""
    async with arm_on_board(stop_ack_within_ms=100) as (arm, board):
        stream = arm.move_through_joint_positions_streamed(Source(FIRST))
        await anext(stream)
        board.deaf = True

        with pytest.raises(StopNotConfirmedError, match=r"^axes 'abc' did not"):
            await stream.aclose()

        board.deaf = False
