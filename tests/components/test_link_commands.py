"""Commands are sent one at a time, repeated when unanswered, and matched by SEQ."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from arduino_actuators.errors import CommandRefusedError, NoAnswerError
from arduino_actuators.link import BoardLink
from arduino_actuators.link.commands import repeat_after_s
from arduino_actuators.wire import BoardEvent, ErrorCode, Verb
from tests.components.scripted_board import ScriptedBoard


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[BoardLink, ScriptedBoard]]:
    """Give a connected link and its board, with an empty log."""
    async with ScriptedBoard() as board:
        link = BoardLink(board.path)
        await link.connect()
        board.log.clear()
        try:
            yield link, board
        finally:
            await link.close()


async def test_an_unanswered_command_is_sent_again() -> None:
    """One lost answer is not an error."""
    async with connected() as (link, board):
        board.mute[Verb.ZERO] = 1

        await link.zero("a", 7)

        assert board.log == ["zero a 7", "zero a 7"]
        assert board.axes["a"].position_counts == 7


async def test_a_silent_board_is_an_error_after_three_tries() -> None:
    """The error says what was asked, and what to check."""
    async with connected() as (link, board):
        board.deaf = True

        with pytest.raises(NoAnswerError, match=r"did not answer 'state a' .* cable"):
            await link.state("a")

        assert len(board.log) >= 3


async def test_a_rejected_frame_is_sent_again_before_its_time() -> None:
    """The board says that it threw something away; no need to wait."""
    async with connected() as (link, board):
        board.mute[Verb.STATE] = 1
        asking = asyncio.create_task(link.state("a"))
        await board.wait_frame("state")

        board.tell(BoardEvent.REJECT, 2, "bad-checksum")
        await asking

        assert board.log == ["state a", "state a"]


async def test_one_command_is_in_flight_at_a_time() -> None:
    """The second waits for the answer to the first."""
    async with connected() as (link, board):
        board.mute[Verb.STATE] = 1
        async with asyncio.TaskGroup() as group:
            group.create_task(link.state("a"))
            group.create_task(link.zero("b", 1))

        assert board.log == ["state a", "state a", "zero b 1"]


async def test_a_command_whose_caller_left_is_not_repeated() -> None:
    """And those behind it get their turn."""
    async with connected() as (link, board):
        board.mute[Verb.STATE] = 1
        asking = asyncio.create_task(link.state("a"))
        await board.wait_frame("state")
        asking.cancel()

        await link.zero("a", 1)

        assert board.log == ["state a", "zero a 1"]


async def test_a_refusal_names_the_command_and_the_code() -> None:
    """The caller sees what the board said, and a hint."""
    async with connected() as (link, board):
        board.refuse[Verb.ZERO] = ErrorCode.BUSY

        with pytest.raises(
            CommandRefusedError, match=r"refused zero a 7: 10 busy; stop the axis first"
        ) as caught:
            await link.zero("a", 7)

        assert caught.value.code is ErrorCode.BUSY


async def test_garbage_between_answers_is_skipped() -> None:
    """Boot loaders, noise and comments say nothing."""
    async with connected() as (link, board):
        board.write(b"\xfe\r\n=3 what*0000\r\n# hello, world\r\n@\r\n")

        assert (await link.state("a")).motion == 0


def test_a_repeat_waits_for_two_full_frames_and_a_slow_usb_chip() -> None:
    """At 9600 baud a frame alone takes 67 ms."""
    assert 0.05 < repeat_after_s(115200) < 0.07
    assert 0.18 < repeat_after_s(9600) < 0.2
