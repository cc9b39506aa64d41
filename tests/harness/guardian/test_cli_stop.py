"""`deadstop stop`, with the virtual Uno as a board at this machine."""

import os
import pty
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import encode_command, hello, spin
from deadstop.uno.control import Order
from tests.harness.command_line import run
from tests.harness.guardian.moving import begin_moving
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import PATIENCE_S, Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

MOTION: Final = 1000  # later than any of a run before it


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here: it outlives its users."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


def test_another_shell_stops_a_board_that_a_run_holds(tmp_path: Path, uno: Uno) -> None:
    """At once; the run then ends in order, and has its report."""
    first = begin_moving(tmp_path, uno)
    done = run(tmp_path, "stop", "--rig", "./mine.toml")
    out, err = first.communicate(timeout=PATIENCE_S)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("somebody asked for a stop; the ")
    assert ", and confirmed standstill" in done.stdout or "at rest" in done.stdout
    assert uno.ask().at_rest
    assert first.returncode == 130, out + err
    assert (tmp_path / "out" / "run.json").exists()


def test_a_board_that_nobody_holds_is_stopped_too(tmp_path: Path, uno: Uno) -> None:
    """Something has left it spinning, on a long lease."""
    uno.ask(Order.AUTO_RESET_OFF)
    mine = rig(tmp_path, uno, dtr="hold")
    with uno.link.open("r+b", buffering=0) as port:
        until_s = time.monotonic() + PATIENCE_S
        port.write(encode_command(hello(1)))
        port.write(encode_command(spin(2, "a", MOTION, 2000, 3200)))
        while not uno.ask().axes["a"].moving:
            assert time.monotonic() < until_s
    done = run(tmp_path, "stop", "--rig", mine)

    assert done.returncode == 0, done.stderr
    assert f"the board at {uno.link} was told to stop, and confirmed" in done.stdout
    assert uno.ask().at_rest


def test_a_board_that_says_nothing_is_not_called_at_rest(
    tmp_path: Path, uno: Uno
) -> None:
    """A port with nobody behind it: 30, and what to do."""
    master, slave = pty.openpty()
    try:
        mine = rig(tmp_path, uno, dtr="hold", boot_ms=10, port=os.ttyname(slave))
        done = run(tmp_path, "stop", "--rig", mine)
    finally:
        os.close(master)
        os.close(slave)

    assert done.returncode == 30, done.stdout
    assert "did NOT CONFIRM THAT IT STANDS (it says nothing)" in done.stderr
    assert done.stderr.rstrip().endswith("CUT ITS POWER")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("loopback", "has no real board"),
        ("uno-motor", "no USB device fits vid 0x2341"),
    ],
)
def test_what_cannot_be_stopped_is_said_in_one_line(
    tmp_path: Path, name: str, told: str
) -> None:
    """A simulated rig; a board that is not plugged in."""
    done = run(tmp_path, "stop", "--rig", name)

    assert done.returncode in (2, 21)
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
