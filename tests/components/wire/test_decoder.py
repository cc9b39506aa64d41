"""Whatever the bytes, the decoders neither raise nor believe what is not sealed."""

import itertools
from functools import reduce
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators import wire

_SAMPLES: Final = 120  # a property; some seconds for all of them together
_INT32: Final = st.integers(-(2**31), 2**31 - 1)


@st.composite
def _commands(
    draw: st.DrawFn, verbs: frozenset[wire.Verb] | None = None
) -> wire.Command:
    verb = draw(st.sampled_from(sorted(verbs or wire.Verb)))
    signature = wire.SIGNATURES[verb]
    most = 2**31 if len(signature) < 6 else 9_999  # as many as fit a frame
    args = [
        draw(st.sampled_from(wire.AXES))
        if argument.form is None
        else draw(
            st.integers(
                max(argument.form.start, -most), min(argument.form.stop - 1, most)
            )
        )
        for argument in signature
    ]
    return wire.Command(draw(st.integers(0, 255)), verb, tuple(args))


_fields: Final = st.lists(st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True), max_size=6)
_numbers: Final = st.integers(0, 255)
_messages: Final = st.one_of(
    st.builds(wire.Reply, _numbers, _fields.map(tuple)),
    st.builds(wire.Refusal, _numbers, st.sampled_from(wire.ErrorCode)),
    st.builds(
        wire.Event, _numbers, st.sampled_from(wire.BoardEvent), _fields.map(tuple)
    ),
    st.builds(wire.Comment, st.from_regex(r"[!-~][ -~]{0,80}", fullmatch=True)),
)
_host_noise: Final = st.one_of(
    st.binary(max_size=80),
    st.text(":!?ABHZ \r\n*-09az", max_size=80).map(str.encode),
    _commands().map(wire.encode_command),
)
_board_noise: Final = st.one_of(
    st.binary(max_size=300),
    st.text("=-@#* \r\n09az", max_size=80).map(str.encode),
    _messages.map(wire.encode_message),
)


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(ends)]


_streams: Final = st.lists(_host_noise, max_size=8).map(b"".join)
_lines: Final = st.lists(_board_noise, max_size=8).map(b"".join)
_places: Final = st.lists(st.integers(0, 600), max_size=12)


@settings(max_examples=_SAMPLES)
@given(_commands())
def test_commands_go_round(command: wire.Command) -> None:
    """Written and read, every command is itself, and fits a frame."""
    frame = wire.encode_command(command)

    assert len(frame) <= wire.MAX_FRAME_BYTES
    assert wire.BoardDecoder().feed(frame) == [
        wire.Received(command, frame, overtaken=False)
    ]


@settings(max_examples=_SAMPLES)
@given(
    st.sampled_from((b":7 li%bne 3 300 10 20 -30 800 4000", b":7 v%bia 3 1 2 3 400")),
    st.sampled_from((b"!", b"A", b"B", b"C", b"H")),
)
def test_any_stop_byte_overtakes_what_moves_every_axis(
    text: bytes, stop: bytes
) -> None:
    """A line is one motion of all axes: stopping one of them stops it."""
    crc = b"*%04x\n" % wire.crc16(text % b"")

    *_, received = wire.BoardDecoder("abc").feed(text % stop + crc)

    assert isinstance(received, wire.Received)
    assert received.overtaken


def test_a_command_too_long_for_a_frame_is_not_built() -> None:
    """The board would throw it away."""
    with pytest.raises(ValueError, match=r"^line: b':255 line .* is longer than a"):
        wire.line(255, 65_535, 2_000, (-(2**31),) * 3, 2**31 - 1, 2**31 - 1)


@settings(max_examples=_SAMPLES)
@given(_messages)
def test_messages_go_round(message: wire.Message) -> None:
    """Written and read, every message is itself."""
    assert wire.HostDecoder().feed(wire.encode_message(message)) == [message]


@settings(max_examples=_SAMPLES)
@given(_streams, _places)
def test_a_board_reads_the_same_however_it_is_cut(
    data: bytes, places: list[int]
) -> None:
    """Chunks are the operating system's business."""
    decoder = wire.BoardDecoder("ab")

    items = [item for chunk in _cut(data, places) for item in decoder.feed(chunk)]

    assert items == wire.BoardDecoder("ab").feed(data)


@settings(max_examples=_SAMPLES)
@given(_lines, _places)
def test_a_host_reads_the_same_however_it_is_cut(
    data: bytes, places: list[int]
) -> None:
    """Chunks are the operating system's business."""
    decoder = wire.HostDecoder()

    items = [item for chunk in _cut(data, places) for item in decoder.feed(chunk)]

    assert items == wire.HostDecoder().feed(data)


@settings(max_examples=_SAMPLES)
@given(_streams, _commands())
def test_a_frame_behind_garbage_is_received(
    garbage: bytes, command: wire.Command
) -> None:
    """Nothing that came before can swallow it."""
    frame = wire.encode_command(command)

    items = wire.BoardDecoder().feed(garbage + frame)

    assert items[-1] == wire.Received(command, frame, overtaken=False)


