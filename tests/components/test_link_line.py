"""Motions of several axes at the link: numbers, stops, holds and late news."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.link import BoardLink, LiveLine
from arduino_actuators.link.numbers import MotionNumbers
from arduino_actuators.wire import (
    AxisState,
    BoardEvent,
    Cause,
    StopCategory,
    Verb,
    is_newer,
)
from tests.components.scripted_arm import ScriptedArm

TARGETS = (100, 200, -300)


async def begin(link: BoardLink) -> LiveLine:
    """Begin a line, and return once the board has accepted it."""
    line = link.line("abc", 300, TARGETS, 1000, 4000)
    await line.start()
    return line


@settings(max_examples=100)
@given(st.integers(0, 65_535), st.integers(-10_000, 10_000), st.integers(0, 10_000))
def test_a_number_for_several_axes_is_newer_on_each(
    first: int, second: int, third: int
) -> None:
    """Across the wrap-around, too."""
    numbers = MotionNumbers()
    last = {"a": first, "b": (first + second) % 65_536, "c": (first - third) % 65_536}
    for axis, newest in last.items():
        numbers.learn(axis, newest)

    number = numbers.take("abc", together=True)

    assert 1 <= number <= 65_535
    assert all(is_newer(number, newest) for newest in last.values())
    assert {numbers.last(axis) for axis in "abc"} == {number}


def test_one_frame_stops_a_line_and_one_each_what_came_after() -> None:
    """Two motions that happen to have one number are two all the same."""
    numbers = MotionNumbers()
    numbers.take("a", together=False)
    numbers.take("b", together=False)
    assert numbers.by_motion({"a": 1, "b": 1}) == {"a": "a", "b": "b"}

    numbers.take("abc", together=True)
    assert numbers.by_motion({"a": 2, "b": 2, "c": 2}) == {"a": "abc"}

    numbers.take("b", together=False)
    assert numbers.by_motion({"a": 2, "b": 3, "c": 2}) == {"a": "ac", "b": "b"}

    numbers.end_session()
    assert len(numbers.by_motion({"a": 2, "c": 2})) == 2


async def test_a_stop_of_one_axis_never_sends_the_line_again() -> None:
    """Nor a waypoint of it: it is one motion of them all."""
    async with ScriptedArm() as board:
        link = BoardLink(board.path)
        await link.connect()
        line = await begin(link)
        board.mute[Verb.VIA] = 100
        appending = asyncio.ensure_future(line.append((0, 0, 0), 500))
        await board.wait_frame("via")

        link.stop_now("b")

        with pytest.raises(Exception, match="a stop overtook via 1 0 0 0 500"):
            await appending
        assert (await line.wait_ended()).cause is Cause.BYTE
        assert len(board.frames(Verb.VIA)) == 1
        await link.close()


async def test_a_line_that_is_over_takes_no_waypoint() -> None:
    """It says so, whether the board had to be asked or not."""
    async with ScriptedArm() as board:
        link = BoardLink(board.path)
        line = await begin(link)
        board.mute_events[BoardEvent.ARRIVED] = 3
        board.arrive_together()

        assert not await line.append((0, 0, 0), 500)

        assert (await line.wait_ended()).cause is Cause.ARRIVED
        assert not await line.append((0, 0, 0), 500)
        assert len(board.frames(Verb.VIA)) == 1
        await link.close()


async def test_the_end_that_says_most_is_that_of_the_motion() -> None:
    """A fault of one axis, though the others have only stopped with it."""
    async with ScriptedArm() as board:
        link = BoardLink(board.path)
        line = await begin(link)

        board.fault("b")

        end = await line.wait_ended()
        assert end.fault is not None
        assert line.ends["b"] == end
        assert line.ends["a"].cause is Cause.FAULT
        assert line.ends["a"].fault is None
        await link.close()


async def test_a_hold_is_fed_for_the_axes_that_nothing_else_has_taken() -> None:
    """One of them is moved by itself; the others would fall."""
    async with ScriptedArm() as board:
        link = BoardLink(board.path)
        line = await begin(link)
        await line.stop(StopCategory.RAMP_THEN_HOLD, within_s=1)
        assert line.holding

        home = link.motion(Verb.HOME, "a", 300, 400)
        await home.start()
        board.log.clear()
        await board.wait_heard(lambda log: log.count("keep b 1") == 2)

        assert "keep a 1" not in board.log
        assert board.axes["c"].state is AxisState.HOLDING
        await home.stop(StopCategory.REMOVE_POWER, within_s=1)
        await link.close()


async def test_a_whole_board_is_stopped_by_one_byte_and_an_axis_by_its_own() -> None:
    """Nobody else's axes are touched."""
    async with ScriptedArm() as board:
        link = BoardLink(board.path)
        await link.connect()

        link.stop_now("a", "b")
        await board.wait_heard(lambda log: "B" in log)
        assert board.log[-2:] == ["A", "B"]

        board.log.clear()
        link.stop_now(*"abc")
        await board.wait_heard(lambda log: "!" in log)
        assert board.log == ["!"]
        await link.close()
