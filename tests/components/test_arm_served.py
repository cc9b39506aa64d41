"""The arm behind the real viam server: a real client goes away, the arm stops."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from grpclib.client import Channel
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from viam.components.arm import Arm, JointPositions, MoveOptions, Pose
from viam.components.arm.client import ArmClient

from arduino_actuators.arm import ArduinoArm
from arduino_actuators.wire import AxisState, Verb
from tests.components.arm_bench import FAR, Source, arm_on_board, consume, point, states
from tests.components.scripted_arm import ScriptedArm
from tests.components.serving import served

FIRST = [point(0, 0, 0, 0), point(0.1, 3, 0, 0), point(0.2, 6, 3, 0)]


@asynccontextmanager
async def client_of_arm() -> AsyncIterator[
    tuple[ArmClient, ScriptedArm, ArduinoArm, Channel]
]:
    """Give a client, the board at the far end, the arm and the channel between."""
    async with arm_on_board() as (arm, board), served(arm) as channel:
        yield ArmClient("r", channel), board, arm, channel


async def streaming(
    client: ArmClient, board: ScriptedArm, source: Source
) -> "asyncio.Task[int]":
    """Begin a stream, and return once its first batch is under way."""
    source.queue.put_nowait(FIRST)
    stream = client.move_through_joint_positions_streamed(source)
    task = asyncio.ensure_future(consume(stream))
    await board.wait_frame("via")
    await board.wait_frame("keep")
    return task


async def test_a_client_that_closes_its_channel_stops_every_joint() -> None:
    """FIN, nothing else."""
    async with client_of_arm() as (client, board, _, channel):
        move = asyncio.create_task(
            client.move_to_joint_positions(JointPositions(values=FAR))
        )
        await board.wait_frame("keep")

        channel.close()

        await board.wait_frame("stop a 1 0")
        await asyncio.wait([move])
        assert move.exception() is not None
        assert states(board) == {AxisState.IDLE}


@pytest.mark.parametrize("leave", ["channel", "call", "break"])
async def test_a_client_that_leaves_a_stream_stops_the_arm(leave: str) -> None:
    """Between two batches, in whichever way."""
    async with client_of_arm() as (client, board, _, channel):
        source = Source()
        if leave == "break":
            source.queue.put_nowait(FIRST)
            stream = client.move_through_joint_positions_streamed(source)
            await anext(stream)
            assert isinstance(stream, AsyncGenerator)
            await stream.aclose()
        else:
            task = await streaming(client, board, source)
            channel.close() if leave == "channel" else task.cancel()
            await asyncio.wait([task])

        await board.wait_frame("stop a 1 0")
        assert "!" in board.log


async def test_a_stream_whose_source_fails_stops_the_arm() -> None:
    """The client sees its own error, the arm an abort."""
    async with client_of_arm() as (client, board, _, _channel):
        source = Source()
        task = await streaming(client, board, source)

        source.queue.put_nowait(LookupError("the plan is lost"))
        await asyncio.wait([task])

        assert isinstance(task.exception(), LookupError)
        await board.wait_frame("stop a 1 0")


async def test_a_bad_point_stops_the_arm_and_is_an_error() -> None:
    """The server's own check, or the arm's.

    The SDK's client does not tell which, while its caller has not ended the stream.
    """
    for bad in (point(0.1, 0, 0, 0), point(0.3, 91, 0, 0)):
        async with client_of_arm() as (client, board, _, _channel):
            source = Source()
            task = await streaming(client, board, source)

            source.queue.put_nowait([bad])
            await asyncio.wait([task])

            assert isinstance(task.exception(), (GRPCError, ProtocolError))
            await board.wait_frame("stop a 1 0")
            assert states(board) == {AxisState.IDLE}


async def test_the_deadline_of_a_stream_stops_the_arm() -> None:
    """The server's timer and the client's reset arrive within a millisecond."""
    async with client_of_arm() as (client, board, _, _channel):
        source = Source(FIRST)
        stream = client.move_through_joint_positions_streamed(source, timeout=0.3)

        with pytest.raises((GRPCError, StreamTerminatedError, TimeoutError)):
            await consume(stream)

        await board.wait_frame("stop a 1 0")
        assert board.log.count("!") == 1


async def test_a_stream_that_ends_well_is_answered_batch_by_batch() -> None:
    """And ends once the arm stands at the last point."""
    async with client_of_arm() as (client, board, arm, _channel):
        board.line_takes_s = 0.02
        source = Source(FIRST, [point(0.3, 9, 3, 0)])
        source.end()

        assert await consume(client.move_through_joint_positions_streamed(source)) == 2
        at = await arm.get_joint_positions()
        assert at.values[0] == pytest.approx(9, abs=0.03)


async def test_every_call_works_through_the_server() -> None:
    """Including those that have no cancellation to speak of."""
    async with client_of_arm() as (client, board, _, _channel):
        board.line_takes_s = 0.01
        positions = JointPositions(values=[30, 10, 0])
        await client.move_to_joint_positions(positions)
        await client.move_to_position(Pose(x=86.9, y=73.0, z=125.5))
        await client.move_through_joint_positions(
            [positions], MoveOptions(max_vel_degs_per_sec=30)
        )
        at = await client.get_joint_positions()
        assert list(at.values) == pytest.approx([30, 10, 0], abs=0.02)
        end = await client.get_end_position()
        assert end.z == pytest.approx(60 + 80 - 0 + 80 * -0.17 - 1, abs=2)
        assert not await client.is_moving()
        assert len(await client.get_geometries()) == 3
        assert b"SVA" in (await client.get_kinematics())[1]
        assert await client.get_3d_models() == {}
        assert not await client.get_manual_mode()
        assert await client.get_properties() == Arm.Properties(
            support_manual_mode=False, support_cartesian_commands=True
        )
        assert (await client.get_status())["base"]
        assert (await client.do_command({"command": "stats"}))["lost_bytes"] == 0
        await client.stop()
        assert len(board.frames(Verb.LINE)) == 3


async def test_errors_reach_the_client_in_words() -> None:
    """What was asked, what is allowed."""
    async with client_of_arm() as (client, board, _, _channel):
        with pytest.raises(GRPCError) as caught:
            await client.move_to_position(Pose(x=200))

        assert "beyond the arm's reach of 160" in str(caught.value.message)
        assert board.log == []
