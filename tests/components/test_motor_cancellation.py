"""Whatever ends a move early, the motor stands before the call has ended."""

import asyncio

import pytest

from arduino_actuators.errors import (
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
    StopNotConfirmedError,
)
from arduino_actuators.wire import Verb
from tests.components.motor_bench import make_motor, motor_on_board, moving, outcome
from tests.components.scripted_board import ScriptedBoard


async def test_stop_byte_leaves_in_the_turn_of_the_cancellation() -> None:
    """Inside the very call that cancels, before any task resumes."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.stop_listening()

        move.cancel()

        assert b"A" in board.read_within_this_turn(b"A")
        board.listen()
        assert isinstance(await outcome(move), asyncio.CancelledError)


async def test_a_cancelled_move_has_its_stop_confirmed_before_it_ends() -> None:
    """Byte, frame, standstill; then the cancellation goes on."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.log.clear()

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert board.log[:2] == ["A", "stop a 1 0"]
        assert not await motor.is_moving()


async def test_second_cancel_does_not_abandon_the_stop() -> None:
    """A deadline and the client's reset arrive within a millisecond."""
    async with motor_on_board() as (motor, board):
        board.stop_takes_s = 0.1
        move = await moving(motor, board)

        move.cancel()
        await board.wait_frame("stop")
        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert board.axes["a"].state == "idle"


async def test_unacknowledged_stop_is_louder_than_the_cancellation() -> None:
    """A motor that may still turn is an error, not a tidy cancellation."""
    async with motor_on_board(stop_ack_within_ms=100) as (motor, board):
        move = await moving(motor, board)
        board.deaf = True

        move.cancel()

        error = await outcome(move)
        assert isinstance(error, StopNotConfirmedError)
        assert "axis 'a' did not acknowledge its stop within 0.1 s" in str(error)
        assert str(error).endswith("it may still be moving: cut motor power")
        board.deaf = False


async def test_a_call_that_expired_on_arrival_sends_nothing() -> None:
    """Nobody waits for it any more: no motion, and no stop either."""
    async with motor_on_board() as (motor, board):
        for timeout_s in (0, -1):
            with pytest.raises(MotionTimeoutError, match="its time was over"):
                await motor.go_for(60, 1, timeout=timeout_s)

        assert board.log == []


async def test_a_timeout_stops_the_motor_and_is_no_success() -> None:
    """The target was not reached, and the caller is told."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board, timeout_s=0.15)

        error = await outcome(move)

        assert isinstance(error, MotionTimeoutError)
        assert "go_for(rpm=60.0" in str(error)
        assert board.axes["a"].state == "idle"


async def test_a_cancellation_between_frame_and_answer_stops_the_motor() -> None:
    """The motion may be under way, though nobody has said so."""
    async with motor_on_board() as (motor, board):
        board.mute[Verb.MOVE] = 100
        move = asyncio.create_task(motor.go_for(60, 1))
        await board.wait_frame("move")

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert board.log[:3] == ["move a 1 300 3200 3200", "A", "stop a 1 0"]
        assert len(board.frames(Verb.MOVE)) == 1
        assert board.axes["a"].state == "idle"


async def test_a_move_that_is_never_acknowledged_is_stopped() -> None:
    """It may have been carried out all the same."""
    async with motor_on_board() as (motor, board):
        board.mute[Verb.MOVE] = 100

        with pytest.raises(Exception, match="did not answer 'move a 1"):
            await motor.go_for(60, 1)

        assert "A" in board.log
        assert board.axes["a"].state == "idle"


async def test_no_stop_follows_a_move_that_arrived() -> None:
    """Neither at its end nor when the caller goes away after it."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.arrive("a", 3200)
        await move
        move.cancel()

        assert await motor.get_position() == 1.0
        assert "A" not in board.log
        assert board.frames(Verb.STOP) == []


