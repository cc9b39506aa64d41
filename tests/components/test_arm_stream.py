"""A stream goes through its points in their time, as fast as the board takes them."""

import asyncio

import pytest
from viam.components.arm import Arm

from arduino_actuators.wire import BoardEvent, ErrorCode, Verb
from tests.components.arm_bench import (
    FIRST,
    SECOND,
    Source,
    arm_on_board,
    consume,
    point,
)


async def test_a_stream_goes_through_its_points_in_their_time() -> None:
    """The first line carries the motion, each other follows; an update a batch."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.05
        source = Source(FIRST, SECOND)
        source.end()

        taken = await consume(arm.move_through_joint_positions_streamed(source))

        assert taken == 2
        assert board.frames(Verb.LINE, Verb.VIA) == [
            "line 1 300 107 0 0 1070 8533",
            "via 1 213 107 0 1070",
            "via 1 320 107 107 1070",
            "via 1 320 213 107 1060",
        ]
        assert "!" not in board.log
        assert board.frames(Verb.STOP) == []


async def test_a_stream_is_paced_by_the_boards_queue() -> None:
    """An update comes once the board has taken the whole batch, not before."""
    async with arm_on_board() as (arm, board):
        batch = [point(i / 10, 3.0 * i, 0, 0) for i in range(12)]
        source = Source(batch)
        source.end()
        stream = arm.move_through_joint_positions_streamed(source)
        first = asyncio.ensure_future(anext(stream))
        await board.wait_heard(lambda _: len(board.frames(Verb.VIA)) == 7)
        assert not first.done()

        for _ in range(3):
            board.pass_waypoint()
        await first

        assert len(board.frames(Verb.VIA)) == 10
        board.arrive_together()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_an_event_that_overtakes_an_answer_costs_nothing() -> None:
    """The board says it is full; the line is sent again when there is room."""
    async with arm_on_board() as (arm, board):
        board.refuse[Verb.VIA] = ErrorCode.BUSY
        source = Source(FIRST)
        source.end()
        taken = asyncio.ensure_future(
            consume(arm.move_through_joint_positions_streamed(source))
        )
        await board.wait_frame("via")

        del board.refuse[Verb.VIA]
        board.tell(BoardEvent.PASSED, "a", 1, 50)
        await board.wait_heard(lambda _: len(board.frames(Verb.VIA)) == 2)
        await board.wait_heard(lambda _: len(board.lines) == 2)
        board.arrive_together()

        assert await taken == 1


async def test_lost_events_do_not_starve_the_board() -> None:
    """After a gap in their numbers there may be room: the board is asked."""
    async with arm_on_board() as (arm, board):
        source = Source([point(i / 10, 3.0 * i, 0, 0) for i in range(11)])
        source.end()
        taken = asyncio.ensure_future(
            consume(arm.move_through_joint_positions_streamed(source))
        )
        await board.wait_heard(lambda _: len(board.frames(Verb.VIA)) == 7)

        board.mute_events[BoardEvent.PASSED] = 2
        for _ in range(3):
            board.pass_waypoint()

        await board.wait_heard(lambda _: len(board.frames(Verb.VIA)) == 9)
        await board.wait_heard(lambda _: len(board.lines) == 7)
        board.arrive_together()
        assert await taken == 1


@pytest.mark.parametrize("batches", [[], [[]], [[point(0, 0, 0, 0)]]])
async def test_a_stream_of_nothing_is_a_stream(
    batches: list[list[Arm.TrajectoryPoint]],
) -> None:
    """At least one update comes: the SDK asks for it."""
    async with arm_on_board() as (arm, board):
        source = Source(*batches)
        source.end()

        assert await consume(arm.move_through_joint_positions_streamed(source)) == 1
        assert board.frames(Verb.LINE) == []


async def test_points_closer_than_a_count_take_their_time_with_the_next() -> None:
    """As a trajectory that begins gently has them."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.01
        source = Source([point(0, 0, 0, 0), point(0.5, 0.001, 0, 0), point(1, 9, 0, 0)])
        source.end()

        await consume(arm.move_through_joint_positions_streamed(source))

        assert board.frames(Verb.LINE, Verb.VIA) == ["line 1 300 320 0 0 320 8533"]
