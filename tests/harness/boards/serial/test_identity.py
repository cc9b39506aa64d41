"""Which firmware answers: proved before anything moves."""

import socket
import threading
from collections.abc import Iterator

import pytest

from arduino_actuators.wire import (
    BoardDecoder,
    Identity,
    Received,
    Reply,
    encode_message,
)
from deadstop.boards.serial.identity import own_build, prove_identity
from deadstop.boards.serial.talk import Talk
from deadstop.errors import BoardAbsentError, LinkFaultError
from deadstop.rig import SerialBoardConfig

CONFIG = SerialBoardConfig(kind="serial", port="/dev/null")


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A line, the host's end first."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def answer(board: socket.socket, fields: tuple[str, ...]) -> None:
    """Be a board that answers the second of two frames it gets."""
    decoder = BoardDecoder()
    heard = 0
    while data := board.recv(100):
        for item in decoder.feed(data):
            heard += 1
            if isinstance(item, Received) and heard == 2:
                board.sendall(encode_message(Reply(item.command.seq, fields)))
                return


def test_a_board_that_missed_the_first_question_is_asked_again(
    line: tuple[socket.socket, socket.socket],
) -> None:
    """A bootloader may have had it."""
    ours, theirs = line
    fields = ("1", "motor-shield", "fw-1", "ab")
    board = threading.Thread(target=answer, args=(theirs, fields))
    board.start()
    assert Talk(ours.fileno(), "there").say_hello().build == "fw-1"
    board.join()


def test_what_is_no_board_is_told_with_what_it_said(
    line: tuple[socket.socket, socket.socket],
) -> None:
    """Escaped: it may say anything."""
    ours, theirs = line
    theirs.sendall(b"\x1b[31mGrbl 1.1h\r\n")
    with pytest.raises(
        BoardAbsentError,
        match=r"^nothing at there answered `hello` within 0\.01 s; it said: "
        r"\\x1b\[31mGrbl 1\.1h\\r\\n; is it the right port",
    ):
        Talk(ours.fileno(), "there").say_hello(0.01)


def test_a_line_that_ends_is_a_fault_of_the_line(
    line: tuple[socket.socket, socket.socket],
) -> None:
    """Not an absent board."""
    ours, theirs = line
    theirs.close()
    with pytest.raises(LinkFaultError, match=r"^there: "):
        Talk(ours.fileno(), "there").wait_boot(1.0)


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (Identity(1, "motor-shield", "fw-2", "ab"), "another build of the firmware"),
        (Identity(1, "cnc-shield", "fw-1", "abc"), "another board"),
        (Identity(2, "motor-shield", "fw-1", "a"), "another firmware"),
    ],
)
def test_another_one_than_the_rig_wants_is_refused(told: Identity, what: str) -> None:
    """Naming both."""
    with pytest.raises(
        BoardAbsentError,
        match=rf"^what .* at there is {what}: {told.board} {told.build} .* rig wants "
        r"motor-shield fw-1 \(axes ab, protocol 1\); flash that",
    ):
        prove_identity(told, CONFIG, "fw-1", "there")


def test_the_firmware_s_own_build_is_a_digest_of_its_sources() -> None:
    """That it is the Makefile's is seen by every run on the virtual Uno."""
    assert own_build().startswith("fw-")
    assert len(own_build()) == len("fw-01234567")