async def test_stop_ends_a_running_move_with_an_error() -> None:
    """The stop leaves first; the move did not reach its target."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.stop_listening()
        stopping = asyncio.create_task(motor.stop())
        await asyncio.sleep(0)

        assert b"A" in board.read_within_this_turn(b"A")
        board.listen()
        await stopping

        error = await outcome(move)
        assert isinstance(error, MotionStoppedError)
        assert "was stopped by stop(); the target was not reached" in str(error)


async def test_stop_is_confirmed_though_its_caller_leaves() -> None:
    """A robot-wide stop that is dropped half-way still stops everything."""
    async with motor_on_board() as (motor, board):
        await motor.set_rpm(30)
        board.log.clear()
        stopping = asyncio.create_task(motor.stop())
        await asyncio.sleep(0)

        stopping.cancel()

        assert isinstance(await outcome(stopping), asyncio.CancelledError)
        assert board.log[:2] == ["A", "stop a 1 0"]


async def test_stop_during_the_opening_of_the_port_prevents_the_move() -> None:
    """There is nothing to stop yet, and nothing must start later."""
    async with ScriptedBoard() as board:
        motor = make_motor(board)
        board.deaf = True
        move = asyncio.create_task(motor.go_for(60, 1))
        await board.wait_frame("hello")
        stopping = asyncio.create_task(motor.stop())
        await asyncio.sleep(0)

        board.deaf = False
        await stopping

        assert isinstance(await outcome(move), MotionStoppedError)
        assert board.frames(Verb.MOVE) == []
        await motor.close()


async def test_a_newer_move_ends_the_older_one_first() -> None:
    """The older one's stop must not hit the newer motion."""
    async with motor_on_board() as (motor, board):
        board.stop_takes_s = 0.05
        older = await moving(motor, board)

        newer = asyncio.create_task(motor.go_to(30, 2))
        await board.wait_frame("goto a 2")
        since = board.log.index("goto a 2 300 6400 1600")
        board.arrive("a", 6400)
        await newer

        assert isinstance(await outcome(older), MotionSupersededError)
        assert board.log.index("stop a 1 0") < since
        assert "A" not in board.log[since:]


async def test_set_power_supersedes_a_move() -> None:
    """Whoever asks last has the motor."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)

        await motor.set_power(-0.5)

        assert isinstance(await outcome(move), MotionSupersededError)
        assert board.frames(Verb.POWER) == ["power a 2 300 -500"]
        assert await motor.is_powered() == (True, 0.5)


async def test_the_other_motor_of_the_board_goes_on_undisturbed() -> None:
    """Only the axis whose caller left is stopped, and the other one's lease is fed."""
    async with motor_on_board() as (left, board):
        right = make_motor(board, axis="b")
        await right.set_rpm(60)
        move = await moving(left, board)

        move.cancel()
        await outcome(move)
        await asyncio.sleep(0.4)

        assert board.axes["b"].state == "moving"
        assert "B" not in board.log
        await right.close()


async def test_a_ramped_stop_waits_for_the_end_of_the_ramp() -> None:
    """Category 1: no stop byte, which would remove the power at once."""
    async with motor_on_board(stop_category=1) as (motor, board):
        board.stop_takes_s = 0.05
        move = await moving(motor, board)
        board.log.clear()

        move.cancel()

        assert isinstance(await outcome(move), asyncio.CancelledError)
        assert "A" not in board.log
        assert board.log[0] == "stop a 1 1"
        assert board.axes["a"].state == "idle"


async def test_an_indefinite_command_outlives_its_caller_until_close() -> None:
    """`set_rpm` returns at once; `close` is where it must end."""
    async with motor_on_board() as (motor, board):
        await motor.set_rpm(-30)
        await asyncio.sleep(0.4)
        assert board.axes["a"].state == "moving"
        board.log.clear()

        await motor.close()

        assert board.axes["a"].state == "idle"
        assert "A" in board.log
        assert len(asyncio.all_tasks()) == 1


async def test_close_stops_a_running_move() -> None:
    """Shutdown calls `close`, never `stop`."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)

        await motor.close()

        error = await outcome(move)
        assert "the motor is shutting down" in str(error)
        assert board.axes["a"].state == "idle"


async def test_the_next_move_after_a_cancelled_one_works() -> None:
    """Nothing of the old one is left to hinder it."""
    async with motor_on_board() as (motor, board):
        for number in range(1, 4):
            move = await moving(motor, board)
            move.cancel()
            await outcome(move)
            assert board.axes["a"].motion == number

        move = await moving(motor, board)
        board.arrive("a", 3200)
        await move


async def test_the_end_of_the_event_loop_stops_a_running_move() -> None:
    """`asyncio.run` cancels what is left: that is a stop, too."""
    boards: list[ScriptedBoard] = []

    def run() -> None:
        async def leave_it_running() -> None:
            boards.append(ScriptedBoard())
            await moving(make_motor(boards[0]), boards[0])

        asyncio.run(leave_it_running())

    await asyncio.to_thread(run)
    boards[0].close_descriptors()

    assert "A" in boards[0].log
    assert "stop a 1 0" in boards[0].log
