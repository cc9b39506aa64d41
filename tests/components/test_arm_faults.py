"""What the board and the link do to a move of the arm, and what is told of it."""

import asyncio

import pytest

from arduino_actuators.errors import (
    AxisFaultError,
    BoardResetError,
    DeviceError,
    LeaseExpiredError,
    LinkLostError,
    NoAnswerError,
    StopNotConfirmedError,
)
from arduino_actuators.wire import AxisState, Verb
from tests.components.arm_bench import (
    FAR,
    arm_on_board,
    go,
    make_arm,
    moving,
    states,
)
from tests.components.motor_bench import outcome
from tests.components.scripted_arm import ScriptedArm


async def test_the_board_that_stops_by_itself_ends_the_move() -> None:
    """Its lease was not renewed: not the caller's doing, and not its target."""
    async with arm_on_board(lease_ms=50) as (arm, board):
        board.refuse = {}
        board.mute[Verb.KEEP] = 1000
        move = asyncio.create_task(go(arm, *FAR))

        error = await outcome(move)

        assert isinstance(error, (LeaseExpiredError, NoAnswerError))
        assert states(board) == {AxisState.IDLE}


async def test_a_fault_of_one_joint_names_it() -> None:
    """All have stopped with it: they share their power."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        board.fault("b")

        error = await outcome(move)
        assert isinstance(error, AxisFaultError)
        assert ", shoulder, was ended by the board: fault stall; free" in str(error)

        with pytest.raises(DeviceError, match="11 faulted"):
            await go(arm, *FAR)
        await arm.do_command({"command": "clear_fault"})
        board.line_takes_s = 0.01
        await go(arm, *FAR)


async def test_an_unplugged_arm_is_an_error_and_comes_back() -> None:
    """What could not be confirmed is told; the next call tries the port again."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        board.unplug()

        assert isinstance(await outcome(move), (LinkLostError, StopNotConfirmedError))


async def test_a_reset_of_the_board_ends_the_move() -> None:
    """Nothing moves afterwards by itself; the next move works."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        board.reset()

        assert isinstance(await outcome(move), (BoardResetError, StopNotConfirmedError))
        assert states(board) == {AxisState.IDLE}
        board.line_takes_s = 0.01
        await go(arm, *FAR)


@pytest.mark.parametrize("verb", [Verb.STATE, Verb.RANGE])
async def test_a_reset_before_the_line_has_left_prevents_it(verb: Verb) -> None:
    """The arm was asked where it is; it has forgotten it, and would go elsewhere."""
    async with ScriptedArm() as board:
        arm = make_arm(board)
        await arm.is_moving()
        board.log.clear()
        board.mute[verb] = 1
        move = asyncio.create_task(go(arm, *FAR))
        await board.wait_frame(verb.value)

        board.reset()

        assert isinstance(await outcome(move), BoardResetError)
        assert board.frames(Verb.LINE) == []
        board.line_takes_s = 0.01
        await go(arm, *FAR)
        await arm.close()
