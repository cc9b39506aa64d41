"""A board at another machine: behind a real ser2net, raw and with RFC 2217."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import encode_command, hello, spin
from deadstop.boards.serial.maker import SerialMaker
from deadstop.errors import BoardAbsentError, LinkFaultError, RigBusyError
from deadstop.guardian import Guardian
from deadstop.link.tap import Tap
from deadstop.rig import SerialBoardConfig
from deadstop.trace import Event, Source, Trace
from deadstop.uno.control import Order
from tests.harness.uno.ser2net import Remote, ser2net
from tests.harness.uno.virtual_uno import Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

PATIENCE_S: Final = 20.0


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno, which is reset as its port is opened."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


@pytest.fixture
def remote(tmp_path: Path, uno: Uno, way: str) -> Iterator[Remote]:
    """A ser2net that has its port."""
    # What RFC 2217 negotiates first takes longer than a quick boot, and a board that
    # cannot be reset by DTR again, as a pseudo-terminal cannot, would be missed.
    uno.ask(Order.AUTO_RESET_SLOW if way == "rfc2217" else Order.AUTO_RESET_ON)
    with ser2net(tmp_path, uno.link) as one:
        yield one


@pytest.fixture
def guardian() -> Iterator[Guardian]:
    """One that is never needed here."""
    with Guardian(30.0) as one:
        yield one


def config(port: str) -> SerialBoardConfig:
    """Return a `[board]` at *port*."""
    return SerialBoardConfig(kind="serial", port=port, armed=True)


def wait(condition: object, what: object) -> None:
    """Wait until *condition*, a function, holds."""
    assert callable(condition)
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s, what
        time.sleep(0.005)


@pytest.mark.parametrize("way", ["raw", "rfc2217"])
def test_a_remote_board_is_driven_watched_and_stopped(
    way: str, remote: Remote, uno: Uno, guardian: Guardian
) -> None:
    """It proves who it is, and each case begins with a reset, as at this machine."""
    trace = Trace()
    maker = SerialMaker(config(getattr(remote, way)), "remote")
    maker.prepare(guardian)
    with pytest.raises(RigBusyError, match=r" is held by process \d+ .*, rig remote, "):
        SerialMaker(config(getattr(remote, way)), "second").prepare(guardian)
    with maker.make(trace.add) as board:
        tap = Tap(board.path, 115_200, board.hear, board_fd=board.master)
        with tap:
            board.attach(tap)
            wait(board.at_rest, "rest at first")
            tap.inject(encode_command(hello(1)))
            wait(lambda: any(e.kind == "command" for e in trace), "hello")
            tap.inject(encode_command(spin(2, "a", 1, 2000, 3200)))
            wait(lambda: any(e.kind == "moving" for e in trace), "a movement")
            assert not board.at_rest()
            assert not uno.ask().at_rest
            tap.inject(b"!")
            wait(board.at_rest, "rest at last")
            assert uno.ask().at_rest
            tap.check()
    maker.close()

    kinds = [e.kind for e in trace if e.source in (Source.SHAFT, Source.BOARD)]
    assert kinds[0] == "boot"
    assert "standstill" in kinds
    assert "stop-byte" in kinds


@pytest.mark.parametrize("way", ["raw", "rfc2217"])
def test_a_connection_that_ends_is_seen_and_nothing_is_called_at_rest(
    way: str, remote: Remote, guardian: Guardian
) -> None:
    """Not a silent board."""
    told: list[Event] = []
    maker = SerialMaker(config(getattr(remote, way)), "remote")
    maker.prepare(guardian)
    with maker.make(told.append) as board:
        tap = Tap(board.path, 115_200, board.hear, board_fd=board.master)
        with tap:
            board.attach(tap)
            wait(board.at_rest, "rest")
            remote.process.kill()
            wait(lambda: any(e.kind == "unplugged" for e in told), "the end")
            wait(lambda: not board.at_rest(), "no rest")
            with pytest.raises(LinkFaultError):
                tap.check()
    maker.close()


def test_nobody_there_is_an_absent_board(guardian: Guardian) -> None:
    """And no traceback of a thread's."""
    for url in ("socket://127.0.0.1:1", "rfc2217://127.0.0.1:1"):
        with pytest.raises(
            BoardAbsentError,
            match=rf"^{url} cannot be opened: .* Connection refused; does ",
        ):
            SerialMaker(config(url), "remote").prepare(guardian)
