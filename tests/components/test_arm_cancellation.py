"""Whatever ends a move early, every joint stands before the call has ended."""

import asyncio

import pytest

from arduino_actuators.errors import (
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
    NoAnswerError,
    StopNotConfirmedError,
)
from arduino_actuators.wire import AxisState, BoardEvent, StopCategory, Verb
from tests.components.arm_bench import (
    FAR,
    FAR_LINE,
    arm_on_board,
    go,
    make_arm,
    moving,
    states,
)
from tests.components.motor_bench import outcome
from tests.components.scripted_arm import ScriptedArm


async def test_one_stop_for_all_leaves_in_the_turn_of_the_cancellation() -> None:
    """Inside the very call that cancels, before any task resumes."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)
        board.stop_listening()

        move.cancel()

        assert board.read_within_this_turn(b"!") == b"!"
        board.listen()
        assert isinstance(await outcome(move), asyncio.CancelledError)


async def test_a_cancelled_move_ends_once_every_joint_stands() -> None:
    """Byte, one frame for all of them, standstill; then the cancellation goes on."""
    async with arm_on_board() as (arm, board):
        board.stop_takes_s = 0.05
        move = await moving(arm, board)
        board.log.clear()

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert board.log[:2] == ["!", "stop a 1 0"]
        assert board.frames(Verb.STOP) == ["stop a 1 0"]
        assert states(board) == {AxisState.IDLE}


async def test_a_joint_that_never_stands_is_named() -> None:
    """Two of three are not enough."""
    async with arm_on_board(stop_ack_within_ms=150) as (arm, board):
        board.stop_takes_s = None
        move = await moving(arm, board)
        for axis in "ac":
            board.axes[axis].state = AxisState.IDLE

        move.cancel()

        error = await outcome(move)
        assert isinstance(error, StopNotConfirmedError)
        assert str(error) == (
            "axis 'b' did not acknowledge its stop within 0.15 s; it may still be "
            "moving: cut motor power"
        )
        board.stop_takes_s = 0.0
        for joint in board.axes.values():
            joint.state = AxisState.MOVING


async def test_no_answer_to_the_stop_is_louder_than_the_cancellation() -> None:
    """An arm that may still move is an error, not a tidy cancellation."""
    async with arm_on_board(stop_ack_within_ms=100) as (arm, board):
        move = await moving(arm, board)
        board.deaf = True

        move.cancel()

        error = await outcome(move)
        assert isinstance(error, StopNotConfirmedError)
        assert str(error).startswith("axes 'abc' did not acknowledge their stop")
        board.deaf = False


async def test_second_cancel_does_not_abandon_the_stop() -> None:
    """A deadline and the client's reset arrive within a millisecond."""
    async with arm_on_board() as (arm, board):
        board.stop_takes_s = 0.1
        move = await moving(arm, board)

        move.cancel()
        await board.wait_frame("stop")
        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert states(board) == {AxisState.IDLE}


async def test_a_call_that_expired_on_arrival_sends_nothing() -> None:
    """Nobody waits for it any more: no motion, and no stop either."""
    async with arm_on_board() as (arm, board):
        for timeout_s in (0, -1):
            with pytest.raises(MotionTimeoutError, match="its time was over"):
                await go(arm, *FAR, timeout_s=timeout_s)

        assert board.log == []


async def test_a_timeout_stops_the_arm_and_is_no_success() -> None:
    """The target was not reached, and the caller is told."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board, timeout_s=0.2)

        error = await outcome(move)

        assert isinstance(error, MotionTimeoutError)
        assert str(error).startswith("arm 'r': move_to_joint_positions(positions=")
        assert states(board) == {AxisState.IDLE}


async def test_a_cancellation_between_frame_and_answer_stops_the_arm() -> None:
    """The motion may be under way, though nobody has said so."""
    async with arm_on_board() as (arm, board):
        board.mute[Verb.LINE] = 100
        move = asyncio.create_task(go(arm, *FAR))
        await board.wait_frame("line")

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert board.log[3:6] == [FAR_LINE, "!", "stop a 1 0"]
        assert len(board.frames(Verb.LINE)) == 1
        assert states(board) == {AxisState.IDLE}


async def test_a_cancellation_while_the_arm_is_asked_where_it_is_moves_nothing() -> (
    None
):
    """No line has left: nothing is to be stopped."""
    async with arm_on_board() as (arm, board):
        board.mute[Verb.STATE] = 100
        move = asyncio.create_task(go(arm, *FAR))
        await board.wait_frame("state a")

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        board.mute.clear()
        assert set(board.log) == {"state a"}


async def test_a_move_that_is_never_acknowledged_is_stopped() -> None:
    """It may have been carried out all the same."""
    async with arm_on_board() as (arm, board):
        board.mute[Verb.LINE] = 100

        with pytest.raises(NoAnswerError, match="did not answer 'line 1 300"):
            await go(arm, *FAR)

        assert "!" in board.log
        assert states(board) == {AxisState.IDLE}


async def test_a_line_whose_first_answer_was_lost_goes_on() -> None:
    """Sent again, it is the same motion."""
    async with arm_on_board() as (arm, board):
        board.mute[Verb.LINE] = 1
        board.line_takes_s = 0.3

        await go(arm, *FAR)

        assert board.frames(Verb.LINE) == [FAR_LINE] * 2
        assert "!" not in board.log


async def test_no_stop_follows_a_move_that_arrived() -> None:
    """Neither at its end nor when the caller goes away after it."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)
        board.arrive_together()
        await move
        move.cancel()

        assert not await arm.is_moving()
        assert "!" not in board.log
        assert board.frames(Verb.STOP) == []


