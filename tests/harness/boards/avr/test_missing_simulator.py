"""Without yasimavr the harness imports, and the AVR board says what it needs."""

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["yasimavr"] = None  # what an import of a missing package finds
from pathlib import Path
import deadstop.boards.avr
from deadstop.errors import ToolchainError
try:
    deadstop.boards.avr.AvrCore(Path("none.elf"))
except ToolchainError as error:
    print(error.exit_code, error)
"""


def test_the_missing_simulator_is_named_with_how_to_get_it() -> None:
    """One line; in a process of its own, as imports are kept."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith("22 the AVR board needs yasimavr")
    assert "`pip install 'deadstop[sim]'`" in line
    assert "g++ and libelf-dev" in line
    assert done.stderr == ""
