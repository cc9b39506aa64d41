"""The guardian stops a board when the harness cannot: real processes, real ports."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from deadstop.boards import SimulatedBoard
from deadstop.boards.maker import BoardMaker
from deadstop.errors import ToolchainError
from deadstop.guardian import GuardedBoard, Guardian, ask_to_stop
from deadstop.rig import load_rig
from deadstop.trace import Event

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

RECKLESS = Path(__file__).with_name("reckless.py")
CAUSE_BYTE = "byte"


class Scene:
    """A board, and a harness that puts it under guard."""

    def __init__(self, board: SimulatedBoard, folder: Path) -> None:
        """Watch *board*; the guardian's record goes into *folder*."""
        self.board = board
        self.record_file = folder / "guardian.json"
        self.harness: subprocess.Popen[str]

    def begin(self, how: str, *power_off: str) -> None:
        """Start a harness that goes wrong in the way of *how*, and see it move."""
        command = [sys.executable, str(RECKLESS), self.board.path]
        self.harness = subprocess.Popen(  # noqa: S603 - our own script
            [*command, str(self.record_file), how, *power_off],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.harness.stdout is not None
        assert self.harness.stdout.readline() == "spinning\n"

    def said(self) -> str:
        """Return what the harness and its guardian said, once both have ended."""
        return self.harness.communicate(timeout=30)[1]

    @property
    def record(self) -> dict[str, Any]:
        """What the guardian wrote down."""
        found: dict[str, Any] = json.loads(self.record_file.read_text("utf-8"))
        return found

    def come_to_rest(self) -> bool:
        """Whether the witness sees it at rest, now or within a second."""
        until_s = time.monotonic() + 1.0
        while not self.board.at_rest() and time.monotonic() < until_s:
            time.sleep(0.005)
        return self.board.at_rest()


@pytest.fixture
def events() -> list[Event]:
    """What the board's witness told."""
    return []


@pytest.fixture
def scene(tmp_path: Path, events: list[Event]) -> Iterator[Scene]:
    """A loopback board that spins for nobody yet."""
    with (
        BoardMaker(load_rig("loopback").board) as boards,
        boards.make(events.append) as board,
    ):
        scene = Scene(board, tmp_path)
        yield scene
        scene.harness.kill()
        scene.harness.communicate()


def test_a_killed_harness_leaves_the_board_stopped(scene: Scene) -> None:
    """By the guardian and its stop byte, long before the board's own lease is up."""
    scene.begin("wait")
    os.kill(scene.harness.pid, signal.SIGKILL)

    said = scene.said()

    assert scene.board.at_rest()
    assert scene.record["at_rest"]
    assert scene.record["why"] == "the harness ended"
    assert scene.record["boards"][0]["took_s"] < 1.0
    assert "confirmed standstill" in said


@pytest.mark.parametrize("how", ["hang", "stop"])
def test_a_harness_that_hangs_is_killed_before_it_can_go_on(
    scene: Scene, how: str
) -> None:
    """Blocked or frozen: it gave no sign of life."""
    scene.begin(how)
    if how == "stop":
        os.kill(scene.harness.pid, signal.SIGSTOP)

    said = scene.said()

    assert scene.harness.returncode == -signal.SIGKILL
    assert scene.board.at_rest()
    assert scene.record["at_rest"]
    assert "gave no sign of life for 0.3 s and was killed" in said


@pytest.mark.parametrize("how", ["raise", "half"])
def test_whatever_ends_the_harness_the_board_is_stopped(scene: Scene, how: str) -> None:
    """An exception; a process that is gone amid a frame."""
    scene.begin(how)

    scene.said()

    assert scene.board.at_rest()
    assert scene.record["at_rest"]


def test_signals_that_end_a_harness_do_not_end_its_guardian(scene: Scene) -> None:
    """Two Ctrl-C to the whole group, and a SIGTERM."""
    scene.begin("wait")
    os.kill(scene.harness.pid, signal.SIGINT)
    os.kill(scene.harness.pid, signal.SIGTERM)

    scene.said()

    assert scene.board.at_rest()


def test_a_board_that_left_the_guard_is_not_stopped(
    scene: Scene, events: list[Event]
) -> None:
    """The guardian ends with its harness and writes nothing."""
    scene.begin("rest")

    scene.said()

    assert scene.harness.returncode == 0
    assert not scene.record_file.exists()
    assert not scene.board.at_rest()
    assert not any(event.data.get("cause") == CAUSE_BYTE for event in events)


def test_a_board_that_says_nothing_has_its_power_cut(
    scene: Scene, tmp_path: Path
) -> None:
    """By the command of the rig; that rest is not confirmed is said all the same."""
    cut = tmp_path / "cut"
    scene.begin("wait", "touch", str(cut))
    scene.board.mute(silent=True)
    os.kill(scene.harness.pid, signal.SIGKILL)

    said = scene.said()

    assert cut.exists()
    assert scene.come_to_rest()  # it heard the stop byte; only nobody knows
    assert not scene.record["at_rest"]
    assert scene.record["boards"][0]["power_off"] == 0
    assert "did NOT CONFIRM THAT IT STANDS (it says nothing" in said


def test_a_board_whose_port_is_gone_is_not_at_rest_for_all_that_is_known(
    scene: Scene,
) -> None:
    """The lease is then the board's own last line."""
    scene.begin("wait")
    scene.board.unplug()
    os.kill(scene.harness.pid, signal.SIGKILL)

    said = scene.said()

    assert not scene.record["at_rest"]
    assert said.rstrip().endswith("CUT ITS POWER")


@pytest.mark.parametrize("how", ["wait", "deaf"])
def test_anybody_can_have_it_stop_the_board(scene: Scene, how: str) -> None:
    """At once; the harness is asked to end, and killed if it will not."""
    scene.begin(how)

    told = ask_to_stop(scene.record_file.with_suffix(".stop"))
    scene.said()

    assert told is not None
    assert told["at_rest"]
    assert "confirmed standstill" in told["lines"][0]
    assert scene.board.at_rest()
    ended = signal.SIGKILL if how == "deaf" else signal.SIGTERM
    assert scene.harness.returncode == -ended


def test_who_closes_it_hears_whether_all_that_it_still_guarded_stands() -> None:
    """One says so, and one says nothing: whatever else has happened, that is 30."""
    master, slave = os.openpty()
    with BoardMaker(load_rig("loopback").board) as boards:
        with boards.make(lambda _: None) as board, serial.Serial(board.path) as port:
            guardian = Guardian(60.0)
            guardian.start()
            guardian.guard(GuardedBoard("", "ab", 5.0), port.fileno())
            assert guardian.close()
        guardian = Guardian(60.0)
        guardian.start()
        guardian.guard(GuardedBoard("", "ab", 0.1), slave)
        assert not guardian.close()
    os.close(master)
    os.close(slave)


def test_nobody_answers_where_no_guardian_is(tmp_path: Path) -> None:
    """That is told, and takes no time."""
    assert ask_to_stop(tmp_path / "guardian.stop") is None


def test_without_a_guardian_nothing_can_be_put_under_guard() -> None:
    """It is the harness that then has to end."""
    with Guardian(0.3) as guardian:
        os.kill(guardian.pid, signal.SIGKILL)
        with pytest.raises(
            ToolchainError, match=r"^the guardian, .* has ended or does"
        ):
            guardian.guard(GuardedBoard("", "ab", 1.0), 0)
