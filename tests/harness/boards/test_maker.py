"""A rig's board is made anew for each case; what it needs is made or missed once."""

import os
import signal
import sys
from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import Identity, hello
from deadstop.boards import BoardCrashedError
from deadstop.boards.avr.board import AvrBoard
from deadstop.boards.loopback import LoopbackBoard
from deadstop.boards.maker import BoardMaker
from deadstop.errors import ToolchainError
from deadstop.rig import AvrBoardConfig, LoopbackBoardConfig
from deadstop.trace import Trace
from tests.harness.boards.pty_host import Host, check_until_crashed
from tests.harness.processes import descendants, descriptors

pytestmark = pytest.mark.wall_clock

AVR: Final = AvrBoardConfig()


def test_a_loopback_board_is_as_the_rig_says() -> None:
    """Each a new one."""
    config = LoopbackBoardConfig(axes="abc", baud=9600)
    with BoardMaker(config) as boards:
        for _ in range(2):
            with boards.make(Trace().add) as board:
                assert isinstance(board, LoopbackBoard)
                assert board.axes == "abc"


def test_an_avr_board_runs_deadstops_own_firmware() -> None:
    """And nothing is left of it, nor of its process."""
    before, processes = descriptors(), descendants()
    with BoardMaker(AVR) as boards:
        for _ in range(2):
            trace = Trace()
            with boards.make(trace.add) as board:
                assert isinstance(board, AvrBoard)
                host = Host(board.path)
                identity = Identity.from_reply(host.ask(hello(0)))
                assert (identity.board, identity.axes) == ("motor-shield", board.axes)
                assert identity.build.startswith("fw-")
                assert board.at_rest()
                host.port.close()
            assert [event.kind for event in trace].count("boot") == 1
        assert len(descendants() - processes) == 1
    boards.close()
    assert (descriptors(), descendants()) == (before, processes)


def test_an_avr_board_with_the_cnc_shield_runs_the_firmware_of_the_arm() -> None:
    """Another build of the same sources."""
    with (
        BoardMaker(AvrBoardConfig(shield="cnc", axes="abc")) as boards,
        boards.make(Trace().add) as board,
    ):
        host = Host(board.path)
        identity = Identity.from_reply(host.ask(hello(0)))
        host.port.close()
        assert (identity.board, identity.axes) == ("cnc-shield", board.axes)
        assert board.at_rest()


def test_after_a_crash_the_next_board_gets_a_new_process() -> None:
    """One bad case does not take the others with it."""
    processes = descendants()
    with BoardMaker(AVR) as boards:
        board = boards.make(Trace().add)
        (pid,) = descendants() - processes
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(BoardCrashedError, match=r"\(exit code -9\)"):
            check_until_crashed(board)
        with pytest.raises(BoardCrashedError, match=r"\(exit code -9\)"):
            board.close()
        with boards.make(Trace().add) as board:
            assert board.at_rest()


def test_a_firmware_that_is_none_is_told_before_anything_is_opened(
    tmp_path: Path,
) -> None:
    """With its path."""
    processes = descendants()
    bad = tmp_path / "bad.elf"
    for content in (None, b"", b"\x7fELF", Path(sys.executable).read_bytes()[:5000]):
        if content is not None:
            bad.write_bytes(content)
        with BoardMaker(AvrBoardConfig(firmware=str(bad))) as boards:
            with pytest.raises(ToolchainError, match=r"\A/[^\n]+/bad\.elf: [^\n]+\Z"):
                boards.prepare()
            with pytest.raises(ToolchainError, match=r"\A/[^\n]+/bad\.elf: [^\n]+\Z"):
                boards.make(Trace().add)
    assert descendants() == processes


def test_a_missing_simulator_is_told_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before anything is built."""
    monkeypatch.setitem(sys.modules, "yasimavr", None)  # as if it were not there
    with (
        BoardMaker(AVR) as boards,
        pytest.raises(
            ToolchainError,
            match=r"\Acannot simulate the AVR: no yasimavr here: "
            r"pip install 'deadstop\[sim\]' \(.*apt-get install libelf-dev g\+\+\)\Z",
        ),
    ):
        boards.prepare()


def test_nothing_is_told_of_what_is_there_already() -> None:
    """The firmware has been built for another test, or is now."""
    with BoardMaker(AVR) as boards:
        boards.prepare()
        told: list[str] = []
        boards.prepare(told.append)
    with BoardMaker(AVR) as boards:
        boards.prepare(told.append)
    assert told == []
