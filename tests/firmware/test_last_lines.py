"""What still holds when the main loop hangs, or its buffers overflow."""

from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import BoardEvent, BootNotice, Refusal, Reply
from deadstop.boards.avr.core import AvrCore
from tests.broken.firmwares import build_edited
from tests.firmware.stop_latency import FLOOD
from tests.harness.boards.host import Host

# `limits` is answered, and then nothing any more.
_HANG: Final = (
    (
        "session.cpp",
        "        tell_limits();\n",
        "        for (;;) {\n        }\n",
    ),
    (
        "session.cpp",
        "void tell_limits() {\n",
        "__attribute__((unused)) void tell_limits() {\n",
    ),
)  # fmt: skip
WATCHDOG_S: Final = 0.12  # give or take a tenth: it has an oscillator of its own


@pytest.fixture
def hung(tmp_path: Path) -> Host:
    """A board whose main loop hangs while axis a is driven."""
    host = Host("avr", build_edited(_HANG, tmp_path))
    assert isinstance(host.ask("hello 1"), Reply)
    assert isinstance(host.ask("power a 1 2000 600"), Reply)
    host.wait(0.05)
    assert host.ask("limits a", within_s=0.02) is None
    host.forget()
    return host


def driven(host: Host) -> bool:
    """Whether axis a is driven, by its pins."""
    assert isinstance(host.board, AvrCore)
    return bool(host.board.drive("a").duty_permille)


def test_a_stop_byte_stops_a_board_whose_main_loop_hangs(hung: Host) -> None:
    """The interrupt needs nobody."""
    assert driven(hung)

    hung.send(b"A")

    assert not driven(hung)


def test_the_watchdog_resets_a_board_that_hangs(hung: Host) -> None:
    """Its pins let go, and it tells why; nothing moves until it is asked."""
    hung.wait(2 * WATCHDOG_S)

    boots = [e for e in hung.events() if e.event is BoardEvent.BOOT]
    assert [BootNotice.from_event(boot).cause for boot in boots] == ["watchdog"]
    assert not driven(hung)
    refusal = hung.ask("power a 1 300 600")
    assert isinstance(refusal, Refusal)
    assert refusal.code.word == "no-session"
    hung.settle()
    assert hung.board.at_rest()


def test_lost_bytes_are_counted_and_what_follows_is_understood() -> None:
    """With its transmit buffer full the board reads no frames: its buffer overflows."""
    host = Host("avr")
    host.ask("hello 1")
    host.send(FLOOD)
    host.wait(0.2)
    host.send(b"\n")
    host.wait(0.05)

    stats = host.ask("stats")

    assert isinstance(stats, Reply)
    _frames, _rejected, lost, overruns, _leases = map(int, stats.fields)
    assert lost > 0
    assert overruns == 0
