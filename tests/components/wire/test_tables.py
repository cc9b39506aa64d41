"""PROTOCOL.md and `table.py` tell the same story."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from arduino_actuators import wire

_TEXT: Final = (Path(__file__).parents[3] / "firmware" / "PROTOCOL.md").read_text(
    encoding="utf-8"
)


def _bare(cell: str) -> str:
    """Return *cell* without its backquotes, if it is one word in them."""
    return re.sub(r"^`([^`]+)`$", r"\1", cell)


def _table(*header: str) -> list[list[str]]:
    """Return the rows of the table whose header begins with *header*."""
    rows: list[list[str]] = []
    lines = iter(_TEXT.splitlines())
    for line in lines:
        if line.startswith(f"| {' | '.join(header)} |"):
            next(lines)  # the rule below it
            for row in lines:
                if not row.startswith("|"):
                    return rows
                rows.append([_bare(cell.strip()) for cell in row.split("|")[1:-1]])
    raise AssertionError(f"PROTOCOL.md has no table {header}")


def _values(members: Iterable[str]) -> list[str]:
    return [str(member) for member in members]


def test_verbs_and_their_arguments() -> None:
    """Names and order of the arguments, who needs a session, what moves."""
    rows = _table("verb", "arguments")

    assert [row[0] for row in rows] == _values(wire.Verb)
    for verb, arguments, _, session, moves in rows:
        names = [argument.name for argument in wire.SIGNATURES[wire.Verb(verb)]]
        assert arguments.split() == names
        assert (session == "yes") == (verb in wire.SESSION_VERBS)
        assert (moves == "yes") == (verb in wire.MOTION_VERBS)


def test_answers_have_the_fields_of_the_reports() -> None:
    """The order of the fields is the order of the attributes."""
    answers = {row[0]: row[2].split() for row in _table("verb", "arguments")}

    assert answers["hello"] == list(wire.Identity.__slots__)
    assert answers["limits"] == list(wire.Limits.__slots__)
    assert answers["state"] == list(wire.AxisReport.__slots__)
    assert answers["range"] == list(wire.PositionRange.__slots__)
    assert answers["line"] == answers["via"] == list(wire.LineProgress.__slots__)
    assert answers["stats"] == list(wire.Stats.__slots__)


def test_errors() -> None:
    """Code and name."""
    rows = [(int(row[0]), row[1]) for row in _table("code", "name")]

    assert rows == [(code.value, code.word) for code in wire.ErrorCode]


def test_events_and_their_fields() -> None:
    """What `AxisNotice` writes is what the table lists."""
    rows = {row[0]: row[1].split() for row in _table("event", "fields")}
    sample = {
        "axis": "a",
        "motion": "42",
        "position_counts": "-7",
        "cause": "lease",
        "category": "1",
        "code": "2",
        "name": "tracking",
    }

    assert list(rows) == _values(wire.BoardEvent)
    for event in set(wire.BoardEvent) - {wire.BoardEvent.BOOT, wire.BoardEvent.REJECT}:
        fields = tuple(sample[name] for name in rows[event])
        notice = wire.AxisNotice.from_event(wire.Event(0, event, fields))
        assert notice.fields == fields
    assert rows["boot"] == list(wire.BootNotice.__slots__)
    assert rows["reject"] == ["code", "name"]


def test_causes() -> None:
    """Why a motion ended, and why the board was reset."""
    (ended,) = re.findall(r"^Causes: (.*)$", _TEXT, re.MULTILINE)
    (reset,) = (row[2] for row in _table("event", "fields") if row[0] == "boot")

    assert re.findall(r"`(\w+)`", ended) == _values(wire.Cause)
    assert re.findall(r"`(\w+)`", reset) == _values(wire.BootCause)


def test_faults() -> None:
    """Code and word."""
    (line,) = re.findall(r"^Faults: (.*)$", _TEXT, re.MULTILINE)

    found = [(int(code), word) for code, word in re.findall(r"(\d) `(\w+)`", line)]
    assert found == [(fault.value, fault.word) for fault in wire.FaultCode]


def test_stop_categories() -> None:
    """The three of IEC 60204-1."""
    rows = [int(row[0]) for row in _table("category", "does")]

    assert rows == list(wire.StopCategory)


def test_states_and_transitions() -> None:
    """The one table of the state machine."""
    rows = [tuple(row) for row in _table("from", "on", "to")]

    assert [row[0] for row in _table("state", "means")] == _values(wire.AxisState)
    assert rows == [(at, on, to) for (at, on), to in wire.TRANSITIONS.items()]


def test_every_pair_is_a_row_or_an_error_that_names_the_rows() -> None:
    """`next_state` knows no third way."""
    for state in wire.AxisState:
        for event in wire.AxisEvent:
            if (state, event) in wire.TRANSITIONS:
                assert wire.next_state(state, event) is wire.TRANSITIONS[state, event]
            else:
                with pytest.raises(
                    wire.IllegalTransitionError,
                    match=rf"^{event} is illegal in state {state}; legal here: \w+",
                ):
                    wire.next_state(state, event)


def test_figures() -> None:
    """Version, line, sizes, motion numbers and lease, where the text names them."""
    assert f"# The board protocol, version {wire.PROTOCOL_VERSION}\n" in _TEXT
    assert f"{wire.DEFAULT_BAUD:,} baud" in _TEXT
    assert f"at most **{wire.MAX_FRAME_BYTES} bytes**" in _TEXT
    assert f"from the board is at most {wire.MAX_LINE_BYTES} bytes" in _TEXT
    assert f"Every motion carries a number, 1 to {wire.MAX_MOTION}," in _TEXT
    assert f"its lease, {wire.MIN_LEASE_MS} to {wire.MAX_LEASE_MS} ms" in _TEXT
    assert f"for {wire.STANDSTILL_MS} ms." in _TEXT
    assert f"room for {wire.MAX_LINES} lines" in _TEXT
    assert f"by more than {wire.JUMP_CPS} counts/s at once" in _TEXT


def test_bytes_that_act_at_once() -> None:
    """One letter an axis, in upper case."""
    rows = _table("byte", "effect")

    assert rows[0][0].encode() == wire.STOP_ALL
    assert rows[1][0] == "`A` ... `H`"
    assert [wire.stop_byte(axis) for axis in wire.AXES] == [
        bytes([b]) for b in b"ABCDEFGH"
    ]
    assert rows[2][0].encode() == wire.QUERY


@pytest.mark.parametrize("axis", ["", "A", "i", "ab", "!"])
def test_only_an_axis_has_a_stop_byte(axis: str) -> None:
    """Whatever else is asked for is named."""
    with pytest.raises(ValueError, match=rf"^no axis '{axis}'"):
        wire.stop_byte(axis)


@pytest.mark.parametrize(
    ("new", "last", "newer"),
    [
        (1, 0, True),
        (32_767, 0, True),
        (32_768, 0, False),
        (42, 42, False),
        (41, 42, False),
        (1, 65_535, True),
        (65_535, 1, False),
        (65_535, 32_768, True),
    ],
)
def test_motion_numbers_go_round(new: int, last: int, newer: bool) -> None:
    """Newer means at most half a turn ahead."""
    assert wire.is_newer(new, last) is newer


def test_the_next_motion_is_always_newer_and_never_0() -> None:
    """All of them."""
    for motion in range(wire.MAX_MOTION + 1):
        following = wire.next_motion(motion)
        assert 1 <= following <= wire.MAX_MOTION
        assert wire.is_newer(following, motion)
