"""What a rig says of bytes is what the judge makes of them, however they are cut."""

from binascii import crc_hqx
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadstop.examples.roboclaw import packet
from deadstop.examples.tic import write_32
from deadstop.link import Fact, LinkDecoder, LinkKind
from deadstop.link.checksums import CHECKSUMS
from deadstop.link.maker import decoder_maker
from deadstop.rig import load_rig
from deadstop.rig.link import LinesLinkConfig, PacketsLinkConfig

STOP, DRIVE, KEEP = LinkKind.STOP, LinkKind.MOTION, LinkKind.KEEP
QUERY, OTHER, GARBLED = LinkKind.QUERY, LinkKind.SETTING, LinkKind.GARBLED
# Pieces of each protocol, and what is none; an example is a few of them, cut anywhere.
PIECES = {
    "grbl": [
        b"$J=G91 X1 F9\n", b"g1x1y2\r\n", b"!", b"?", b"\x18", b"$$\n", b"G92 X0\n"
    ],
    "roboclaw": [
        packet(0, ">B", 0),
        packet(0, ">B", 9),
        packet(35, ">i", 0),
        packet(36, ">i", -7),
        packet(41, ">iIB", 5, 6, 1),
        b"\x80\x2f",
        b"\x80\x00\x00\x01\x02",
        b"\x80\x23",
    ],
    "tic": [
        b"\x89",
        write_32(0xE0, -3),
        write_32(0xE6, 9),
        b"\x8c",
        b"\xa1\x22\x04",
        b"\xaa\x0e\x09",
        b"\x09",
        b"\xe0\x01",
    ],
}  # fmt: skip


def decoder(rig: str) -> LinkDecoder:
    """Return a decoder as the built-in *rig* describes it."""
    return decoder_maker(load_rig(rig).link)()


def facts(rig: str, data: bytes) -> list[tuple[LinkKind, object]]:
    """Return kind and axis of what *data* of a component means on *rig*."""
    told = decoder(rig).from_component(data)
    return [(fact.kind, fact.data.get("axis")) for fact in told]


@pytest.mark.parametrize("rig", list(PIECES))
@given(data=st.data())
def test_the_facts_do_not_depend_on_how_the_bytes_come(
    rig: str, data: st.DataObject
) -> None:
    """Nor does any byte, from either side, raise anything."""
    pieces = st.sampled_from(PIECES[rig]) | st.binary(max_size=6)
    sent = b"".join(data.draw(st.lists(pieces, max_size=8)))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=5)))
    ends = [0, *cuts, len(sent)]
    whole, cut = decoder(rig), decoder(rig)

    expected: list[Fact] = [*whole.from_component(sent), *whole.from_board(sent)]
    there: list[Fact] = []
    back: list[Fact] = []
    for begin, end in pairwise(ends):
        there += cut.from_component(sent[begin:end])
        back += cut.from_board(sent[begin:end])

    assert [*there, *back] == expected


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (b"$J=G91 X1 F9\n", [(DRIVE, "a")]),
        (b"g1x1y-2\r\n", [(DRIVE, "a"), (DRIVE, "b")]),
        (b"$H\n", [(DRIVE, "*")]),
        (b"G92 X0\n", []),
        (b"$110=500\n", []),
        (b"$J=G9!1 X1\n", [(STOP, "*"), (DRIVE, "a")]),
        (b"\x18?~", [(STOP, "*"), (QUERY, "*"), (DRIVE, "*")]),
        (b"X" * 300 + b"\n!", [(GARBLED, None), (STOP, "*")]),
        (b"$J=X1", []),
    ],
)
def test_a_line_of_g_code_has_its_meaning(
    line: bytes, meant: list[tuple[LinkKind, object]]
) -> None:
    """A byte that acts at once does so also in the midst of a line."""
    assert facts("grbl", line) == meant