@settings(max_examples=_SAMPLES)
@given(_lines, _messages)
def test_a_line_behind_garbage_is_received(
    garbage: bytes, message: wire.Message
) -> None:
    """Nothing that came before its line can swallow it."""
    items = wire.HostDecoder().feed(garbage + b"\n" + wire.encode_message(message))

    assert items[-1] == message


@settings(max_examples=_SAMPLES)
@given(_streams)
def test_every_stop_byte_is_seen(data: bytes) -> None:
    """Amid whatever, as many as there are and in their order."""
    items = wire.BoardDecoder().feed(data)

    stops = [i.axis for i in items if isinstance(i, wire.StopByte)]
    letters = [chr(byte).lower() for byte in data if byte in b"!ABCDEFGH"]
    assert stops == [None if letter == "!" else letter for letter in letters]


def _bitwise_crc(data: bytes) -> int:
    """CRC-16/CCITT-FALSE as its definition has it."""

    def shift(crc: int, _: int) -> int:
        return (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF

    return reduce(lambda crc, b: reduce(shift, range(8), crc ^ b << 8), data, 0xFFFF)


@settings(max_examples=_SAMPLES)
@given(st.binary(max_size=64))
def test_the_checksum_is_that_of_its_definition(data: bytes) -> None:
    """Bit by bit, without a table."""
    assert wire.crc16(data) == _bitwise_crc(data)


@settings(max_examples=_SAMPLES)
@given(_streams)
def test_nothing_is_received_without_a_true_checksum(data: bytes) -> None:
    """Neither carried out nor refused by its SEQ."""
    for item in wire.BoardDecoder().feed(data):
        if isinstance(item, wire.Received) or (
            isinstance(item, wire.Rejected) and item.seq is not None
        ):
            body, _, check = item.raw[:-1].partition(b"*")
            assert check == b"%04x" % _bitwise_crc(body)


@settings(max_examples=_SAMPLES // 2)
@given(_commands(wire.MOTION_VERBS))
def test_one_flipped_bit_never_makes_a_motion(command: wire.Command) -> None:
    """Each bit of the frame in turn: no motion is left that would be carried out."""
    frame = wire.encode_command(command)
    for bit in range(8 * len(frame)):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        for item in wire.BoardDecoder().feed(bytes(flipped) + b"\n"):
            assert not isinstance(item, wire.Received) or item.overtaken


def test_a_bit_that_makes_cr_of_a_minus_does_not_turn_the_motor_round() -> None:
    """With this prefix the checksum does not see the ``-``: that CR must end it."""
    frame = wire.encode_command(wire.spin(50, "a", 670, 300, -500))
    unsigned = wire.encode_command(wire.spin(50, "a", 670, 300, 500))
    assert frame.replace(b"-", b"") == unsigned  # same checksum

    (item,) = wire.BoardDecoder().feed(frame.replace(b"-", b"\r"))

    assert item == wire.Rejected(
        wire.ErrorCode.BAD_FRAME, None, b":50 spin a 670 300 \r"
    )


def test_no_digit_can_vanish_unseen_by_the_checksum() -> None:
    """A flipped bit makes ``?`` of 7 and ``!`` of 1, which the decoder takes out."""
    for start in range(0x10000):
        head = start.to_bytes(2, "big")
        # Two bytes lead to each of the 65536 states of the checksum.
        assert wire.crc16(head) != wire.crc16(head + b"7")
        assert wire.crc16(head) != wire.crc16(head + b"1")


def test_buffers_are_bounded() -> None:
    """A megabyte without a line end leaves nothing behind."""
    board, host = wire.BoardDecoder(), wire.HostDecoder()

    (rejected,) = board.feed(b":" + b"0" * 1_000_000)
    (garbled,) = host.feed(b"=" + b"0" * 1_000_000)

    assert isinstance(rejected, wire.Rejected)
    assert len(rejected.raw) == wire.MAX_FRAME_BYTES
    assert not board.in_frame
    assert isinstance(garbled, wire.Garbled)
    assert len(garbled.raw) == wire.MAX_LINE_BYTES
    assert host.feed(b"the rest\r\n# well\r\n") == [wire.Comment("well")]


def test_in_frame_tells_whether_a_frame_is_open() -> None:
    """From ``:`` to what ends it."""
    decoder = wire.BoardDecoder()
    seen = []
    for byte in b"x:1A?\n":
        decoder.feed(bytes([byte]))
        seen.append(decoder.in_frame)

    assert seen == [False, True, True, True, True, False]


def test_where_power_is_shared_every_letter_stops_all_and_overtakes_all() -> None:
    """An axis that is absent is unknown to frames all the same."""
    decoder = wire.BoardDecoder("abc", shared_power=True)
    first, second = (
        wire.encode_command(wire.spin(1, "a", 1, 300, 100)),
        b":2 spin d 1 300 100",
    )
    stop, received = decoder.feed(first[:9] + b"B" + first[9:])
    assert stop == wire.StopByte(None)
    assert isinstance(received, wire.Received)
    assert received.overtaken
    (rejected,) = decoder.feed(second + b"*%04x\n" % wire.crc16(second))
    assert isinstance(rejected, wire.Rejected)
    assert rejected.code is wire.ErrorCode.UNKNOWN_AXIS
