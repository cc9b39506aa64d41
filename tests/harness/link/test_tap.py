"""The tap hands on every byte, and tells the truth about it."""

import os
import threading
import time
from pathlib import Path

import pytest
import serial

from arduino_actuators.wire import (
    Reply,
    encode_command,
    encode_message,
    move,
)
from deadstop.errors import BoardAbsentError, LinkFaultError, RigBusyError
from deadstop.link import Fact, Tap
from deadstop.trace import Event
from tests.harness.link.far_end import FarEnd, Record

MOVE = encode_command(move(17, "a", 42, 300, 3200, 8000))
ACK = encode_message(Reply(17, ("42", "3200")))
PATIENCE_S = 5.0


def test_bytes_pass_unchanged_both_ways(port: serial.Serial, far_end: FarEnd) -> None:
    """All 256 values, in order: nothing is echoed, translated or taken as control."""
    every = bytes(range(256))

    port.write(every)
    far_end.say(every)

    assert far_end.heard(256) == every
    assert port.read(256) == every


def test_each_chunk_is_told_as_hex_and_as_escaped_text(
    port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """What a hostile board sends cannot reach a terminal or a page as it is."""
    before_s = time.monotonic()
    port.write(b"!")
    far_end.say(b"\x1b[2J<b>\xff\n")

    tx, rx = record.wait("tx"), record.wait("rx")

    assert tx.data == {"hex": "21", "text": "!"}
    assert rx.data["hex"] == "1b5b324a3c623eff0a"
    assert rx.data["text"] == r"\x1b[2J<b>\xff\n"
    assert before_s <= tx.t_s <= time.monotonic()


def test_messages_are_told_behind_their_bytes(
    port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """With the stamp of the chunk that completed them."""
    port.write(MOVE + b"A")
    stop = record.wait("stop")
    far_end.say(ACK)
    ack = record.wait("ack")

    told = [event for event in record.events if event.kind != "opened"]
    assert [event.kind for event in told] == ["tx", "motion", "stop", "rx", "ack"]
    assert stop.t_s == told[0].t_s
    assert stop.data["axis"] == "a"
    assert ack.data["verb"] == "move"


def test_a_port_closed_and_opened_again_at_once_works(
    tap: Tap, far_end: FarEnd, record: Record
) -> None:
    """Raw mode outlives the close, and nothing is lost behind the reopening."""
    for count in range(1, 21):
        with serial.Serial(tap.path, 115_200, exclusive=True) as port:
            port.write(b"\n\r\x03%d" % count)
            assert far_end.heard(3 + len(str(count))) == b"\n\r\x03%d" % count
        record.wait("closed", count)

    assert len(record.all("opened")) == 20


def test_bytes_written_just_before_the_close_arrive(
    tap: Tap, far_end: FarEnd, record: Record
) -> None:
    """A component's last stop byte is not lost with its port."""
    with serial.Serial(tap.path, 115_200) as port:
        port.write(b"!")

    assert far_end.heard(1) == b"!"
    record.wait("closed")
    assert [e.kind for e in record.events] == ["opened", "tx", "stop", "closed"]


def test_a_port_opened_and_closed_within_a_moment_is_told(
    tap: Tap, record: Record
) -> None:
    """Such an open and close has crashed real machines: the trace must show it."""
    os.close(os.open(tap.path, os.O_RDWR | os.O_NOCTTY))

    closed = record.wait("closed")

    assert record.all("opened")[0].t_s <= closed.t_s


def test_opened_says_how_late_it_may_be(port: serial.Serial, record: Record) -> None:
    """A silent open is found by looking; its stamp is no truer than that."""
    assert port.is_open

    uncertain_ms = record.wait("opened").data["uncertain_ms"]

    assert isinstance(uncertain_ms, float)
    assert uncertain_ms >= 0.0


def test_what_the_board_says_to_a_closed_port_is_lost_and_told_so(
    tap: Tap, far_end: FarEnd, record: Record
) -> None:
    """As on a real port; it is no overflow either."""
    far_end.say(b"boot")
    rx = record.wait("rx")

    with serial.Serial(tap.path, 115_200, timeout=5) as port:
        record.wait("opened")
        far_end.say(b"now")
        assert port.read(3) == b"now"

    assert rx.data["lost_bytes"] == 4
    assert not record.all("overflow")


@pytest.mark.wall_clock
def test_an_idle_tap_does_not_spin(tap: Tap, record: Record) -> None:
    """With nobody there the hang-up is permanent; the processor must not notice."""
    with serial.Serial(tap.path):
        record.wait("opened")
    record.wait("closed")
    told_before, cpu_before_s = len(record.events), time.process_time()
    time.sleep(0.5)

    assert time.process_time() - cpu_before_s < 0.25
    assert len(record.events) == told_before


def test_a_component_that_does_not_read_cannot_hide_the_board(
    port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """Everything is told; what finds no room is lost from the end, and told too."""
    sent = b"".join(b"%07d\n" % number for number in range(20_000))

    far_end.say(sent)
    record.wait("overflow")
    deadline_s = time.monotonic() + PATIENCE_S
    while _passed(record) < len(sent) and time.monotonic() < deadline_s:
        time.sleep(0.01)

    port.timeout = 0.5
    got = port.read(len(sent))
    lost = sum(int(str(e.data["lost_bytes"])) for e in record.all("rx"))
    assert _passed(record) == len(sent)
    assert len(got) == len(sent) - lost
    assert sent.startswith(got[:65_536])


def _passed(record: Record) -> int:
    return sum(len(str(event.data["hex"])) // 2 for event in record.all("rx"))


def test_a_board_that_does_not_read_stalls_the_component_and_loses_nothing(
    tap: Tap, port: serial.Serial, far_end: FarEnd
) -> None:
    """As a plain link would: the bytes stay in the component's own port."""
    sent = b"".join(b"%07d\n" % number for number in range(20_000))
    writer = threading.Thread(target=port.write, args=(sent,))
    writer.start()
    writer.join(0.3)
    stalled = writer.is_alive()

    got = far_end.heard(len(sent))

    writer.join(PATIENCE_S)
    assert stalled
    assert got == sent
    tap.check()


def test_an_unplugged_board_unplugs_the_component(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """The component sees an error, not silence; the tap keeps the cause."""
    far_end.vanish()

    with pytest.raises(serial.SerialException):
        port.read(1)
    unplugged = record.wait("unplugged")

    assert unplugged.data["side"] == "board"
    with pytest.raises(LinkFaultError, match=r"^link to /dev/pts/\d+: "):
        tap.check()


def test_a_listener_that_raises_does_not_break_the_link(far_end: FarEnd) -> None:
    """A stop still gets through; `check` tells."""

    def broken(_: Event) -> None:
        raise ValueError("no room on the disk")

    with Tap(far_end.path, 115_200, broken) as tap, serial.Serial(tap.path) as port:
        port.write(MOVE)
        port.write(b"!")
        assert far_end.heard(len(MOVE) + 1) == MOVE + b"!"

    with pytest.raises(LinkFaultError, match=r"no room on the disk$"):
        tap.check()


def test_a_decoder_that_raises_does_not_break_the_link(far_end: FarEnd) -> None:
    """The decoder is a guest on the link, as the listener is."""

    class Broken:
        """Understands nothing."""

        def from_component(self, data: bytes) -> list[Fact]:
            raise ValueError(f"{data!r} is beyond me")

        from_board = from_component

    record = Record()
    with Tap(far_end.path, 115_200, record.hear, Broken) as tap:
        with serial.Serial(tap.path) as port:
            port.write(b"!")
            assert far_end.heard(1) == b"!"
        record.wait("closed")
        with pytest.raises(LinkFaultError, match=r"is beyond me$"):
            tap.check()


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_close_frees_everything_and_can_be_repeated(
    far_end: FarEnd, record: Record
) -> None:
    """Threads and descriptors, with the component's port still open."""
    descriptors = _descriptors()
    threads = threading.active_count()
    tap = Tap(far_end.path, 115_200, record.hear)
    tap.start()
    with serial.Serial(tap.path):
        tap.close()
        tap.close()

    assert _descriptors() == descriptors
    assert threading.active_count() == threads


def test_the_boards_port_is_taken_exclusively(
    tap: Tap, far_end: FarEnd, record: Record
) -> None:
    """Two taps on one board would each get half of the answers."""
    assert tap.path

    with pytest.raises(RigBusyError, match=r"^board port /dev/pts/\d+ is open els"):
        Tap(far_end.path, 115_200, record.hear).start()


def test_a_board_that_is_not_there_is_named(record: Record) -> None:
    """And a tap that never started can be closed."""
    tap = Tap("/dev/no-such-board", 115_200, record.hear)

    with pytest.raises(BoardAbsentError, match=r"^board port /dev/no-such-board"):
        tap.start()

    tap.close()
    with pytest.raises(RuntimeError, match=r"^a tap has a path only once"):
        _ = tap.path
