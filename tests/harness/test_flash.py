"""Flashing, with the real avrdude and a bootloader on the other end of its line."""

from pathlib import Path

import pytest

from deadstop.boards.avr.elf import read_elf
from deadstop.errors import BoardAbsentError, LinkFaultError
from deadstop.flash import flash_board
from deadstop.toolchain import firmware_elf
from tests.harness.bootloader import Bootloader

pytestmark = pytest.mark.timeout(120)


def test_the_very_firmware_gets_into_the_chip() -> None:
    """Every byte of it, read back by avrdude itself."""
    elf = firmware_elf()
    told: list[str] = []
    with Bootloader() as board:
        flash_board(elf, board.path, tell=told.append)

        wanted = read_elf(elf).flash
        assert bytes(board.flash[: len(wanted)]) == wanted
    assert told[0].startswith("writing controller to /dev/pts/")


def test_what_does_not_stay_written_is_told() -> None:
    """The comparison is avrdude's."""
    with (
        Bootloader(forgets=True) as board,
        pytest.raises(LinkFaultError, match="not what was written"),
    ):
        flash_board(firmware_elf(), board.path)


def test_another_chip_is_not_written_to() -> None:
    """An ATmega2560 says so."""
    with Bootloader(signature=b"\x1e\x98\x01") as board:
        with pytest.raises(BoardAbsentError, match="no ATmega328P"):
            flash_board(firmware_elf(), board.path)
        assert set(board.flash) == {0xFF}


def test_a_port_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    """Which names it."""
    port = tmp_path / "ttyACM9"
    with pytest.raises(BoardAbsentError, match="ttyACM9: the port cannot be opened"):
        flash_board(firmware_elf(), str(port))
