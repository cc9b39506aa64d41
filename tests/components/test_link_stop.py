"""A stop waits for nothing, and takes nothing from the other axes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from arduino_actuators.errors import MotionDroppedError, StopNotConfirmedError
from arduino_actuators.link import BoardLink, LiveMotion
from arduino_actuators.wire import BoardEvent, Cause, StopCategory, Verb
from tests.components.scripted_board import ScriptedBoard

HARD = StopCategory.REMOVE_POWER


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


def spin(link: BoardLink, axis: str, lease_ms: int = 300) -> LiveMotion:
    """Describe a motion without end."""
    return link.motion(Verb.SPIN, axis, lease_ms, 3200)


async def test_the_stop_byte_leaves_in_the_turn_it_is_asked_for() -> None:
    """No await, no other callback of the loop lies between."""
    async with connected() as (link, board):
        board.stop_listening()

        link.stop_now("a")

        assert board.read_within_this_turn(b"A") == b"A"


async def test_the_stop_byte_overtakes_a_full_port() -> None:
    """What the port holds is dropped; commands come after the stops."""
    async with connected() as (link, board):
        board.fill_port()

        link.stop_now("a")
        link.stop_now("b")
        asking = asyncio.create_task(link.state("a"))
        await asyncio.sleep(0.01)
        board.listen()
        await asking

        assert sorted(set(board.log[:-1])) == ["A", "B"]
        assert board.log[-1] == "state a"


async def test_a_dropped_frame_of_another_axis_is_sent_again_at_once() -> None:
    """The stop drops what the port holds, which may be a bystander's."""
    async with connected() as (link, board):
        board.stop_listening()
        other = spin(link, "b")
        starting = asyncio.create_task(other.start())
        await asyncio.sleep(0)

        link.stop_now("a")
        unread = board.read_within_this_turn(b"spin b")
        # A pty may have handed the frame over already: then there was none to drop.
        before, _, after = unread.partition(b"A")
        assert before.endswith(b"\n") or b":" in after
        board.listen()
        await starting

        assert not other.ended


async def test_a_dropped_motion_of_the_stopped_axis_is_never_sent_again() -> None:
    """Its caller learns that it did not happen."""
    async with connected() as (link, board):
        board.mute[Verb.SPIN] = 100
        starting = asyncio.create_task(spin(link, "a").start())
        await board.wait_frame("spin")

        link.stop_now("a")
        with pytest.raises(MotionDroppedError, match=r"^a stop overtook spin a 1"):
            await starting
        await asyncio.sleep(0.15)

        assert board.frames() == ["spin a 1 300 3200"]


async def test_a_motion_that_waits_for_its_turn_is_withdrawn_without_a_byte() -> None:
    """Nothing was sent, so there is nothing to stop."""
    async with connected() as (link, board):
        board.mute[Verb.STATE] = 1
        asking = asyncio.create_task(link.state("b"))
        await board.wait_frame("state")
        motion = spin(link, "a")
        starting = asyncio.create_task(motion.start())
        await asyncio.sleep(0)

        motion.cut()
        with pytest.raises(MotionDroppedError, match="withdrawn"):
            await starting
        await motion.stop(HARD, 0.5)
        await asking

        assert board.log == ["state b", "state b"]


async def test_a_second_axis_stopped_in_the_same_turn_does_not_lose_the_first() -> None:
    """An arm stops all of its joints in one turn of the loop."""
    async with connected() as (link, board):
        await spin(link, "a").start()
        await spin(link, "b").start()
        board.stop_listening()

        link.stop_now("a")
        link.stop_now("b")

        unread = board.read_within_this_turn(b"B")
        assert b"A" in unread
        board.listen()


async def test_a_ramped_stop_is_a_frame_sent_as_fast_as_a_byte() -> None:
    """Categories 1 and 2 have no byte of their own."""
    async with connected() as (link, board):
        await spin(link, "a").start()
        board.stop_listening()

        link.stop_now("a", category=StopCategory.RAMP_THEN_REMOVE)

        assert b" stop a 1 1*" in board.read_within_this_turn(b"\n")
        board.listen()


