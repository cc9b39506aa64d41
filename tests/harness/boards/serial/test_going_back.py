"""The way back of an arm: it ends where it was to, or with a stop."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from deadstop.boards.loopback import BoardConfig, LoopbackBoard
from deadstop.boards.serial.going_back import declare_zero, go_to
from deadstop.boards.serial.talk import Talk
from deadstop.errors import LinkFaultError

pytestmark = pytest.mark.wall_clock

REV = 12_800


@pytest.fixture
def arm() -> Iterator[tuple[LoopbackBoard, Talk]]:
    """A twin with three joints, and a talk with it."""
    config = BoardConfig.of_shield("cnc", "abc")
    with LoopbackBoard(config, observe=lambda _: None) as board:
        fd = os.open(board.path, os.O_RDWR | os.O_NOCTTY)
        talk = Talk(fd, "there")
        talk.say_hello()
        yield board, talk
        os.close(fd)


def test_all_joints_arrive(arm: tuple[LoopbackBoard, Talk]) -> None:
    """From wherever the board has been told that it stands."""
    board, talk = arm
    declare_zero(talk, "abc")
    go_to(talk, "abc", [320, -160, 80], threading.Event())
    at = [round(board.shaft_position_rev(axis) * REV) for axis in "abc"]
    assert at == [320, -160, 80]


def test_it_can_be_ended_at_any_time_and_the_arm_stops(
    arm: tuple[LoopbackBoard, Talk],
) -> None:
    """Somebody has pressed Ctrl-C."""
    board, talk = arm
    ending = threading.Event()

    def end_when_moving() -> None:
        while board.shaft_position_rev("a") * REV < 100:
            time.sleep(0.005)
        ending.set()

    somebody = threading.Thread(target=end_when_moving)
    somebody.start()
    with pytest.raises(LinkFaultError, match=r"^the arm at there is not back .* stop$"):
        go_to(talk, "abc", [3200, 0, 0], ending)
    somebody.join()
    time.sleep(0.05)  # a joint stands for 20 ms before it is called still
    assert board.at_rest()
    assert 0 < board.shaft_position_rev("a") * REV < 3200
