"""Bytes cross the line one after the other, each in its own time."""

import pytest

from deadstop.boards.loopback.wires import Wire

BYTE_S = 10 / 115_200


def drained(wire: Wire) -> list[tuple[float, bytes]]:
    """Take all that is on the way."""
    return [wire.take() for _ in range(len(wire))]


def test_a_byte_is_across_one_byte_time_after_it_was_offered() -> None:
    """Ten bits: start, eight of data, stop."""
    wire = Wire(115_200)
    wire.put(1.0, b"x")
    assert wire.next_s == pytest.approx(1.0 + BYTE_S)
    assert wire.take() == (1.0 + BYTE_S, b"x")


def test_bytes_offered_together_follow_each_other() -> None:
    """Each waits for the one before."""
    wire = Wire(115_200)
    wire.put(1.0, b"ab")
    wire.put(1.0 + BYTE_S / 2, b"c")
    stamps_s = [t_s for t_s, _ in drained(wire)]
    assert stamps_s == pytest.approx([1.0 + n * BYTE_S for n in (1, 2, 3)])


def test_an_idle_line_begins_anew() -> None:
    """Its past does not matter."""
    wire = Wire(115_200)
    wire.put(1.0, b"a")
    wire.put(2.0, b"b")
    assert drained(wire)[1][0] == pytest.approx(2.0 + BYTE_S)


def test_a_cut_line_carries_nothing() -> None:
    """What was on the way is lost."""
    wire = Wire(9600)
    wire.put(1.0, b"abc")
    wire.cut()
    assert (len(wire), wire.next_s) == (0, float("inf"))
