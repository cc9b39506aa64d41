"""The tutorial, done as it stands there: its files, its commands, their output."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = "my_motor.py"
FIGURE = re.compile(r"\d+(\.\d+)?")


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield what the reader does: of what kind, the text, and what is to come of it.

    The installation, in `bash`, is left out: it needs a network.
    """
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = [block for block in FENCE.findall(text) if block[0] != "bash"]
    for (kind, body), (next_kind, told) in zip(
        blocks, [*blocks[1:], ("", "")], strict=True
    ):
        if kind != "text":
            yield kind, body, told if next_kind == "text" else ""


def plain(line: str) -> str:
    """Take the figures and the widths of columns out of *line*."""
    return " ".join(FIGURE.sub("#", line).split())


def missing(told: str, printed: str) -> list[str]:
    """Return the lines that the tutorial shows and that were not *printed*, in order.

    A line of three dots stands for any others.
    """
    lines = iter([plain(line) for line in printed.splitlines()])
    wanted = [
        plain(line) for line in told.splitlines() if line.strip() not in ("", "...")
    ]
    return [line for line in wanted if line not in lines]


def do(command: str, folder: Path) -> str:
    """Type *command* into a shell in *folder*; return what it prints."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    python_path = os.pathsep.join(
        str(ROOT / name) for name in ("harness", "components")
    )
    done = subprocess.run(  # noqa: S603 - our own text
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": python_path, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.wall_clock
@pytest.mark.timeout(180)
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Each file is saved, each command typed, and its output is the one shown."""
    typed = 0
    for kind, body, told in steps():
        if kind == "python":
            (tmp_path / SAVED_AS).write_text(body, encoding="utf-8")
            continue
        printed = do(body, tmp_path)
        assert not missing(told, printed), f"$ {body}{printed}"
        typed += 1

    assert typed == 8


def test_lines_that_are_not_printed_are_found() -> None:
    """The comparison goes red: for another word, and for another order."""
    printed = "one 1 ms\ntwo   2 ms\nthree\n"

    assert missing("one 7 ms\n...\nthree\n", printed) == []
    assert missing("one 7 s\n", printed) == ["one # s"]
    assert missing("three\none 1 ms\n", printed) == ["one # ms"]
