"""`deadstop doctor`, with the virtual Uno, and with machines that are not well."""

import os
import pty
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadstop.boards.serial.lock import PortLock
from deadstop.doctor import Finding, Health, Machine, examine
from deadstop.rig import SerialBoardConfig
from deadstop.uno.control import Order
from tests.harness.command_line import run
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


def found(config: SerialBoardConfig, machine: Machine) -> dict[str, Finding]:
    """Return what is found, by what was looked at."""
    return {one.what: one for one in examine(config, "rig", machine)}


def test_a_board_that_is_well_is_told_to_be(tmp_path: Path, uno: Uno) -> None:
    """Every line of it; nothing has moved."""
    uno.ask(Order.AUTO_RESET_ON)
    before = uno.ask().axes
    done = run(tmp_path, "doctor", "--rig", rig(tmp_path, uno))

    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    looked_at = [line[2:16].strip() for line in lines if line[:1] in "+~"]
    assert looked_at == [
        "port",
        "permission",
        "modem manager",
        "latency timer",
        "users",
        "reset",
        "identity",
        "echo",
        "clock",
        "line",
    ]
    assert " of 50; " in done.stdout
    (clock,) = [line for line in lines if line.startswith("+ clock")]
    told = re.search(r"(\d+) \+/- (\d+) ppm (?:slow|fast), of this machine's", clock)
    assert told is not None, clock
    drift_ppm, error_ppm = map(int, told.groups())
    assert drift_ppm <= error_ppm + 1, "the simulation's clock is this machine's"
    assert error_ppm < 3000
    assert uno.ask().axes == before


def test_another_build_is_told_and_what_to_do(tmp_path: Path, uno: Uno) -> None:
    """It is 21, as it would be for a run."""
    uno.ask(Order.AUTO_RESET_ON)
    done = run(tmp_path, "doctor", "--rig", rig(tmp_path, uno, build="fw-00000000"))

    assert done.returncode == 21
    assert "X identity" in done.stdout
    assert "-> deadstop flash" in done.stdout


def test_a_port_with_nobody_behind_it_is_told(tmp_path: Path) -> None:
    """After that there is nothing more to look at."""
    master, slave = pty.openpty()
    try:
        config = SerialBoardConfig(
            kind="serial", port=os.ttyname(slave), dtr="hold", boot_ms=10
        )
        findings = found(config, Machine(tmp_path, tmp_path))
    finally:
        os.close(master)
        os.close(slave)

    assert findings["identity"].health is Health.BAD
    assert "answered `hello`" in findings["identity"].detail
    assert "echo" not in findings


def test_a_board_that_is_not_plugged_in_is_the_only_finding(tmp_path: Path) -> None:
    """It says which ports there are."""
    config = SerialBoardConfig(kind="serial", port="/dev/serial/by-id/none")

    assert [one.what for one in examine(config, "rig", Machine(tmp_path))] == ["port"]


def test_a_slow_chip_and_a_modem_manager_are_told(tmp_path: Path) -> None:
    """With the very lines that mend them."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    process = tmp_path / "proc" / "77"
    process.mkdir(parents=True)
    (process / "comm").write_text("ModemManager\n")
    device = tmp_path / "sys" / "class" / "tty" / Path(name).name / "device"
    device.mkdir(parents=True)
    (device / "latency_timer").write_text("16\n")
    config = SerialBoardConfig(kind="serial", port=name, dtr="hold")
    machine = Machine(tmp_path / "proc", tmp_path / "sys")
    try:
        findings = dict[str, Finding]()
        for one in examine(config, "rig", machine):
            findings[one.what] = one
            if one.what == "latency timer":
                break
    finally:
        os.close(master)
        os.close(slave)

    assert findings["modem manager"].health is Health.POOR
    assert "ID_MM_DEVICE_IGNORE" in findings["modem manager"].advice
    assert findings["latency timer"].detail.startswith("16 ms")
    assert findings["latency timer"].advice.startswith("echo 1 | sudo tee ")


def test_a_port_that_somebody_left_open_for_the_next_is_reset_all_the_same(
    tmp_path: Path, uno: Uno
) -> None:
    """As `deadstop stop` does: DTR stays raised, and an opening resets nothing.

    A virtual Uno, which begins with an auto-reset that is off, is told to have one.
    """
    uno.ask(Order.AUTO_RESET_OFF)
    mine = rig(tmp_path, uno, control=str(uno.link))
    assert run(tmp_path, "stop", "--rig", mine).returncode == 0
    done = run(tmp_path, "doctor", "--rig", mine)

    assert done.returncode == 0, done.stdout
    assert "+ users         only " in done.stdout


def test_a_board_that_is_held_is_busy_and_not_absent(tmp_path: Path, uno: Uno) -> None:
    """It is 20, as it would be for a run, and says who."""
    lock = PortLock(str(uno.link.resolve()), "a run of mine")
    try:
        done = run(tmp_path, "doctor", "--rig", rig(tmp_path, uno))
    finally:
        lock.close()

    assert done.returncode == 20
    assert "rig a run of mine, since 20" in done.stdout
