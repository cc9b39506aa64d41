"""`deadstop flash`, with the virtual Uno and with a bootloader as the board."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deadstop.boards.avr.elf import read_elf
from deadstop.boards.serial.identity import own_build
from deadstop.toolchain import firmware_elf
from deadstop.uno.control import Order
from tests.harness.bootloader import Bootloader
from tests.harness.command_line import run
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


def test_a_board_that_has_this_very_build_is_left_alone(
    tmp_path: Path, uno: Uno
) -> None:
    """And the reason is told."""
    uno.ask(Order.AUTO_RESET_ON)
    done = run(tmp_path, "flash", "--rig", rig(tmp_path, uno))

    assert done.returncode == 0, done.stderr
    assert f": has {own_build()} already: not flashed" in done.stdout


def test_a_board_without_a_firmware_that_answers_is_written_to(
    tmp_path: Path, uno: Uno
) -> None:
    """A bootloader alone is no firmware afterwards either: that is told, as 21."""
    with Bootloader() as board:
        board.hear(b":0 hello 1 7*3d0d\n")  # looks like the beginning of a page
        mine = rig(tmp_path, uno, port=board.path, boot_ms=100)
        done = run(tmp_path, "flash", "--rig", mine)
        written = bytes(board.flash)

    image = read_elf(firmware_elf()).flash
    assert written[: len(image)] == image
    assert done.returncode == 21, done.stdout
    assert "was written to, and answers with nothing where" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("loopback", "has no real board"),
        ("remote-uno", "is at another machine"),
    ],
)
def test_what_cannot_be_flashed_is_said_in_one_line(
    tmp_path: Path, name: str, told: str
) -> None:
    """A simulated rig; a board elsewhere."""
    done = run(tmp_path, "flash", "--rig", name)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
