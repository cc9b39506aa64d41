"""What the tests of the motor share: a motor on a scripted board."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from tests.components.scripted_board import ScriptedBoard


def make_motor(board: ScriptedBoard, **attributes: object) -> ArduinoMotor:
    """Return a motor on *board*; the caller closes it."""
    config = MotorConfig.from_attributes({"port": board.path, **attributes})
    return ArduinoMotor("m", config)


@contextlib.asynccontextmanager
async def motor_on_board(
    **attributes: object,
) -> AsyncIterator[tuple[ArduinoMotor, ScriptedBoard]]:
    """Give a connected motor and its board, with an empty log."""
    async with ScriptedBoard() as board:
        motor = make_motor(board, **attributes)
        await motor.is_moving()
        board.log.clear()
        try:
            yield motor, board
        finally:
            await motor.close()


async def moving(
    motor: ArduinoMotor, board: ScriptedBoard, *, timeout_s: float | None = None
) -> asyncio.Task[None]:
    """Start a move and return its task once the board has had its lease renewed."""
    seen = len(board.log)
    move = asyncio.ensure_future(motor.go_for(60.0, 1.0, timeout=timeout_s))
    await board.wait_heard(lambda log: any(e.startswith("keep") for e in log[seen:]))
    return move


async def outcome(task: "asyncio.Task[Any]") -> BaseException | None:
    """Wait for the end of *task* and return what it raised."""
    await asyncio.wait([task])
    return asyncio.CancelledError() if task.cancelled() else task.exception()
