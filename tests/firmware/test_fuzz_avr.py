"""Random and mutated bytes into the real binary, judged at its pins."""

import os
import random
from typing import Final

import pytest

from arduino_actuators.wire import MOTION_VERBS, BoardDecoder, Received, Reply, StopByte
from arduino_actuators.wire.frames import seal
from deadstop.boards.avr.core import AvrCore
from tests.harness.boards.host import Host

SEED: Final = int(os.environ.get("DEADSTOP_SEED", "1"))
STREAMS: Final = 12
PIECES: Final = 60
NOISE: Final = bytes(range(256))
WORDS: Final = (
    "hello 1", "state a", "stats", "limits b", "move a {n} 200 900 8000",
    "goto b {n} 60 -300 3000", "spin a {n} 100 -2000", "power b {n} 90 700",
    "keep a {n}", "stop a {n} 1", "halt 2", "zero b 5", "clear a",
)  # fmt: skip


def stream(choose: random.Random) -> list[bytes]:
    """Pieces of a stream: frames, spoilt frames, noise, stop bytes."""
    pieces = [seal(":0 hello 1") + b"\n"]
    for n in range(1, PIECES):
        words = choose.choice(WORDS).format(n=n)
        frame = bytearray(seal(f":{n} {words}") + b"\n")
        what = choose.randrange(6)
        if what == 0:
            frame[choose.randrange(len(frame))] ^= 1 << choose.randrange(8)
        elif what == 1:
            frame.insert(choose.randrange(len(frame)), choose.choice(b"!AB?:I\r\x00"))
        elif what == 2:
            del frame[choose.randrange(len(frame)) :]
        elif what == 3:
            frame = bytearray(choose.choices(NOISE, k=choose.randrange(1, 90)))
        pieces.append(bytes(frame))
    return pieces


class Law:
    """Which axes may be driven, by a decoder of our own on the same bytes."""

    def __init__(self) -> None:
        """Begin with nothing allowed."""
        self._decoder = BoardDecoder("ab")
        self.allowed = {"a": False, "b": False}

    def see(self, data: bytes) -> None:
        """Follow what the board is sent."""
        for item in self._decoder.feed(data):
            if isinstance(item, StopByte):
                for axis in self.allowed if item.axis is None else item.axis:
                    self.allowed[axis] = False
            elif isinstance(item, Received) and item.command.verb in MOTION_VERBS:
                assert item.command.axis is not None
                if not item.overtaken:
                    self.allowed[item.command.axis] = True


@pytest.mark.parametrize("number", range(STREAMS))
def test_nothing_but_a_sealed_motion_frame_ever_drives_a_motor(number: int) -> None:
    """At the pins; and after all of it the next stop and the next command work."""
    choose = random.Random(f"{SEED} {number}")  # noqa: S311 - bytes, no secrets
    host = Host("avr", check_lines=False)
    board = host.board
    assert isinstance(board, AvrCore)
    law = Law()
    driven = 0
    for piece in stream(choose):
        for byte in piece:
            law.see(bytes((byte,)))
            host.send(bytes((byte,)))
            host.wait(0.00005)  # the byte's interrupt is over
            for axis, allowed in law.allowed.items():
                duty = board.drive(axis).duty_permille
                driven += duty != 0
                assert allowed or not duty, f"seed {SEED}, stream {number}: axis {axis}"
        host.wait(choose.choice((0.0, 0.001, 0.005, 0.03, 0.2)))
    host.send(b"!")
    host.wait(0.5)
    assert not any(board.drive(axis).duty_permille for axis in "ab")
    host.send(b"\n")
    host.wait(0.1)
    assert isinstance(host.ask("hello 1"), Reply)
    assert isinstance(host.ask("stop a 0 0"), Reply)
    assert board.at_rest()
    assert driven, f"seed {SEED}, stream {number}: nothing was ever driven"
