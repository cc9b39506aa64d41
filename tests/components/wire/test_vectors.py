"""The codec does what `firmware/vectors.json` says, however the bytes are cut."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest

from arduino_actuators.wire import (
    BoardDecoder,
    BoardEvent,
    BoardItem,
    ClockReading,
    Command,
    Comment,
    ErrorCode,
    Event,
    Garbled,
    HostDecoder,
    Message,
    QueryByte,
    Received,
    Refusal,
    Rejected,
    Reply,
    StopByte,
    Verb,
    WireError,
    crc16,
    encode_command,
    encode_message,
)
from tests.components.wire.make_vectors import VECTORS, render

_TEXT: Final = VECTORS.read_text(encoding="ascii")
_VECTORS: Final[dict[str, list[Any]]] = json.loads(_TEXT)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[i : i + 1] for i in range(len(data)))


def _named(section: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in _VECTORS[section]]


def _tell(items: Iterable[BoardItem]) -> Iterator[str]:
    for item in items:
        match item:
            case StopByte(axis):
                yield f"stop {axis or 'all'}"
            case QueryByte():
                yield "query"
            case Received(_, raw, overtaken):
                body = raw[1:].partition(b"*")[0].decode("ascii")
                yield f"{'overtaken' if overtaken else 'received'} {body}"
            case Rejected(code, None):
                yield f"reject {code}"
            case Rejected(code, seq):
                yield f"refuse {seq} {code}"


def _message(row: dict[str, Any]) -> Message:
    if row["kind"] == "comment":
        return Comment(row["text"])
    number, fields = row["number"], row["fields"]
    match row["kind"]:
        case "reply":
            return Reply(number, tuple(fields))
        case "refusal":
            return Refusal(number, ErrorCode(int(fields[0])))
        case _:
            return Event(number, BoardEvent(fields[0]), tuple(fields[1:]))


def test_the_file_is_what_its_script_writes() -> None:
    """`python -m tests.components.wire.make_vectors` brings it up to date."""
    assert render() == _TEXT


@pytest.mark.parametrize("row", _VECTORS["crc"])
def test_checksums(row: dict[str, str]) -> None:
    """Among them the check value that the catalogues of CRCs give."""
    assert f"{crc16(row['bytes'].encode('latin-1')):04x}" == row["crc"]


@pytest.mark.parametrize("row", _VECTORS["commands"], ids=lambda row: row["verb"])
def test_commands_are_written_and_read(row: dict[str, Any]) -> None:
    """Both directions, for each verb."""
    command = Command(row["seq"], Verb(row["verb"]), tuple(row["args"]))
    frame = row["frame"].encode("latin-1")

    assert encode_command(command) == frame
    assert BoardDecoder().feed(frame) == [Received(command, frame, overtaken=False)]


@pytest.mark.parametrize("row", _VECTORS["messages"], ids=lambda row: row["line"][:20])
def test_messages_are_written_and_read(row: dict[str, Any]) -> None:
    """Both directions, for each kind of line."""
    line = row["line"].encode("latin-1")

    assert encode_message(_message(row)) == line
    assert HostDecoder().feed(line) == [_message(row)]


@pytest.mark.parametrize("row", _VECTORS["clocks"], ids=lambda row: row["line"][:20])
def test_a_clock_is_written_and_read_or_not_believed(row: dict[str, Any]) -> None:
    """To a host that skips comments it is one more of them."""
    line = row["line"].encode("latin-1")
    (comment,) = HostDecoder().feed(line)
    assert isinstance(comment, Comment)

    if row["us"] is None:
        with pytest.raises(WireError, match=r"^clock '# at "):
            ClockReading.from_comment(comment)
    else:
        assert ClockReading.from_comment(comment) == ClockReading(row["us"])
        assert encode_message(ClockReading(row["us"]).comment) == line


def test_other_comments_are_no_clock() -> None:
    """Neither the state of an axis nor a remark."""
    for text in ("a idle 0 0 0 0 none 0", "", "atlas"):
        assert ClockReading.from_comment(Comment(text)) is None


@pytest.mark.parametrize("line", _VECTORS["garbled"])
def test_garbled_lines_are_not_believed(line: str) -> None:
    """What a host cannot trust, it gets as `Garbled`, whole and with a reason."""
    (item,) = HostDecoder().feed(line.encode("latin-1"))

    assert isinstance(item, Garbled)
    assert item.raw == line.encode("latin-1").rstrip(b"\r\n")
    assert item.why


@pytest.mark.parametrize("row", _named("streams"))
def test_streams_hold_their_items_however_they_are_cut(row: dict[str, Any]) -> None:
    """Whole, and byte by byte."""
    data = row["bytes"].encode("latin-1")
    bytewise = BoardDecoder(row["axes"])

    assert list(_tell(BoardDecoder(row["axes"]).feed(data))) == row["items"]
    singly = [item for piece in _pieces(data) for item in bytewise.feed(piece)]
    assert list(_tell(singly)) == row["items"]


@pytest.mark.parametrize("row", _named("conversations"))
def test_conversations_are_well_formed(row: dict[str, Any]) -> None:
    """Boards play them elsewhere; here every line must be one that a board can say."""
    decoder = BoardDecoder(row["axes"])
    for step in row["steps"]:
        items = decoder.feed(step["send"].encode("latin-1"))
        trusted = [
            item
            for item in items
            if isinstance(item, Received)
            or (isinstance(item, Rejected) and item.seq is not None)
        ]
        assert len(trusted) == len(step["answers"])
        for line in (*step["answers"], *(f"@0 {event}" for event in step["events"])):
            _read_back(line.replace("?", "0"))
    assert not decoder.in_frame


def _read_back(text: str) -> None:
    sealed = b"%b*%04x\r\n" % (text.encode("ascii"), crc16(text.encode("ascii")))
    (item,) = HostDecoder().feed(sealed)
    assert not isinstance(item, Garbled), item