async def test_a_confirmed_stop_means_standstill() -> None:
    """The answer to the command is not enough: the shaft must stand."""
    async with connected() as (link, board):
        board.stop_takes_s = 0.1
        motion = spin(link, "a")
        await motion.start()
        loop = asyncio.get_running_loop()
        begun_s = loop.time()

        await motion.stop(HARD, 2)

        assert loop.time() - begun_s > 0.09
        assert board.axes["a"].state == "idle"


async def test_a_lost_standstill_event_delays_the_confirmation_only() -> None:
    """The link looks again half-way."""
    async with connected() as (link, board):
        board.stop_takes_s = 0.02
        board.mute_events[BoardEvent.STOPPED] = 1
        motion = spin(link, "a")
        await motion.start()

        await motion.stop(HARD, 0.4)

        assert board.frames(Verb.STATE) == ["state a", "state a"]


async def test_an_axis_that_never_stands_is_an_error() -> None:
    """It may still be moving: the message tells what to do now."""
    async with connected() as (link, board):
        board.stop_takes_s = None
        motion = spin(link, "a")
        await motion.start()

        with pytest.raises(
            StopNotConfirmedError,
            match=r"^axis 'a' did not acknowledge its stop within 0\.2 s; "
            r"it may still be moving: cut motor power$",
        ):
            await motion.stop(HARD, 0.2)


async def test_a_stop_is_repeated_until_its_time_is_over() -> None:
    """Several lost frames are not the end."""
    async with connected() as (link, board):
        board.mute[Verb.STOP] = 4
        motion = spin(link, "a")
        await motion.start()

        await motion.stop(HARD, 2)

        assert len(board.frames(Verb.STOP)) == 5


async def test_the_lease_is_renewed_five_times_over_and_ends_with_the_stop() -> None:
    """The keep-alive never outlives the motion."""
    async with connected() as (link, board):
        motion = spin(link, "a", lease_ms=100)
        await motion.start()
        await asyncio.sleep(0.25)
        assert not motion.ended
        assert len(board.frames(Verb.KEEP)) > 5

        link.stop_now("a")
        await motion.wait_ended()
        heard = len(board.frames(Verb.KEEP))
        await asyncio.sleep(0.1)

        assert len(board.frames(Verb.KEEP)) <= heard + 1
        assert len(asyncio.all_tasks()) == 1


async def test_a_hold_is_fed_until_it_is_released() -> None:
    """Category 2 keeps the power: without its lease the load would drop."""
    async with connected() as (link, board):
        motion = spin(link, "a", lease_ms=50)
        await motion.start()

        await motion.stop(StopCategory.RAMP_THEN_HOLD, 1)
        await asyncio.sleep(0.2)

        assert motion.ended
        assert motion.holding
        assert board.axes["a"].state == "holding"
        motion.end_renewal()


async def test_a_lost_end_of_a_motion_is_noticed_at_the_next_renewal() -> None:
    """The board refuses to feed what is over, and is asked why it ended."""
    async with connected() as (link, board):
        motion = spin(link, "a")
        await motion.start()
        board.mute_events[BoardEvent.ARRIVED] = 1

        board.arrive("a", 320)

        end = await motion.wait_ended()
        assert (end.cause, end.position_counts) == (Cause.ARRIVED, 320)


async def test_a_gap_in_the_event_numbers_makes_the_link_look_again() -> None:
    """Before the lease would tell."""
    async with connected() as (link, board):
        motion = spin(link, "a", lease_ms=2000)
        await motion.start()
        await board.wait_frame("spin")
        board.mute_events[BoardEvent.ARRIVED] = 1
        board.arrive("a")
        board.tell(BoardEvent.REJECT, 1, "bad-frame")

        end = await motion.wait_ended()

        assert end.cause is Cause.ARRIVED
        assert board.frames(Verb.KEEP) == []
