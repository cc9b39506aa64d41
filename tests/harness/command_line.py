"""The command line as a process, for the tests of it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

__all__ = ["DEADSTOP", "ROOT", "TAKES_S", "begin", "descendants", "run"]

ROOT: Final = Path(__file__).resolve().parents[2]
DEADSTOP: Final = str(Path(sys.executable).parent / "deadstop")
TAKES_S: Final = 60.0  # generous: a case takes two seconds on an idle machine


def _environment(**more: str) -> dict[str, str]:
    quiet = {"COLUMNS", "FORCE_COLOR", "DEADSTOP_TRACEBACK", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in quiet}
    # This very tree, whichever is installed.
    path = os.pathsep.join(str(ROOT / part) for part in ("", "harness", "components"))
    return {**kept, "PYTHONPATH": path, **more}


def run(
    folder: Path, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``deadstop WORDS`` in *folder*, to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, *words],
        cwd=folder,
        env=_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TAKES_S,
    )


def begin(
    folder: Path, *words: str, program: Sequence[str] = (DEADSTOP,)
) -> subprocess.Popen[str]:
    """Start ``deadstop WORDS`` in *folder*, in a session of its own.

    *program* is what takes the words in place of ``deadstop``.
    """
    return subprocess.Popen(  # noqa: S603 - our own program
        [*program, *words],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that *pid* started, and those that they started."""
    for listed in Path("/proc").glob(f"{pid}/task/*/children"):
        for child in map(int, listed.read_text(encoding="ascii").split()):
            yield child
            yield from descendants(child)
