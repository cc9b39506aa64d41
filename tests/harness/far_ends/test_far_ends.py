"""The simulated far ends do what their protocols' descriptions say; time is given."""

import struct
import subprocess
import sys

import pytest

from deadstop.examples.roboclaw import crc16, packet
from deadstop.examples.tic import write_32
from deadstop.far_ends.grbl import Grbl
from deadstop.far_ends.roboclaw import Roboclaw
from deadstop.far_ends.shaft import Shaft
from deadstop.far_ends.tic import Tic

POSITION = b"\xa1\x22\x04"  # of a Tic


def counts_of(answer: bytes) -> int:
    """Return a RoboClaw's answer to the question for encoder 1, its CRC seen to."""
    assert crc16(b"\x80\x10" + answer[:-2]) == answer[-2:]
    counts: int = struct.unpack(">iB", answer[:-2])[0]
    return counts


def steps_of(answer: bytes) -> int:
    """Return a Tic's answer to the question for its position."""
    return int.from_bytes(answer, "little", signed=True)


def test_a_shaft_goes_its_ways_one_behind_the_other() -> None:
    """And stops where it is."""
    shaft = Shaft()
    shaft.go(1.0, 10, 5)
    shaft.go(1.5, -4, 4)

    assert [shaft.position(t_s) for t_s in (1.0, 2.0, 3.0, 3.5)] == [0, 5, 10, 8]
    shaft.stop(3.5)
    assert (shaft.position(9.0), shaft.speed(9.0)) == (8, 0)


def test_a_jog_of_grbl_ends_at_its_target_or_at_once() -> None:
    """A feed hold keeps the position, and wants no unlocking."""
    grbl = Grbl()

    assert grbl.feed(b"$J=G91 G21 X8 F480\n", 10.0) == b"ok\r\n"
    assert grbl.feed(b"?", 10.5) == b"<Jog|MPos:4.000,0.000,0.000|FS:480,0>\r\n"
    assert grbl.feed(b"!", 10.75) == b""
    assert grbl.feed(b"?", 12.0) == b"<Idle|MPos:6.000,0.000,0.000|FS:0,0>\r\n"
    assert grbl.feed(b"$j=x0 y3 f600\n?", 13.0).startswith(b"ok\r\n<Jog|")
    assert grbl.feed(b"?", 20.0) == b"<Idle|MPos:0.000,3.000,0.000|FS:0,0>\r\n"


def test_a_reset_of_grbl_in_motion_is_an_alarm_until_it_is_unlocked() -> None:
    """The position may be lost then."""
    grbl = Grbl()
    grbl.feed(b"$J=X8 F480\n", 10.0)

    assert grbl.feed(b"\x18", 10.5).startswith(b"ALARM:3\r\n\r\nGrbl ")
    assert b"<Alarm|MPos:4.000," in grbl.feed(b"?", 11.0)
    assert (
        grbl.feed(b"$J=X8 F480\n$X\n$J=X4 F480\n", 11.0) == b"error:9\r\nok\r\nok\r\n"
    )


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"\n", b"ok\r\n"),
        (b"M3\n", b"error:20\r\n"),
        (b"$J=X\n", b"error:2\r\n"),
        (b"$J=G2 X1 F1\n", b"error:16\r\n"),
        (b"$J=X1\n", b"error:22\r\n"),
        (b"$J=X" + b"1" * 99 + b"F1\n", b"error:11\r\n"),
    ],
)
def test_grbl_says_what_is_wrong_with_a_line(line: bytes, answer: bytes) -> None:
    """By the number of its pages."""
    assert Grbl().feed(line, 0.0) == answer


def test_a_roboclaw_counts_a_distance_and_stops_at_no_duty() -> None:
    """A distance is done when its buffer is empty."""
    claw = Roboclaw()

    assert claw.feed(packet(41, ">iIB", -100, 50, 1), 10.0) == b"\xff"
    assert counts_of(claw.feed(b"\x80\x10", 10.2)) == -20
    assert claw.feed(b"\x80\x2f", 10.2)[:2] == b"\x00\x80"
    assert claw.feed(packet(32, ">h", 0), 10.3) == b"\xff"
    assert claw.feed(b"\x80\x2f", 10.3)[:2] == b"\x80\x80"
    assert counts_of(claw.feed(b"\x80\x10", 11.0)) == -30


def test_a_roboclaw_drops_a_packet_with_a_wrong_crc_and_what_hangs_on() -> None:
    """Nothing is answered to it, and the next one is heard."""
    claw = Roboclaw()

    assert claw.feed(packet(0, ">B", 9)[:-1] + b"\x00" + packet(0, ">B", 0), 1.0) == b""
    assert claw.feed(packet(0, ">B", 0), 1.0) == b"\xff"


def test_a_tic_goes_to_its_target_and_halts() -> None:
    """In both of its protocols."""
    tic = Tic()
    tic.feed(write_32(0xE6, 100 * 10_000) + write_32(0xE0, -50), 10.0)

    assert steps_of(tic.feed(POSITION, 10.2)) == -20
    assert tic.feed(b"\xaa\x0e\x09", 10.3) == b""
    assert steps_of(tic.feed(b"\xaa\x0e\x21\x22\x04", 11.0)) == -30
    assert tic.feed(b"\xa1\x09\x01", 11.0) == b"\x00"


def test_a_tic_that_hears_nothing_for_a_second_stops_by_itself() -> None:
    """A question is not enough; only what renews its timeout is."""
    tic = Tic()
    tic.feed(write_32(0xE6, 100 * 10_000) + write_32(0xE0, 1000), 10.0)
    tic.feed(b"\x8c", 10.5)
    tic.feed(POSITION, 11.4)

    assert steps_of(tic.feed(POSITION, 12.0)) == 150
    assert steps_of(tic.feed(POSITION, 13.0)) == 150


def test_a_tic_does_not_take_a_halt_without_its_top_bit() -> None:
    """It belongs to no command."""
    tic = Tic()
    tic.feed(write_32(0xE6, 100 * 10_000) + write_32(0xE0, 1000) + b"\x09", 10.0)

    assert steps_of(tic.feed(POSITION, 10.5)) == 50


def test_a_far_end_says_what_it_needs() -> None:
    """A port, and one that is there."""
    command = [sys.executable, "-m", "deadstop.far_ends.tic"]
    for args, said in (([], "usage: "), (["/no/port"], "port '/no/port' cannot be")):
        done = subprocess.run(  # noqa: S603 - our own program
            [*command, *args], capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 1
        assert done.stderr.startswith(said)
