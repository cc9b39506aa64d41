"""The motor behind the real viam server: a real client goes away, the motor stops."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from grpclib.exceptions import GRPCError
from viam.components.motor.client import MotorClient

from arduino_actuators.errors import StopNotConfirmedError
from tests.components.motor_bench import motor_on_board
from tests.components.serving import served


async def test_a_client_that_closes_its_channel_stops_the_motor() -> None:
    """FIN, nothing else: the server cancels the handler, the motor stops."""
    async with motor_on_board() as (motor, board), served(motor) as channel:
        client = MotorClient("m", channel)
        move = asyncio.create_task(client.go_for(60, 1))
        await board.wait_frame("keep")
        board.log.clear()

        channel.close()

        await board.wait_heard(lambda log: "A" in log)
        await board.wait_frame("stop a 1 0")
        await asyncio.wait([move])
        assert move.exception() is not None
        assert board.axes["a"].state == "idle"


async def test_a_client_whose_deadline_passes_stops_the_motor() -> None:
    """The server's timer and the client's reset arrive within a millisecond."""
    async with motor_on_board() as (motor, board), served(motor) as channel:
        client = MotorClient("m", channel)

        with pytest.raises((GRPCError, asyncio.TimeoutError)):
            await client.go_for(60, 1, timeout=0.2)

        await board.wait_frame("stop a 1 0")
        assert board.log.count("A") == 1


async def test_errors_reach_the_client_in_words() -> None:
    """What happened, on which axis, what to do."""
    async with motor_on_board() as (motor, board), served(motor) as channel:
        client = MotorClient("m", channel)
        move = asyncio.create_task(client.go_for(60, 1))
        await board.wait_frame("keep")
        board.deaf = True

        with pytest.raises(GRPCError, match=StopNotConfirmedError.__name__) as caught:
            await client.stop()

        assert "cut motor power" in str(caught.value.message)
        board.deaf = False
        await asyncio.wait([move])
        assert isinstance(move.exception(), GRPCError)


async def test_every_call_works_through_the_server() -> None:
    """Including those that have no cancellation to speak of."""
    async with motor_on_board() as (motor, board), served(motor) as channel:
        client = MotorClient("m", channel)
        await client.reset_zero_position(1)
        assert await client.get_position() == -1
        assert (await client.get_properties()).position_reporting
        await client.set_rpm(60)
        assert await client.is_moving()
        assert await client.is_powered() == (True, 0.5)
        status = await client.do_command({"command": "status"})
        assert status["state"] == "moving"
        await client.stop()
        assert not await client.is_moving()
        move = asyncio.create_task(client.go_to(60, 1))
        await board.wait_frame("goto")
        board.arrive("a", 3200)
        await move


@pytest.mark.wall_clock
async def test_the_module_serves_on_its_socket_and_ends_on_sigterm(
    tmp_path: Path,
) -> None:
    """As viam-server starts it, without a viam-server."""
    path = tmp_path / "module.sock"
    module = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "arduino_actuators",
        str(path),
        env={**os.environ, "VIAM_NO_MODULE_PARENT": "true"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert module.stdout is not None
    async with asyncio.timeout(30):
        async for line in module.stdout:
            if b"Serving on" in line:
                break
        module.send_signal(signal.SIGTERM)
        rest, _ = await module.communicate()

    assert module.returncode == 0, rest.decode()
    assert b"Traceback" not in rest
