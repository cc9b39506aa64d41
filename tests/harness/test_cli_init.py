"""`deadstop init` as a process: by flags, by questions, and what it refuses."""

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.harness.command_line import DEADSTOP, ROOT, TAKES_S, run

EXAMPLE = "arduino_actuators.motor:ArduinoMotor"
PICKY = """
from arduino_actuators import ArduinoMotor

print("imported")


class Picky(ArduinoMotor, register=False):
    @classmethod
    def validate_config(cls, config):
        if "gear" not in config.attributes.fields:
            raise ValueError("attribute 'gear' is missing\\na number")
        return [], []

    async def go_to(self, *args, **kwargs):
        raise NotImplementedError("go_to")
"""
OURS = os.pathsep.join(str(ROOT / name) for name in ("harness", "components"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder, with a component that wants an attribute."""
    (tmp_path / "picky.py").write_text(PICKY, encoding="utf-8")
    return tmp_path


def init(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `deadstop init` in *folder*, without a terminal."""
    return run(folder, "init", *words, PYTHONPATH=OURS)


@pytest.mark.parametrize("command", ["init", "explain"])
def test_the_help_shows_an_example(tmp_path: Path, command: str) -> None:
    """An example says more than a list of options."""
    done = run(tmp_path, command, "--help", PYTHONPATH=OURS)

    assert f"deadstop {command} --" in done.stdout or "explain stop-" in done.stdout


def test_flags_give_a_rig_and_a_test_that_are_right(folder: Path) -> None:
    """The class is looked at; a value that is a number is one."""
    words = ["--component", "picky:Picky", "--axis", "b", "--attribute", "gear=4"]
    words += ["--attribute", "port={port}", "--attribute", "axis=b"]

    done = init(folder, *words, "--rig-file", "r.toml", "--test-file", "test_r.py")

    assert done.returncode == 0, done.stderr
    assert "its motions: go_for\n" in done.stdout  # and not go_to
    assert "gear = 4\n" in (folder / "r.toml").read_text(encoding="utf-8")
    listed = run(folder, "run", "--rig", "r.toml", "--list", PYTHONPATH=OURS)
    assert "go_for/client-close/cruise" in listed.stdout


def test_a_component_is_told_of_another_axis_than_the_first(folder: Path) -> None:
    """If it has nothing against that; else harness and component would disagree."""
    done = init(folder, "--component", EXAMPLE, "--axis", "b")

    assert done.returncode == 0, done.stderr
    rig = (folder / "rig.toml").read_text(encoding="utf-8")
    assert rig.count('axis = "b"\n') == 2


def test_files_that_are_there_are_overwritten_by_force_only(folder: Path) -> None:
    """Neither of the two is touched, even if only one is there."""
    (folder / "test_stops.py").write_text("mine", encoding="utf-8")

    refused = init(folder, "--component", EXAMPLE)

    assert refused.returncode == 2
    assert "test_stops.py is there already; give --force" in refused.stderr
    assert not (folder / "rig.toml").exists()
    assert init(folder, "--component", EXAMPLE, "--force").returncode == 0
    assert "mine" not in (folder / "test_stops.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--component MODULE:CLASS"),
        (["--component", "nowhere:It"], "'nowhere:It' does not import"),
        (["--component", "picky:Picky"], "attribute 'gear' is missing; a number"),
        (["--component", EXAMPLE, "--board", "moon"], "unknown board 'moon'; known:"),
        (["--component", EXAMPLE, "--axis", "1"], "axis '1': give the letters"),
        (["--component", EXAMPLE, "--board", "avr", "--axis", "c"], "axes"),
        (["--component", EXAMPLE, "--attribute", "x"], "'x': write it as NAME=VALUE"),
        (["--component", EXAMPLE, "--rig-file", "no/r.toml"], "no directory no"),
        (["--component", EXAMPLE, "--rig-file", "."], "is a directory"),
    ],
    ids=lambda value: " ".join(value)[-24:] if isinstance(value, list) else "",
)
def test_bad_input_is_one_clear_line_and_nothing_is_written(
    folder: Path, words: list[str], told: str
) -> None:
    """Exit code 2, what is wrong, and what to do."""
    done = init(folder, *words)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("deadstop: ")
    assert told in line
    assert not (folder / "test_stops.py").exists()


class Terminal:
    """A person at a terminal, who waits for each question."""

    def __init__(self, folder: Path, *words: str) -> None:
        """Run ``deadstop WORDS`` in *folder*, on a pseudo-terminal."""
        self._fd, theirs = pty.openpty()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [DEADSTOP, *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": OURS, "COLUMNS": "200", "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def answer(self, question: str, text: str) -> None:
        """Wait for *question*, then type *text* and Enter."""
        self._read_until(question)
        os.write(self._fd, f"{text}\n".encode())

    def end(self) -> int:
        """Read all, and return the exit code."""
        self._read_until(None)
        os.close(self._fd)
        return self._process.wait(TAKES_S)

    def _read_until(self, question: str | None) -> None:
        until_s = time.monotonic() + TAKES_S
        fresh = ""
        while question is None or question not in fresh:
            ready, _, _ = select.select([self._fd], [], [], until_s - time.monotonic())
            assert ready, f"no {question!r} came; there was: {self.seen!r}"
            try:
                data = os.read(self._fd, 4096).decode()
            except OSError:  # EIO: nobody has the other end any more
                data = ""
            if not data:
                assert question is None, f"ended; there was: {self.seen!r}"
                return
            fresh += data
            self.seen += data


def test_at_a_terminal_it_asks_until_the_component_is_content(folder: Path) -> None:
    """What the component complains of is shown, and asked for."""
    terminal = Terminal(folder, "init")

    terminal.answer("MODULE:CLASS", "picky:Picky")
    terminal.answer("board", "")
    terminal.answer("axes", "")
    terminal.answer("It says: attribute 'gear' is missing", "gear=3")
    terminal.answer("gear=3", "")

    assert terminal.end() == 0, terminal.seen
    rig = (folder / "rig.toml").read_text(encoding="utf-8")
    assert "gear = 3\n" in rig
    assert 'kind = "loopback"' in rig
