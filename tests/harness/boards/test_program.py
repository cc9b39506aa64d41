"""A board that is a program: started, heard, and ended with all that it started."""

import os
import re
from pathlib import Path

import pytest

from deadstop.boards import BoardCrashedError, BoardError
from deadstop.boards.maker import BoardMaker
from deadstop.boards.program import ProgramBoard
from deadstop.errors import ToolchainError
from deadstop.link import Tap
from deadstop.link.maker import decoder_maker
from deadstop.rig import ProgramBoardConfig, load_rig
from tests.harness.link.far_end import Record

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

ECHO = """
import os, sys, tty
print("ready", file=sys.stderr)
port = os.open(sys.argv[1], os.O_RDWR)
tty.setraw(port)
while data := os.read(port, 99):
    os.write(port, data.upper())
"""
# It leaves a child behind, and the child's number where the test finds it.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, file=sys.stderr, flush=True)
sys.stdin.buffer.read()
"""


def program(source: str, *args: str) -> ProgramBoardConfig:
    """Return the board that the Python program *source* is."""
    return ProgramBoardConfig(kind="program", command=("{python}", "-c", source, *args))


def test_bytes_pass_by_its_port_and_what_it_prints_is_kept(tmp_path: Path) -> None:
    """The tap is the other end of the program's pseudo-terminal."""
    record = Record()
    log = tmp_path / "board.log"
    with (
        ProgramBoard(program(ECHO, "{port}"), log) as board,
        Tap(
            board.path,
            9600,
            record.hear,
            decoder_maker(load_rig("grbl").link),
            board_fd=board.master,
        ) as tap,
    ):
        component = os.open(tap.path, os.O_RDWR | os.O_NOCTTY)
        os.write(component, b"$j=x1\n")
        assert record.wait("motion").data["axis"] == "a"
        assert record.wait("rx").data["text"] == "$J=X1\\n"
        assert board.at_rest()
        os.close(component)

    assert log.read_text(encoding="utf-8") == "ready\n"


def test_without_a_port_it_talks_on_its_standard_streams() -> None:
    """As a simulator that knows no serial ports does."""
    source = "import sys\nfor line in sys.stdin: print(line * 2, end='', flush=True)"
    record = Record()
    with (
        ProgramBoard(program(source)) as board,
        Tap(board.path, 9600, record.hear, board_fd=board.master) as tap,
    ):
        component = os.open(tap.path, os.O_RDWR | os.O_NOCTTY)
        os.write(component, b"hi\n")
        assert record.wait("rx").data["text"] == "hi\\nhi\\n"
        os.close(component)


def test_one_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    """What it did with its shafts until then proves nothing."""
    source = "import os, sys; os.read(0, 1); sys.exit('no \x1b[31m motor')"
    with ProgramBoard(program(source), tmp_path / "board.log") as board:
        os.write(board.master, b"x")
        os.waitid(os.P_PID, board.pid, os.WEXITED | os.WNOWAIT)

        said = r"program 'python' ended by itself \(exit code 1\); it said: no \\x1b"
        with pytest.raises(BoardCrashedError, match=said):
            board.at_rest()


def test_one_that_ends_before_it_opens_its_port_is_told_at_once() -> None:
    """The place for its port is in its arguments, and it does not take it."""
    with pytest.raises(BoardCrashedError, match=r"\(exit code 3\)$"):
        ProgramBoard(program("raise SystemExit(3)", "{port}"))


def test_one_that_is_not_there_is_told_before_the_run() -> None:
    """By the name that the rig has for it."""
    config = ProgramBoardConfig(kind="program", command=("no-such-program", "{port}"))
    with pytest.raises(ToolchainError, match=r"^board: there is no program 'no-such-"):
        BoardMaker(config).prepare()


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    """Nothing that a case started outlives it."""
    log = tmp_path / "board.log"
    with ProgramBoard(program(PARENT), log) as board:
        while not (found := re.match(r"(\d+)\n", log.read_text(encoding="utf-8"))):
            board.check()
        child = int(found[1])
        assert os.getsid(child) == board.pid

    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text(encoding="utf-8").split()[2] in "ZX"


def test_nobody_can_say_where_its_shafts_are() -> None:
    """It is asked for nothing that only our own simulations know."""
    with (
        ProgramBoard(program("import sys; sys.stdin.read()")) as board,
        pytest.raises(BoardError, match="cannot say where axis 'a' is"),
    ):
        board.shaft_position_rev("a")
