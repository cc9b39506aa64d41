"""The twin with its line: explicit time, and nothing else, decides what it does."""

import itertools
import random

import pytest

from arduino_actuators.wire import (
    BootCause,
    encode_command,
    hello,
    keep,
    move,
    spin,
    state,
)
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback import ClockedLoopback
from deadstop.trace import Event

BYTE_S = 10 / 115_200

# When what is put on the line.
SESSION = (
    (0.010, encode_command(hello(0))),
    (0.020, encode_command(spin(1, "a", 1, 300, 8000))),
    (0.050, encode_command(move(2, "b", 1, 2000, 640, 8000))),
    (0.200, encode_command(keep(3, "a", 1))),
    (0.300, encode_command(state(4, "a")) + encode_command(state(5, "b"))),
    (0.400, b"A"),
)
END_S = 1.5


def powered(seen: list[Event] | None = None) -> ClockedLoopback:
    """Power a twin on at 0 s."""
    return ClockedLoopback(t_s=0.0, observe=([] if seen is None else seen).append)


def play(board: ClockedBoard, cuts_s: list[float]) -> bytes:
    """Let the session happen, and time pass in steps that end at *cuts_s* too."""
    said = bytearray()
    puts = dict(SESSION)
    for t_s in sorted({*cuts_s, *puts, END_S}):
        board.advance(t_s)
        if t_s in puts:
            board.put(puts[t_s])
        said += board.take()
    return bytes(said)


@pytest.mark.parametrize("seed", range(5))
def test_how_time_is_cut_changes_nothing(seed: int) -> None:
    """To the last byte and the last event."""
    whole: list[Event] = []
    said = play(powered(whole), [])
    dice = random.Random(seed)  # noqa: S311 - not a secret
    cut: list[Event] = []
    said_cut = play(powered(cut), [dice.uniform(0.0, END_S) for _ in range(2000)])

    assert said_cut == said
    assert cut == whole


def test_looking_at_a_shaft_changes_nothing() -> None:
    """It is asked between the ticks, and shows where it is by then."""
    unseen: list[Event] = []
    play(powered(unseen), [])
    seen: list[Event] = []
    board = powered(seen)
    puts = dict(SESSION)
    positions_rev = []
    for step in range(1, 15_001):
        t_s = step / 10_000
        board.advance(t_s)
        if t_s in puts:
            board.put(puts[t_s])
        positions_rev.append(board.shaft_position_rev("a"))
        board.at_rest()

    assert seen == unseen
    turning_rev = positions_rev[2000:3000]  # it cruises: each look is further on
    assert all(a < b for a, b in itertools.pairwise(turning_rev))


def test_a_byte_takes_one_byte_time_each_way() -> None:
    """A stop byte acts when its stop bit has ended."""
    seen: list[Event] = []
    board = powered(seen)
    board.advance(1.0)
    board.take()
    board.put(b"!")
    assert board.queued_bytes == 1
    assert board.next_wake_s == pytest.approx(1.0 + BYTE_S)
    board.advance(2.0)

    (stop,) = [event for event in seen if event.kind == "stop-byte"]
    assert stop.t_s == pytest.approx(1.0 + BYTE_S)
    assert board.queued_bytes == 0
    assert board.take().startswith(b"@1 stopped a 0 byte 0*")


def test_an_idle_board_has_nothing_to_wake_up_for() -> None:
    """Once its boot line is out."""
    board = powered()
    board.advance(1.0)

    assert board.take().startswith(b"\r\n@0 boot power ")
    assert board.next_wake_s == float("inf")
    assert board.now_s == 1.0


def test_waking_up_when_it_says_misses_nothing() -> None:
    """Each answer is there as soon as it can be."""
    board = powered()
    board.advance(1.0)
    board.take()
    board.put(b"?")
    arrivals = 0
    while board.next_wake_s < 2.0:
        board.advance(board.next_wake_s)
        arrivals += bool(board.take())

    assert arrivals > 40  # one byte at a time


def test_time_does_not_go_back() -> None:
    """Whoever drives it made a mistake."""
    board = powered()
    board.advance(1.0)
    with pytest.raises(ValueError, match=r"^time went back from 1\.0 s to 0\.5 s$"):
        board.advance(0.5)


def test_unplugging_loses_what_is_on_the_way() -> None:
    """In both directions."""
    seen: list[Event] = []
    board = powered(seen)
    board.put(b"!")
    board.unplug()
    board.advance(1.0)

    assert board.take() == b""
    assert "stop-byte" not in [event.kind for event in seen]


def test_a_reset_cuts_the_line_it_was_sending() -> None:
    """And says so."""
    board = powered()
    board.advance(5 * BYTE_S)
    board.reset(BootCause.WATCHDOG)
    board.advance(1.0)

    assert board.take().startswith(b"\r\n@0 \r\n@0 boot watchdog ")


def test_a_mute_board_goes_on_to_listen() -> None:
    """It sends nothing meanwhile."""
    seen: list[Event] = []
    board = powered(seen)
    board.advance(1.0)
    board.take()
    board.mute(silent=True)
    board.put(b"!")
    board.advance(2.0)
    assert board.take() == b""
    assert "stop-byte" in [event.kind for event in seen]

    board.mute(silent=False)
    board.put(b"!")
    board.advance(3.0)
    assert board.take().startswith(b"@")


def test_an_axis_that_is_not_there_is_named() -> None:
    """With those that are."""
    board = powered()
    with pytest.raises(KeyError, match=r"no axis 'z'; this board has 'ab'"):
        board.shaft_position_rev("z")
    with pytest.raises(KeyError, match=r"no axis 'z'; this board has 'ab'"):
        board.jam_shaft("z", jammed=True)
    with pytest.raises(KeyError, match=r"no axis 'z'; this board has 'ab'"):
        board.break_encoder("z")
    board.close()
    board.close()
