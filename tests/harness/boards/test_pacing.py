"""A clocked board behind a pseudo-terminal: in step, never ahead, never lost."""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest
import serial

from arduino_actuators.wire import BootCause
from deadstop.boards.pacing import PacedPort
from tests.harness.boards.pty_host import read_until_hung_up

pytestmark = pytest.mark.wall_clock

LINE_BYTES: Final = 16  # what a port takes from the host before it crosses the line


class ScriptedBoard:
    """A board that logs what the loop does with it.

    Attributes:
        steps: the instant it was to advance to, and the clock when it was.
        heard: each time bytes were put: the present, and the bytes.
        every_s: how far off it says that it will do something.
        said: bytes to the host that it has not been asked for yet.
    """

    axes = "a"

    def __init__(self, every_s: float = 0.001, line_bytes: int = 0) -> None:
        """Make it; what is put stays queued up to *line_bytes*."""
        self.now_s = time.monotonic()
        self.steps: list[tuple[float, float]] = []
        self.heard: list[tuple[float, bytes]] = []
        self.every_s = every_s
        self.said = b""
        self._line_bytes = line_bytes

    @property
    def next_wake_s(self) -> float:
        """When it says that it will do something."""
        return self.now_s + self.every_s

    @property
    def queued_bytes(self) -> int:
        """What never crosses the line."""
        return min(self._line_bytes, sum(len(data) for _, data in self.heard))

    def put(self, data: bytes) -> None:
        """Log it."""
        self.heard.append((self.now_s, data))

    def take(self) -> bytes:
        """Say it once."""
        said, self.said = self.said, b""
        return said

    def advance(self, t_s: float) -> None:
        """Log it."""
        self.steps.append((t_s, time.monotonic()))
        self.now_s = t_s

    def at_rest(self) -> bool:
        """Whether it rests: it has nothing that could move."""
        return True

    def shaft_position_rev(self, axis: str) -> float:
        """Have no shaft."""
        raise KeyError(axis)

    def reset(self, cause: BootCause) -> None:
        """Nothing."""

    def unplug(self) -> None:
        """Nothing."""

    def mute(self, *, silent: bool) -> None:
        """Nothing."""

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Nothing."""

    def break_encoder(self, axis: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class Inbox:
    """A pipe whose reading end wakes the loop up."""

    def __init__(self) -> None:
        """Open it, empty."""
        self.reading, self.writing = os.pipe()

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reading)
        os.close(self.writing)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """An empty inbox."""
    inbox = Inbox()
    yield inbox
    inbox.close()


def for_turns(
    count: int, each: Callable[[], object] = lambda: None
) -> Callable[[bool], bool]:
    """Return what attends *count* turns, and does *each* in every one of them."""
    left = iter(range(count - 1, -1, -1))

    def attend(_called: bool) -> bool:
        each()
        return next(left) > 0

    return attend


def test_simulated_time_never_runs_ahead_of_the_clock(inbox: Inbox) -> None:
    """Nor back."""
    board = ScriptedBoard()
    port = PacedPort(board)
    port.run(inbox.reading, for_turns(100))
    port.hang_up()

    assert all(t_s <= clock_s for t_s, clock_s in board.steps)
    assert [t_s for t_s, _ in board.steps] == sorted(t_s for t_s, _ in board.steps)


def test_every_turn_catches_up_with_the_present_however_late_it_is(
    inbox: Inbox,
) -> None:
    """An error does not add up."""
    board = ScriptedBoard()
    port = PacedPort(board)
    ends_s = [board.now_s]

    def be_late() -> None:
        time.sleep(0.01)
        ends_s.append(time.monotonic())

    port.run(inbox.reading, for_turns(10, be_late))
    port.hang_up()

    for ended_s, (t_s, _) in zip(ends_s, board.steps, strict=False):
        assert t_s >= ended_s


def test_the_worst_lateness_is_told(inbox: Inbox) -> None:
    """By how much what was due had to wait; power-up itself is not late."""
    port = PacedPort(ScriptedBoard(every_s=0.01))
    assert port.worst_lateness_s == 0.0
    port.run(inbox.reading, for_turns(2, lambda: time.sleep(0.05)))
    port.hang_up()

    assert port.worst_lateness_s >= 0.04


def test_a_byte_is_not_heard_before_it_was_written(inbox: Inbox) -> None:
    """Else a latency could come out too short, or less than nothing."""
    board = ScriptedBoard(every_s=10.0)
    port = PacedPort(board)
    written_s: list[float] = []
    with serial.Serial(port.path) as host:

        def write() -> None:
            written_s.append(time.monotonic())
            host.write(b"A")

        port.run(inbox.reading, for_turns(20, write))
        port.hang_up()

    assert len(board.heard) == 19  # the last one was written after the last turn
    for wrote_s, (heard_s, data) in zip(written_s, board.heard, strict=False):
        assert data == b"A"
        assert heard_s >= wrote_s


def test_no_more_is_taken_than_the_line_holds(inbox: Inbox) -> None:
    """What else was written waits where the host can take it back."""
    board = ScriptedBoard(line_bytes=1000)
    port = PacedPort(board)
    with serial.Serial(port.path) as host:
        host.write(b"x" * 100)
        port.run(inbox.reading, for_turns(20))
        port.hang_up()

    assert b"".join(data for _, data in board.heard) == b"x" * LINE_BYTES


def test_what_the_board_says_comes_out_of_the_port(inbox: Inbox) -> None:
    """Byte for byte: no line discipline is in the way."""
    board = ScriptedBoard()
    board.said = bytes(range(256))
    port = PacedPort(board)
    with serial.Serial(port.path, timeout=1.0) as host:
        port.run(inbox.reading, for_turns(1))
        assert host.read(256) == bytes(range(256))
    port.hang_up()


def test_a_board_that_speaks_to_nobody_does_not_stall(inbox: Inbox) -> None:
    """The port is full; what does not fit is lost, as on a wire."""
    board = ScriptedBoard()
    port = PacedPort(board)

    def speak() -> None:
        board.said = b"x" * 1000

    port.run(inbox.reading, for_turns(200, speak))
    port.hang_up()

    assert len(board.steps) == 200


def test_hanging_up_is_seen_by_the_host_and_the_board_goes_on(inbox: Inbox) -> None:
    """Also twice."""
    board = ScriptedBoard()
    port = PacedPort(board)
    with serial.Serial(port.path, timeout=0.02) as host:
        port.hang_up()
        port.hang_up()
        port.run(inbox.reading, for_turns(5))
        with pytest.raises((serial.SerialException, OSError)):
            read_until_hung_up(host)

    assert len(board.steps) == 5


def test_a_board_that_is_always_busy_gets_turns_of_a_length(inbox: Inbox) -> None:
    """Else it would get nothing but turns."""
    board = ScriptedBoard(every_s=0.0)
    port = PacedPort(board, least_turn_s=0.002)
    port.run(inbox.reading, for_turns(20))
    port.hang_up()

    instants_s = [t_s for t_s, _ in board.steps]
    for one_s, next_s in itertools.pairwise(instants_s):
        assert next_s - one_s > 0.0019  # a timer may be a few us early


def test_the_owner_begins_a_turn_at_once(inbox: Inbox) -> None:
    """A request does not wait for what the board is waiting for."""
    port = PacedPort(ScriptedBoard(every_s=1000.0))
    calls: list[bool] = []

    def attend(called: bool) -> bool:
        calls.append(called)
        if not called:
            os.write(inbox.writing, b"w")
        return not called

    port.run(inbox.reading, attend)
    port.hang_up()

    assert calls == [False, True]
