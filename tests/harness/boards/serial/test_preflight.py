"""The pre-flight, with the twin of the board as the board."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

import pytest
import serial

from arduino_actuators.wire import BootCause
from deadstop.boards import SimulatedBoard
from deadstop.boards.maker import BoardMaker
from deadstop.boards.serial.preflight import Way, describe, prove_stops
from deadstop.boards.serial.talk import Talk
from deadstop.errors import LinkFaultError, NotAtRestError
from deadstop.rig import load_rig
from deadstop.rig.envelope import Envelope

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

UNDER_WAY_REV: Final = 0.002
COASTS_S: Final = 1.0  # a tenth of that; its lease of 2 s would end it later


@pytest.fixture(params=["loopback", "arm-loopback"])
def board(request: pytest.FixtureRequest) -> Iterator[SimulatedBoard]:
    """One with motors, and one with joints."""
    with (
        BoardMaker(load_rig(request.param).board) as boards,
        boards.make(lambda _: None) as one,
    ):
        yield one


@pytest.fixture
def talk(board: SimulatedBoard) -> Iterator[Talk]:
    """With a session."""
    with closing(serial.Serial(board.path, 115_200, exclusive=True)) as port:
        os.set_blocking(port.fileno(), False)
        talk = Talk(port.fileno(), board.path)
        talk.say_hello()
        yield talk


def when_moving(board: SimulatedBoard, act: Callable[[], object]) -> threading.Thread:
    """Do that as soon as axis a of *board* is under way."""

    def work() -> None:
        while board.shaft_position_rev("a") < UNDER_WAY_REV:
            time.sleep(0.001)
        act()

    somebody = threading.Thread(target=work)
    somebody.start()
    return somebody


def test_each_axis_is_stopped_in_each_way_and_taken_back(
    board: SimulatedBoard, talk: Talk
) -> None:
    """Slowly, and not far."""
    before_rev = [board.shaft_position_rev(axis) for axis in board.axes]
    proofs = prove_stops(talk, board.axes, Envelope(), threading.Event())

    assert [(one.axis, one.way) for one in proofs] == [
        (axis, way) for axis in board.axes for way in Way
    ]
    assert board.at_rest()
    after_rev = [board.shaft_position_rev(axis) for axis in board.axes]
    assert after_rev == pytest.approx(before_rev, abs=0.01)
    assert describe(proofs).startswith("axis a stopped by command in ")


@pytest.mark.parametrize("board", ["loopback"], indirect=True)
def test_an_axis_that_does_not_stop_as_it_should_ends_it(
    board: SimulatedBoard, talk: Talk
) -> None:
    """A shaft that is held: the drive is cut for another reason than the lease."""
    board.jam_shaft("a", jammed=True)

    with pytest.raises(LinkFaultError, match=r"axis a .* did not stop by lease"):
        prove_stops(talk, "a", Envelope(), threading.Event())
    assert board.at_rest()


@pytest.mark.parametrize("board", ["loopback"], indirect=True)
def test_it_can_be_ended_at_any_time_and_what_moves_is_stopped(
    board: SimulatedBoard, talk: Talk
) -> None:
    """Somebody has pressed Ctrl-C: not one more motion is begun."""
    ending = threading.Event()
    somebody = when_moving(board, ending.set)
    with pytest.raises(LinkFaultError, match=r"axis a .* was stopped: the run was to"):
        prove_stops(talk, board.axes, Envelope(), ending)
    somebody.join()
    until_s = time.monotonic() + COASTS_S
    while not board.at_rest():
        assert time.monotonic() < until_s
    assert board.shaft_position_rev("b") == 0.0


@pytest.mark.parametrize("board", ["loopback"], indirect=True)
def test_a_board_that_is_reset_meanwhile_is_told_of(
    board: SimulatedBoard, talk: Talk
) -> None:
    """Its supply breaks down as soon as a motor turns: that is why it did not stop."""
    somebody = when_moving(board, lambda: board.reset(BootCause.BROWNOUT))
    with pytest.raises(LinkFaultError, match=r" was reset \(brownout\) while axis a "):
        prove_stops(talk, "a", Envelope(), threading.Event())
    somebody.join()


def test_a_board_that_says_nothing_any_more_is_not_at_rest(
    board: SimulatedBoard, talk: Talk
) -> None:
    """Whatever it really does."""
    board.mute(silent=True)

    with pytest.raises((LinkFaultError, NotAtRestError)):
        prove_stops(talk, "a", Envelope(), threading.Event())
