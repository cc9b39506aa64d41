"""`deadstop run` on a real board goes wrong in mid-motion: the board is at rest.

Judged at the pins of the virtual Uno, whatever has become of those who watched it.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from deadstop.uno.control import Order
from tests.harness.command_line import begin
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import PATIENCE_S, Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

SILENT_MS: Final = 1000.0
# From its end, or its last sign of life, to the drives off at the pins: the guardian is
# to be quicker than that, and the lease of the component, 300 ms, is there besides.
REST_WITHIN_S: Final = 2.0


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here: it outlives its users."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


def begin_moving(folder: Path, uno: Uno) -> subprocess.Popen[str]:
    """Start a run, and return once its motor turns."""
    uno.ask(Order.AUTO_RESET_ON)
    mine = rig(folder, uno, guardian_ms=SILENT_MS)
    words = ["--rig", mine, "--motion", "go_for", "--out", "out"]
    process = begin(folder, "run", *words)
    uno.wait_case(process)
    return process


def require_rest(uno: Uno, folder: Path, since_s: float) -> None:
    """See that the drives went off in time, and that the guardian confirmed it."""
    state = uno.wait_rest()
    assert state.last_drive_change_s is not None
    assert state.last_drive_change_s - since_s < REST_WITHIN_S
    record = json.loads((folder / "out" / "guardian.json").read_text())
    assert record["at_rest"], record


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_run_that_is_killed_or_frozen_leaves_its_board_at_rest(
    tmp_path: Path, uno: Uno, number: signal.Signals
) -> None:
    """At a random moment of its motion; the guardian has confirmed it."""
    process = begin_moving(tmp_path, uno)
    time.sleep(random.uniform(0.0, 0.2))  # noqa: S311 - a moment, not a secret
    struck_s = time.monotonic()
    os.kill(process.pid, number)

    _, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == -signal.SIGKILL
    require_rest(uno, tmp_path, struck_s)
    assert "deadstop: guardian: the harness" in err
    assert "confirmed standstill" in err


def test_a_run_that_is_asked_to_end_needs_no_guardian(tmp_path: Path, uno: Uno) -> None:
    """It puts its board to rest itself; what it judged is written."""
    process = begin_moving(tmp_path, uno)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130, out + err
    assert uno.wait_rest().at_rest
    assert not (tmp_path / "out" / "guardian.json").exists()
    assert (tmp_path / "out" / "run.json").exists()


def test_a_run_whose_guardian_ends_ends_itself(tmp_path: Path, uno: Uno) -> None:
    """Nothing may move without it."""
    process = begin_moving(tmp_path, uno)
    listed = subprocess.run(  # noqa: S603 - a process of our own
        ["pgrep", "-P", str(process.pid), "-f", "deadstop.guardian"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    os.kill(int(listed.stdout), signal.SIGKILL)

    out, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode in (22, 30), out + err
    assert "guardian" in err
    assert uno.wait_rest().at_rest