async def test_a_move_has_arrived_once_every_joint_has() -> None:
    """Not with the first of them, nor the second."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)
        for axis, position in (("c", -1067), ("a", 1600)):
            board.arrive(axis, position)
            await board.wait_heard(lambda _: True)
            assert not move.done()

        board.arrive("b", 1067)

        await move


async def test_a_lost_event_of_one_joint_is_noticed() -> None:
    """The next event has a number too high: the arm looks again."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)
        board.mute_events[BoardEvent.ARRIVED] = 1

        board.arrive_together()

        await move


async def test_stop_ends_a_running_move_with_an_error() -> None:
    """The stop leaves first; the move did not reach its target."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)
        board.stop_listening()
        stopping = asyncio.create_task(arm.stop())
        await asyncio.sleep(0)

        assert b"!" in board.read_within_this_turn(b"!")
        board.listen()
        await stopping

        error = await outcome(move)
        assert isinstance(error, MotionStoppedError)
        assert "was stopped by stop(); the target was not reached" in str(error)


async def test_a_newer_move_ends_the_older_one_first() -> None:
    """The older one's stop must not hit the newer motion."""
    async with arm_on_board() as (arm, board):
        board.stop_takes_s = 0.05
        older = await moving(arm, board)

        newer = asyncio.create_task(go(arm, -10, 0, 0))
        await board.wait_frame("line 2")
        since = next(i for i, e in enumerate(board.log) if e.startswith("line 2"))
        board.arrive_together()
        await newer

        assert isinstance(await outcome(older), MotionSupersededError)
        assert "a newer call took the arm" in str(await outcome(older))
        assert board.log.index("stop a 1 0") < since
        assert "!" not in board.log[since:]


async def test_close_stops_a_running_move() -> None:
    """Shutdown calls `close`, never `stop`."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        await arm.close()

        assert "the arm is shutting down" in str(await outcome(move))
        assert states(board) == {AxisState.IDLE}
        assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    ("category", "left"),
    [
        (StopCategory.RAMP_THEN_REMOVE, AxisState.IDLE),
        (StopCategory.RAMP_THEN_HOLD, AxisState.HOLDING),
    ],
)
async def test_a_ramped_stop_is_one_frame_and_waits_for_the_end_of_the_ramp(
    category: StopCategory, left: AxisState
) -> None:
    """No stop byte, which would remove the power at once."""
    async with arm_on_board(stop_category=int(category)) as (arm, board):
        board.stop_takes_s = 0.05
        move = await moving(arm, board)
        board.log.clear()

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert "!" not in board.log
        assert board.log[0] == f"stop a 1 {category.value}"
        assert states(board) == {left}


async def test_a_hold_is_fed_until_close_removes_the_power() -> None:
    """Longer than its lease; `close` ends it by a ramp."""
    async with arm_on_board(stop_category=2, lease_ms=100) as (arm, board):
        move = await moving(arm, board)
        move.cancel()
        await outcome(move)
        await asyncio.sleep(0.3)
        assert states(board) == {AxisState.HOLDING}

        board.log.clear()
        await arm.close()

        assert board.frames(Verb.STOP)[0] == "stop a 1 1"


async def test_a_hold_is_taken_over_by_the_next_move() -> None:
    """And is fed no longer: the newer motion is."""
    async with arm_on_board(stop_category=2) as (arm, board):
        move = await moving(arm, board)
        move.cancel()
        await outcome(move)

        newer = asyncio.create_task(go(arm, -10, 0, 0))
        await board.wait_frame("keep a 2")
        board.log.clear()
        await asyncio.sleep(0.15)

        assert "keep a 1" not in board.log
        board.arrive_together()
        await newer


async def test_the_next_move_after_a_cancelled_one_works() -> None:
    """Nothing of the old one is left to hinder it."""
    async with arm_on_board() as (arm, board):
        for number in range(1, 4):
            move = await moving(arm, board)
            move.cancel()
            await outcome(move)
            assert {axis.motion for axis in board.axes.values()} == {number}

        move = await moving(arm, board)
        board.arrive_together()
        await move


async def test_the_end_of_the_event_loop_stops_a_running_move() -> None:
    """`asyncio.run` cancels what is left: that is a stop, too."""
    boards: list[ScriptedArm] = []

    def run() -> None:
        async def leave_it_running() -> None:
            boards.append(ScriptedArm())
            await moving(make_arm(boards[0]), boards[0])

        asyncio.run(leave_it_running())

    await asyncio.to_thread(run)
    boards[0].close_descriptors()

    assert "!" in boards[0].log
    assert "stop a 1 0" in boards[0].log
