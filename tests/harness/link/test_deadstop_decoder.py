"""What bytes of the board protocol mean to the judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arduino_actuators.wire import (
    BoardEvent,
    Command,
    Comment,
    ErrorCode,
    Event,
    Message,
    Refusal,
    Reply,
    StopCategory,
    Verb,
    clear,
    encode_command,
    encode_message,
    goto,
    halt,
    hello,
    home,
    keep,
    limits,
    line,
    move,
    position_range,
    power,
    spin,
    state,
    stats,
    stop,
    via,
    zero,
)
from deadstop.link import DeadstopDecoder, Fact, LinkKind
from deadstop.trace import Scalar

RAMP = StopCategory.RAMP_THEN_REMOVE
MEANINGS = [
    (hello(1), LinkKind.SESSION, None, None),
    (limits(2, "a"), LinkKind.QUERY, "a", None),
    (state(3, "b"), LinkKind.QUERY, "b", None),
    (stats(4), LinkKind.QUERY, None, None),
    (move(5, "a", 7, 300, -10, 20), LinkKind.MOTION, "a", 7),
    (goto(6, "b", 8, 300, 10, 20), LinkKind.MOTION, "b", 8),
    (spin(7, "a", 9, 300, -20), LinkKind.MOTION, "a", 9),
    (power(8, "a", 10, 300, 500), LinkKind.MOTION, "a", 10),
    (keep(9, "a", 7), LinkKind.KEEP, "a", 7),
    (stop(10, "a", 7, RAMP), LinkKind.STOP, "a", 7),
    (halt(11, RAMP), LinkKind.STOP, "*", None),
    (zero(12, "a", 0), LinkKind.SETTING, "a", None),
    (clear(13, "a"), LinkKind.SETTING, "a", None),
    (line(14, 7, 300, (1, 2, 3), 20, 30), LinkKind.MOTION, "*", 7),
    (via(15, 7, (1, 2, 3), 20), LinkKind.MOTION, "*", 7),
    (home(16, "c", 7, 300, 20), LinkKind.MOTION, "c", 7),
    (position_range(17, "c"), LinkKind.QUERY, "c", None),
]
CNC = encode_message(Reply(1, ("1", "cnc-shield", "build", "3", "64")))


def sent(data: bytes) -> list[Fact]:
    """Decode *data* of a component."""
    return DeadstopDecoder().from_component(data)


def told(message: Message) -> list[Fact]:
    """Decode *message* of a board."""
    return DeadstopDecoder().from_board(encode_message(message))


@pytest.mark.parametrize(
    ("command", "kind", "axis", "motion"),
    MEANINGS,
    ids=lambda value: value.verb.value if isinstance(value, Command) else None,
)
def test_every_verb_has_a_meaning(
    command: Command, kind: LinkKind, axis: str | None, motion: int | None
) -> None:
    """None is unknown, and each says how long its frame is on the wire."""
    frame = encode_command(command)

    (fact,) = sent(frame)

    assert fact.kind is kind
    assert fact.data["verb"] == command.verb
    assert fact.data["axis"] == axis
    assert fact.data["motion"] == motion
    assert fact.data["seq"] == command.seq
    assert fact.data["frame_bytes"] == len(frame)


def test_the_table_of_meanings_covers_every_verb() -> None:
    """A verb that is added to the protocol must be given a meaning."""
    assert {command.verb for command, *_ in MEANINGS} == set(Verb)


@pytest.mark.parametrize(("byte", "axis"), [(b"!", "*"), (b"A", "a"), (b"H", "h")])
def test_a_stop_byte_stops_amid_a_frame(byte: bytes, axis: str) -> None:
    """It is told at its chunk, and marks the motion that it overtakes."""
    decoder = DeadstopDecoder()
    frame = encode_command(move(5, "a", 7, 300, 10, 20))

    decoder.from_component(frame[:9])
    (stopped,) = decoder.from_component(byte)
    (moved,) = decoder.from_component(frame[9:])

    assert stopped == Fact(
        LinkKind.STOP,
        {
            "axis": axis,
            "how": "byte",
            "motion": None,
            "category": 0,
            "frame_bytes": 1,
        },
    )
    assert moved.data["overtaken"] is (axis in ("a", "*"))


def test_a_motion_written_in_pieces_is_told_to_begin_once() -> None:
    """At the first byte at which its verb is certain."""
    decoder = DeadstopDecoder()
    frame = encode_command(move(5, "a", 7, 300, 10, 20))

    facts = [
        (at, fact.kind)
        for at in range(len(frame))
        for fact in decoder.from_component(frame[at : at + 1])
    ]

    begun_at = frame.index(b" a")
    end_at = len(frame) - 1
    assert facts == [(begun_at, LinkKind.MOTION_BEGUN), (end_at, LinkKind.MOTION)]


def test_a_motion_that_is_begun_anew_is_told_anew() -> None:
    """Half a frame is dropped by the next, in whatever chunks they come."""
    decoder = DeadstopDecoder()

    first = decoder.from_component(b":5 move a")
    second = decoder.from_component(b" 7:6 spin !b")

    assert first == [Fact(LinkKind.MOTION_BEGUN, {"verb": "move"})]
    assert [fact.kind for fact in second] == [
        LinkKind.GARBLED,
        LinkKind.STOP,
        LinkKind.MOTION_BEGUN,
    ]
    assert second[-1].data == {"verb": "spin"}


def test_half_a_frame_that_moves_nothing_begins_no_motion() -> None:
    """A stop, or a verb that may still become another."""
    assert sent(b":5 stop a 7") == []
    assert sent(b":5 move") == []


def test_a_frame_that_the_board_will_throw_away_is_garbled() -> None:
    """It has moved nothing and stopped nothing, whatever it looks like."""
    (fact,) = sent(b":10 stop a 7 0*0000\n")

    assert fact.kind is LinkKind.GARBLED
    assert fact.data["direction"] == "tx"
    assert fact.data["why"] == "bad-checksum"


def test_answers_name_the_command_they_answer() -> None:
    """So that a judge can wait for the acknowledgement of a motion."""
    decoder = DeadstopDecoder()
    decoder.from_component(encode_command(move(5, "a", 7, 300, 10, 20)))
    decoder.from_component(encode_command(keep(6, "a", 7)))

    facts = decoder.from_board(
        encode_message(Reply(5, ("7", "10")))
        + encode_message(Refusal(6, ErrorCode.NOT_RUNNING))
        + encode_message(Reply(77))
    )

    assert [fact.kind for fact in facts] == [
        LinkKind.ACK,
        LinkKind.REFUSED,
        LinkKind.ACK,
    ]
    assert [dict(fact.data) for fact in facts] == [
        {"seq": 5, "verb": "move", "axis": "a", "motion": 7, "fields": "7 10"},
        {
            "seq": 6,
            "verb": "keep",
            "axis": "a",
            "motion": 7,
            "code": 13,
            "name": "not-running",
        },
        {"seq": 77, "verb": None, "axis": None, "motion": None, "fields": ""},
    ]


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        (
            BoardEvent.ARRIVED,
            ("a", "42", "3200"),
            {"axis": "a", "motion": 42, "cause": None, "position_counts": 3200},
        ),
        (
            BoardEvent.STOPPING,
            ("a", "42", "byte", "0", "-5"),
            {
                "axis": "a",
                "motion": 42,
                "cause": "byte",
                "position_counts": -5,
                "category": 0,
            },
        ),
        (
            BoardEvent.FAULT,
            ("a", "42", "1", "stall", "7"),
            {
                "axis": "a",
                "motion": 42,
                "cause": None,
                "position_counts": 7,
                "code": 1,
                "name": "stall",
            },
        ),
        (
            BoardEvent.BOOT,
            ("watchdog", "b1"),
            {"axis": None, "motion": None, "cause": "watchdog", "build": "b1"},
        ),
        (
            BoardEvent.REJECT,
            ("2", "bad-checksum"),
            {
                "axis": None,
                "motion": None,
                "cause": None,
                "code": 2,
                "name": "bad-checksum",
            },
        ),
    ],
)
def test_a_boards_events_are_told_with_their_facts(
    event: BoardEvent, fields: tuple[str, ...], expected: dict[str, Scalar]
) -> None:
    """Axis, motion and cause are always there, empty where they do not apply."""
    (fact,) = told(Event(9, event, fields))

    assert fact.kind is LinkKind.BOARD_EVENT
    assert fact.data == {"event": event.value, "number": 9} | expected


def test_an_event_with_wrong_fields_is_garbled() -> None:
    """A checksum that holds does not make it true."""
    (fact,) = told(Event(9, BoardEvent.ARRIVED, ("a", "many", "3200")))

    assert fact.kind is LinkKind.GARBLED
    assert fact.data["direction"] == "rx"


def test_comments_are_for_people() -> None:
    """They mean nothing to the judge, whatever they say."""
    assert told(Comment("a moving 42")) == []


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_garbage_never_raises_and_never_leaves_printable_ascii(
    chunks: list[bytes],
) -> None:
    """Either way, in any chunks; texts on the trace are safe to print."""
    decoder = DeadstopDecoder()

    for chunk in chunks:
        for fact in (*decoder.from_component(chunk), *decoder.from_board(chunk)):
            for value in fact.data.values():
                text = str(value)
                assert text.isascii()
                assert text.isprintable()


def test_a_piece_of_a_line_has_the_lines_lease() -> None:
    """It names none itself."""
    decoder = DeadstopDecoder()
    decoder.from_component(encode_command(line(1, 7, 250, (1, 2, 3), 20, 30)))
    (fact,) = decoder.from_component(encode_command(via(2, 7, (4, 5, 6), 20)))

    assert fact.data["lease_ms"] == 250
    assert fact.data["overtaken"] is False


@pytest.mark.parametrize("command", [stop(2, "b", 7, RAMP), keep(2, "b", 7)])
def test_what_names_a_line_by_one_axis_means_all(command: Command) -> None:
    """It is one motion."""
    decoder = DeadstopDecoder()
    decoder.from_component(encode_command(line(1, 7, 250, (1, 2, 3), 20, 30)))
    (fact,) = decoder.from_component(encode_command(command))

    assert (fact.data["axis"], fact.data["motion"]) == ("*", 7)


def test_a_number_that_another_motion_has_taken_is_no_lines_any_more() -> None:
    """A board that was reset counts anew."""
    decoder = DeadstopDecoder()
    decoder.from_component(encode_command(line(1, 7, 250, (1, 2, 3), 20, 30)))
    decoder.from_component(encode_command(move(2, "b", 7, 300, 10, 20)))
    (fact,) = decoder.from_component(encode_command(stop(3, "b", 7, RAMP)))

    assert fact.data["axis"] == "b"


def test_on_a_board_with_shared_power_category_0_stops_every_axis() -> None:
    """A ramp does not; and who the board is, it says in answer to `hello`."""
    decoder = DeadstopDecoder()
    decoder.from_component(encode_command(hello(1)))
    (ack,) = decoder.from_board(CNC)
    assert ack.data["shared_power"] is True

    (byte,) = decoder.from_component(b"B")
    (cut,) = decoder.from_component(
        encode_command(stop(2, "b", 7, StopCategory.REMOVE_POWER))
    )
    (ramp,) = decoder.from_component(encode_command(stop(3, "b", 7, RAMP)))
    assert [fact.data["axis"] for fact in (byte, cut, ramp)] == ["*", "*", "b"]


def test_a_via_is_a_beginning_of_motion_as_soon_as_it_can_be_read() -> None:
    """A trigger that strikes amid a frame may meet one."""
    frame = encode_command(via(2, 7, (4, 5, 6), 20))
    (fact,) = DeadstopDecoder().from_component(frame[:9])

    assert fact == Fact(LinkKind.MOTION_BEGUN, {"verb": "via"})
