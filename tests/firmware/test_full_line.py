"""More to say than the line can carry: what a host waits for still comes.

`Host` fails on any event that is lost, by its number.
"""

from typing import Final

import pytest

from arduino_actuators.wire import Reply
from arduino_actuators.wire.frames import seal
from deadstop.boards.avr.core import AvrCore
from tests.harness.boards.host import Host

# 20 ms at rest are a standstill: some of these end just before, some behind.
FLOODS_BYTES: Final = range(180, 260, 5)
QUIET_S: Final = 0.1  # the transmit buffer has left within 23 ms


@pytest.fixture
def host() -> Host:
    """A board with a session, whose shafts cannot turn."""
    host = Host("avr")
    assert isinstance(host.ask("hello 1"), Reply)
    assert isinstance(host.board, AvrCore)
    for axis in "ab":
        host.board.jam_shaft(axis, jammed=True)
    host.wait(QUIET_S)
    host.forget()
    return host


def last_words(host: Host) -> dict[str, str]:
    """What was last said of each axis, and why."""
    return {e.fields[0]: f"{e.event} {e.fields[2]}" for e in host.events()}


@pytest.mark.parametrize("flood_bytes", FLOODS_BYTES)
def test_a_flood_of_stop_bytes_does_not_swallow_the_standstill(
    host: Host, flood_bytes: int
) -> None:
    """It comes while the answers to stop bytes fill the line."""
    for axis in "ab":
        assert isinstance(host.ask(f"power {axis} 30001 2000 400"), Reply)
    host.wait(QUIET_S)

    host.send(b"!" * flood_bytes)
    host.wait(QUIET_S)

    assert last_words(host) == {"a": "stopped byte", "b": "stopped byte"}


@pytest.mark.parametrize("flood_bytes", [20, 40, 60, 80, 100])
@pytest.mark.parametrize("flood", [b"A", b"A?", b"AAA?"])
def test_a_stop_byte_behind_a_flood_is_answered(
    host: Host, flood: bytes, flood_bytes: int
) -> None:
    """A stop byte is always answered, be it late."""
    host.send((flood * flood_bytes)[:flood_bytes] + b"B")
    host.wait(QUIET_S)

    assert last_words(host) == {"a": "stopped byte", "b": "stopped byte"}


@pytest.mark.parametrize("flood", [b"!" * 60, b"?" * 60, b"!?" * 30])
def test_a_frame_behind_a_flood_is_answered(host: Host, flood: bytes) -> None:
    """With stop bytes behind it that want room, too."""
    host.send(flood + seal(":77 state a") + b"\n!!!!")
    host.wait(QUIET_S)

    assert [a.seq for a in host.said if isinstance(a, Reply)] == [77]
