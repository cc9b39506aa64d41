"""A move that the board or the link ends says why, and the next one works."""

import asyncio
from pathlib import Path

import pytest

from arduino_actuators.errors import (
    AxisFaultError,
    BoardResetError,
    CommandRefusedError,
    LeaseExpiredError,
    LinkLostError,
    LinkOpenError,
    MotionStoppedError,
    MotionSupersededError,
    NoAnswerError,
    RigError,
    StopNotConfirmedError,
)
from arduino_actuators.wire import BoardEvent, ErrorCode, Verb
from tests.components.motor_bench import make_motor, motor_on_board, moving, outcome
from tests.components.scripted_board import ScriptedBoard


async def test_an_unplugged_board_ends_the_move_at_once() -> None:
    """And the next call says that the port is gone."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)

        board.unplug()

        assert isinstance(await outcome(move), LinkLostError)
        with pytest.raises(LinkOpenError, match=r"^cannot open port"):
            await motor.is_moving()


async def test_a_stop_that_an_unplugged_port_cuts_off_is_not_confirmed() -> None:
    """Nobody can say any more what the motor does."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.deaf = True

        move.cancel()
        await board.wait_frame("stop")
        board.unplug()

        error = await outcome(move)
        assert isinstance(error, StopNotConfirmedError)
        assert "was lost" in str(error)
        assert str(error).endswith("cut motor power")


async def test_a_board_that_is_plugged_in_again_is_used_again(tmp_path: Path) -> None:
    """Under the name that follows it; with a new hello, and nothing moves by itself."""
    name = tmp_path / "by-id"
    async with ScriptedBoard() as board, ScriptedBoard() as replugged:
        name.symlink_to(board.path)
        motor = make_motor(board, port=str(name))
        move = await moving(motor, board)
        board.unplug()
        await outcome(move)

        name.unlink()
        name.symlink_to(replugged.path)
        assert not await motor.is_moving()

        assert replugged.frames(Verb.HELLO) == ["hello 1"]
        assert replugged.frames(Verb.MOVE) == []
        move = await moving(motor, replugged)
        replugged.arrive("a")
        await move
        await motor.close()


@pytest.mark.parametrize("told", [True, False])
async def test_a_reset_of_the_board_ends_the_move(told: bool) -> None:
    """Whether the boot event got through or not."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)

        board.reset(told=told)

        assert isinstance(await outcome(move), BoardResetError)
        move = await moving(motor, board)
        board.arrive("a")
        await move


async def test_an_expired_lease_ends_the_move() -> None:
    """This program or its line was too slow: the board stopped by itself."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.deaf = True
        await asyncio.sleep(0.35)

        board.deaf = False
        error = await outcome(move)
        assert isinstance(error, LeaseExpiredError | NoAnswerError)
        assert board.axes["a"].state == "idle"


async def test_a_board_that_falls_silent_fails_the_move_and_its_stop() -> None:
    """No answer to the renewals, none to the stop: loud."""
    async with motor_on_board(stop_ack_within_ms=100) as (motor, board):
        move = await moving(motor, board)
        for verb in Verb:
            board.mute[verb] = 1000
        for event in BoardEvent:
            board.mute_events[event] = 1000

        error = await outcome(move)

        assert isinstance(error, StopNotConfirmedError)
        assert isinstance(error.__context__, NoAnswerError | TimeoutError)
        assert "A" in board.log
        board.mute.clear()
        board.mute_events.clear()


async def test_close_says_so_when_the_move_that_it_ends_may_go_on() -> None:
    """Its caller is told, and so is whoever closes the motor."""
    async with motor_on_board(stop_ack_within_ms=100) as (motor, board):
        move = await moving(motor, board)
        board.deaf = True

        with pytest.raises(StopNotConfirmedError, match=r"cut motor power$"):
            await motor.close()

        assert isinstance(await outcome(move), StopNotConfirmedError)


async def test_close_stops_again_what_did_not_confirm_its_stop() -> None:
    """A link that works again by then gets it stopped."""
    async with motor_on_board(stop_ack_within_ms=100) as (motor, board):
        move = await moving(motor, board)
        board.deaf = True
        move.cancel()
        assert isinstance(await outcome(move), StopNotConfirmedError)
        board.log.clear()

        board.deaf = False
        await motor.close()

        assert board.log[:2] == ["A", "stop a 1 0"]
        assert board.axes["a"].state == "idle"


async def test_a_fault_names_what_happened_and_how_to_go_on() -> None:
    """The axis stays faulted until someone clears it."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.fault("a")
        error = await outcome(move)
        assert isinstance(error, AxisFaultError)
        assert "fault stall" in str(error)

        with pytest.raises(CommandRefusedError, match="11 faulted; send"):
            await motor.go_for(60, 1)
        await motor.do_command({"command": "clear_fault"})

        move = await moving(motor, board)
        board.arrive("a")
        await move


async def test_a_stop_from_elsewhere_is_no_success() -> None:
    """Somebody typed an `A` at a serial monitor, or pressed a button."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.tell(BoardEvent.STOPPED, "a", 1, "byte", 800)

        error = await outcome(move)

        assert isinstance(error, MotionStoppedError)
        assert "at 0.25 rev was stopped by a stop command" in str(error)


async def test_a_motion_of_somebody_else_supersedes_the_move() -> None:
    """The target was not reached by this one."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.tell(BoardEvent.STOPPED, "a", 1, "superseded", 800)

        assert isinstance(await outcome(move), MotionSupersededError)


async def test_a_refused_motion_is_not_stopped_and_not_repeated() -> None:
    """It never began."""
    async with motor_on_board() as (motor, board):
        board.refuse[Verb.MOVE] = ErrorCode.LIMIT

        with pytest.raises(CommandRefusedError, match="6 limit"):
            await motor.go_for(60, 1)

        assert board.log == ["move a 1 300 3200 3200"]


async def test_close_of_an_unplugged_motor_is_quiet_and_final() -> None:
    """There is nothing left to give back."""
    async with motor_on_board() as (motor, board):
        await motor.set_rpm(60)
        board.unplug()
        with pytest.raises(RigError):
            await motor.is_moving()

        await motor.close()

        with pytest.raises(ValueError, match=r"^motor 'm' is closed$"):
            await motor.is_moving()
        assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("wrong", [{"port": "/dev/tty-not-there"}, {"axis": "f"}])
async def test_stop_of_a_motor_that_never_moved_anything_is_no_error(
    wrong: dict[str, str],
) -> None:
    """Viam stops a component before it replaces it: a wrong port must be curable."""
    async with ScriptedBoard() as board:
        motor = make_motor(board, **wrong)
        with pytest.raises(RigError):
            await motor.go_for(60, 1)

        await motor.stop()

        await motor.close()


async def test_stop_of_an_unplugged_motor_that_has_moved_is_an_error() -> None:
    """Nobody can say that it stands still."""
    async with motor_on_board() as (motor, board):
        move = await moving(motor, board)
        board.unplug()
        await outcome(move)

        with pytest.raises(StopNotConfirmedError, match="cannot open port"):
            await motor.stop()


async def test_a_motor_on_an_axis_the_board_lacks_says_so() -> None:
    """With the axes there are."""
    async with ScriptedBoard() as board:
        motor = make_motor(board, axis="f")

        with pytest.raises(Exception, match=r"^attribute 'axis' is 'f', .* axes 'ab'$"):
            await motor.get_position()

        await motor.close()
