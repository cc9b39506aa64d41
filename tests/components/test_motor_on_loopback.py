"""The motor on the twin of the firmware: real time, real ramps, a shaft that turns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from arduino_actuators.errors import MotionTimeoutError
from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from deadstop.boards.loopback import LoopbackBoard

pytestmark = pytest.mark.wall_clock


@asynccontextmanager
async def motor_on_twin(**attributes: object) -> AsyncIterator[ArduinoMotor]:
    """Give a motor on a twin."""
    with LoopbackBoard(observe=lambda _: None) as board:
        config = MotorConfig.from_attributes({"port": board.path, **attributes})
        motor = ArduinoMotor("m", config)
        try:
            yield motor
        finally:
            await motor.close()


async def test_a_move_arrives_where_it_was_told_to() -> None:
    """There and back."""
    async with motor_on_twin() as motor:
        await motor.go_for(60, 0.5)
        assert await motor.get_position() == pytest.approx(0.5, abs=0.01)

        await motor.go_to(60, 0)
        assert await motor.get_position() == pytest.approx(0, abs=0.01)
        assert await motor.is_powered() == (False, 0.0)


@pytest.mark.parametrize("stop_category", [0, 1])
async def test_a_cancelled_move_stands_still_at_once(stop_category: int) -> None:
    """Half-way, and it stays there."""
    async with motor_on_twin(stop_category=stop_category) as motor:
        with pytest.raises(MotionTimeoutError, match="its time was over"):
            await motor.go_for(60, 5, timeout=0.5)

        stopped_at_rev = await motor.get_position()
        assert 0.1 < stopped_at_rev < 1
        await asyncio.sleep(0.1)
        # It stands once it moves less than two counts in 20 ms (PROTOCOL.md).
        assert await motor.get_position() == pytest.approx(stopped_at_rev, abs=2 / 3200)
        assert not await motor.is_moving()


async def test_a_held_axis_keeps_its_power_until_the_next_move() -> None:
    """Category 2, fed by its lease."""
    async with motor_on_twin(stop_category=2) as motor:
        with pytest.raises(MotionTimeoutError, match="its time was over"):
            await motor.go_for(60, 5, timeout=0.3)
        await asyncio.sleep(0.5)
        assert (await motor.get_status())["state"] == "holding"

        await motor.go_for(60, 0.1)

        assert (await motor.get_status())["state"] == "idle"


async def test_an_indefinite_speed_lasts_longer_than_its_lease() -> None:
    """The renewals reach the board while the loop runs."""
    async with motor_on_twin(lease_ms=100) as motor:
        await motor.set_rpm(60)
        await asyncio.sleep(0.4)
        assert await motor.is_moving()

        await motor.stop()

        assert not await motor.is_moving()
