"""Once an axis is told to be at rest, nothing drives it until the next motion."""

import os
import random
from typing import Final

import pytest

from arduino_actuators.wire import BoardEvent, Cause, Reply
from deadstop.boards.avr.core import AvrCore
from tests.harness.boards.host import Host

SEED: Final = int(os.environ.get("DEADSTOP_SEED", "1"))
SERIES: Final = 12
MOTIONS: Final = 10
MOTION_WORDS: Final = (
    "move {axis} {motion} {lease_ms} 700 8000",
    "move {axis} {motion} {lease_ms} 1 4000",
    "goto {axis} {motion} {lease_ms} -900 9000",
    "spin {axis} {motion} {lease_ms} -6000",
    "spin {axis} {motion} {lease_ms} 300",
    "power {axis} {motion} {lease_ms} 700",
)
ENDINGS: Final = ("byte", "stop 0", "stop 1", "halt 1", "hello", "itself")
LAST_WORDS: Final = (BoardEvent.STOPPED, BoardEvent.ARRIVED, BoardEvent.FAULT)
WITHIN_S: Final = 2.5  # the longest lease below, and the longest ramp


def end_motion(host: Host, axis: str, motion: int, how: str) -> None:
    """Do what ends a motion; some end by themselves, or by their lease."""
    if how == "byte":
        host.send(axis.upper().encode())
    elif how == "hello":
        host.ask("hello 1")
    elif how.startswith("stop"):
        host.ask(f"stop {axis} {motion} {how[-1]}")
    elif how.startswith("halt"):
        host.ask(how)


def wait_last_word(host: Host, axis: str, motion: int) -> BoardEvent:
    """Wait until the board says that the motion is over."""
    until_s = host.now_s + WITHIN_S
    while host.now_s < until_s:
        for event in host.events():
            over = event.event in LAST_WORDS and Cause.SUPERSEDED not in event.fields
            if over and event.fields[:2] == (axis, str(motion)):
                return event.event
        host.wait(0.0005)
    msg = f"no last word on motion {motion} of axis {axis}: {host.said}"
    raise AssertionError(msg)


@pytest.mark.parametrize("number", range(SERIES))
def test_an_axis_that_is_told_to_be_at_rest_is_not_driven(number: int) -> None:
    """At the pins, however its motion ended, with its shaft free or jammed."""
    choose = random.Random(f"{SEED} {number}")  # noqa: S311 - motions, no secrets
    host = Host("avr")
    board = host.board
    assert isinstance(board, AvrCore)
    assert isinstance(host.ask("hello 1"), Reply)
    for motion in range(1, MOTIONS + 1):
        axis = choose.choice("ab")
        words = choose.choice(MOTION_WORDS)
        how = choose.choice(ENDINGS)
        jammed = choose.random() < 0.5
        told = f"seed {SEED}, series {number}: {words} {how}, jammed: {jammed}"
        board.jam_shaft(axis, jammed=jammed)
        lease_ms = choose.choice((50, 300, 1500))
        order = words.format(axis=axis, motion=motion, lease_ms=lease_ms)
        host.forget()
        assert isinstance(host.ask(order), Reply), told
        host.wait(choose.uniform(0, 0.12))
        end_motion(host, axis, motion, how)

        last_word = wait_last_word(host, axis, motion)

        assert not board.drive(axis).duty_permille, told
        host.seen.clear()
        host.wait(choose.uniform(0, 0.1))
        board.jam_shaft(axis, jammed=False)  # a motor that is still driven turns now
        host.wait(0.05)
        drives = [e.data for e in host.seen if e.kind == "drive"]
        assert not any(each["duty_permille"] for each in drives), told
        assert not board.drive(axis).duty_permille, told
        if last_word is BoardEvent.FAULT:
            assert isinstance(host.ask(f"clear {axis}"), Reply)
