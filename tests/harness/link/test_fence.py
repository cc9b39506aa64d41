"""The envelope of a real board, byte by byte, with a pipe as its line."""

import os
import pty
import select
import tty
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from arduino_actuators.wire import (
    Command,
    encode_command,
    goto,
    halt,
    hello,
    home,
    keep,
    line,
    move,
    power,
    spin,
    via,
)
from arduino_actuators.wire.table import StopCategory
from deadstop.link.fence import Fence
from deadstop.rig.envelope import Envelope

QUIET_S = 0.05
ALLOWED = Envelope(speed_cps=1000, travel_counts=5000, duty=0.5, motion_s=0.0)


@dataclass
class Line:
    """A fence, and what comes out behind it."""

    fence: Fence
    far_end: int
    refused: list[str] = field(default_factory=list)

    def sent(self, *parts: bytes) -> bytes:
        """Write *parts* one after another; return what reached the board."""
        for part in parts:
            self.fence.write(part)
        came = b""
        # A pseudo-terminal hands on in its own time.
        while select.select([self.far_end], [], [], QUIET_S)[0]:
            came += os.read(self.far_end, 4096)
        return came


@pytest.fixture
def wire() -> Iterator[Line]:
    """With the envelope `ALLOWED`."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    refused: list[str] = []
    with closing(Fence("", 115_200, master, ALLOWED, refused.append)) as fence:
        fence.open()
        yield Line(fence, slave, refused)
    os.close(master)
    os.close(slave)


WITHIN: list[Callable[[int], Command]] = [
    hello,
    lambda seq: move(seq, "a", 1, 300, -5000, 1000),
    lambda seq: goto(seq, "a", 1, 300, 5000, 1000),
    lambda seq: spin(seq, "b", 1, 300, -1000),
    lambda seq: power(seq, "b", 1, 300, -500),
    lambda seq: line(seq, 1, 300, (1, -5000, 2), 1000, 99_999),
    lambda seq: halt(seq, StopCategory.REMOVE_POWER),
]
BEYOND: list[tuple[Callable[[int], Command], str]] = [
    (lambda seq: move(seq, "a", 1, 300, -5001, 10), "`move` of axis a asked for a way"),
    (lambda seq: goto(seq, "a", 1, 300, 10, 1001), "asked for 1001 counts/s, and 1000"),
    (lambda seq: spin(seq, "b", 1, 300, -1001), "`spin` of axis b asked for 1001"),
    (lambda seq: power(seq, "b", 1, 300, -501), "asked for 50% of the supply"),
    (lambda seq: line(seq, 1, 300, (0, 0, 5001), 9, 9), "`line` asked for a way of"),
    (lambda seq: via(seq, 1, (0, 0, 1), 1001), "`via` asked for 1001"),
    (lambda seq: home(seq, "a", 1, 300, 1001), "`home` of axis a asked for 1001"),
]


@pytest.mark.parametrize("command", WITHIN)
def test_what_is_within_goes_through_as_it_is(
    wire: Line, command: Callable[[int], Command]
) -> None:
    """In one piece, or a byte at a time."""
    frame = encode_command(command(7))
    single = [frame[index : index + 1] for index in range(len(frame))]

    assert wire.sent(frame) == frame
    assert wire.sent(*single) == frame
    assert not wire.refused


@pytest.mark.parametrize(("command", "why"), BEYOND)
def test_what_is_beyond_never_becomes_a_frame(
    wire: Line, command: Callable[[int], Command], why: str
) -> None:
    """The board drops what it has of it, and stops."""
    frame = encode_command(command(7))

    assert wire.sent(frame) == frame[:-1] + b":!"
    assert len(wire.refused) == 1
    assert why in wire.refused[0]


def test_after_that_no_motion_goes_through_and_every_stop_does(wire: Line) -> None:
    """It is told once."""
    wire.sent(encode_command(spin(1, "a", 1, 300, 2000)))
    slow = encode_command(spin(2, "a", 2, 300, 1))

    assert wire.sent(slow) == slow[:-1] + b":!"
    assert wire.sent(b"A!?B") == b"A!?B"
    assert len(wire.refused) == 1


def test_a_stop_byte_in_a_frame_keeps_its_place(wire: Line) -> None:
    """The board has to see that it overtakes."""
    frame = encode_command(spin(1, "a", 1, 300, 10))

    assert wire.sent(frame[:5] + b"A" + frame[5:]) == frame[:5] + b"A" + frame[5:]


def test_a_motion_is_not_fed_for_longer_than_allowed(wire: Line) -> None:
    """Its lease then ends it, and the stop byte besides."""
    wire.sent(encode_command(spin(1, "a", 1, 300, 10)))
    feed = encode_command(keep(2, "a", 1))

    assert wire.sent(feed) == feed[:-1] + b":!"
    assert wire.refused[0].endswith(", and 0 s are allowed")