def test_the_axis_may_stand_in_the_line() -> None:
    """In either case of the letter; one that no board has is nobody's."""
    config = LinesLinkConfig(
        decoder="lines",
        drive="go (?P<axis>\\w) \\d+",
        stop=["stop", "halt (?P<axis>\\w)"],
        ack="ok|done (?P<axis>\\w)",
    )
    made = decoder_maker(config)()

    told = made.from_component(b"go B 5\nstop\nhalt a\nhalt q\ngo a\nstop now\n")
    assert [(fact.kind, fact.data["axis"]) for fact in told] == [
        (DRIVE, "b"), (STOP, "*"), (STOP, "a"), (STOP, "q"),
    ]  # fmt: skip
    answers = made.from_board(b"done b\r\nok\nbusy\n")
    assert [(fact.kind, fact.data["axis"]) for fact in answers] == [
        (LinkKind.ACK, "b"), (LinkKind.ACK, "*"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (packet(32, ">h", 0), [(STOP, "a")]),
        (packet(33, ">h", 0), [(STOP, "b")]),
        (packet(34, ">hh", 0, 0), [(STOP, "*")]),
        (packet(34, ">hh", 0, 5), [(DRIVE, "*")]),
        (packet(41, ">iIB", 5, 6, 1), [(DRIVE, "a")]),
        (b"\x80\x2f", [(QUERY, "*")]),
        (packet(32, ">h", 0)[:-1] + b"\x00", [(GARBLED, None)]),
        (b"\x01\x02" + packet(0, ">B", 0), [(GARBLED, None), (STOP, "a")]),
        # A stop that hangs on to half a frame is swallowed, as the board does it.
        (packet(41, ">iIB", 5, 6, 1)[:7] + packet(32, ">h", 0), [(GARBLED, None)]),
    ],
)
def test_a_packet_of_a_roboclaw_has_its_meaning(
    sent: bytes, meant: list[tuple[LinkKind, object]]
) -> None:
    """What is special, such as a speed of 0, goes before what is general."""
    assert facts("roboclaw", sent) == meant


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b"\x89", [(STOP, "*")]),
        (b"\xaa\x0e\x09", [(STOP, "*")]),
        (write_32(0xE0, 70_000), [(DRIVE, "*")]),
        (b"\xaa\x0e" + bytes([0x60]) + write_32(0, 5)[1:], [(DRIVE, "*")]),
        (b"\x8c\xa1\x22\x04", [(KEEP, "*"), (QUERY, "*")]),
        (write_32(0xE6, 5), [(OTHER, "*")]),
        (b"\xe0\x01\x89", [(GARBLED, None), (STOP, "*")]),
        (b"\x09", []),
    ],
)
def test_a_command_of_a_tic_has_its_meaning(
    sent: bytes, meant: list[tuple[LinkKind, object]]
) -> None:
    """A byte with its top bit set breaks off what was begun."""
    assert facts("tic", sent) == meant


def test_a_frame_may_tell_its_length_and_its_axis() -> None:
    """A header, a number, a length, a command, a sum over all of it."""
    config = PacketsLinkConfig.model_validate(
        {
            "decoder": "packets",
            "checksum": "sum8",
            "answers_checksum": True,
            "axes": {"01": "a", "02": "b"},
            "frames": [
                {"means": "stop", "begins": "ff ff ?? ?? 00", "length_byte": 3,
                 "length_adds_bytes": 4, "axis_byte": 2},
                {"means": "drive", "begins": "ff ff", "length_byte": 3,
                 "length_adds_bytes": 4, "axis_byte": 2},
            ],
            "answers": [{"means": "ack", "begins": "fe", "size_bytes": 2}],
        },
    )  # fmt: skip
    made = decoder_maker(config)()

    def framed(*body: int) -> bytes:
        data = bytes([0xFF, 0xFF, *body])
        return data + CHECKSUMS["sum8"](data)

    sent = framed(2, 3, 7, 8) + framed(1, 2, 0) + framed(9, 2, 0)
    told = made.from_component(sent)
    assert [(fact.kind, fact.data["axis"]) for fact in told] == [
        (DRIVE, "b"), (STOP, "a"), (STOP, "09"),
    ]  # fmt: skip
    assert [fact.kind for fact in made.from_board(b"\x00\xfe\xfe")] == [
        GARBLED, LinkKind.ACK,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        # The check values of the catalogues, of "123456789"; Pololu's own example.
        ("crc16-ccitt", b"\x31\xc3"),
        ("crc16-modbus", b"\x37\x4b"),
        ("xor", b"\x31"),
        ("sum8", b"\xdd"),
        ("none", b""),
    ],
)
def test_a_checksum_is_the_one_of_its_name(kind: str, check: bytes) -> None:
    """Bytes in the order of the wire."""
    assert CHECKSUMS[kind](b"123456789") == check


def test_the_crc7_is_that_of_its_guide() -> None:
    """Of the commands 0x83, 0x01 Pololu's guides say 0x17."""
    assert CHECKSUMS["crc7"](b"\x83\x01") == b"\x17"
    assert CHECKSUMS["crc16-ccitt"](b"\x80\x00\x00") == crc_hqx(
        b"\x80\x00\x00", 0
    ).to_bytes(2, "big")
