"""An ELF file is read without trust; what is wrong with it is said in one line."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadstop.boards.avr import AvrCore
from deadstop.boards.avr.elf import FLASH_BYTES, read_elf
from deadstop.errors import ToolchainError


@pytest.fixture
def good(compiled: Callable[[str], Path]) -> bytes:
    """A file that is right."""
    return compiled("echo").read_bytes()


def refused(tmp_path: Path, data: bytes) -> str:
    """Give the line with which *data* is refused."""
    path = tmp_path / "wrong.elf"
    path.write_bytes(data)
    with pytest.raises(ToolchainError) as info:
        AvrCore(path)
    line = str(info.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    assert "make -C firmware" in line
    assert info.value.exit_code == 22
    return line


def test_a_linked_program_is_read(compiled: Callable[[str], Path]) -> None:
    """Flash from address 0, with what initializes RAM; names of both kinds."""
    image = read_elf(compiled("counter"))
    assert 200 < len(image.flash) < FLASH_BYTES
    assert image.eeprom == b""
    assert image.variable("counts_a").size_bytes == 2
    main = image.functions["main"]
    assert image.function_at(main.address + 2) == "main"
    assert image.function_at(0) == "__vectors"  # written in assembly
    assert image.function_at(0x7000) == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With how to make it."""
    path = tmp_path / "none.elf"
    with pytest.raises(ToolchainError, match=r"none\.elf: cannot read .*make -C firm"):
        AvrCore(path)


def test_what_is_no_elf_file_is_refused(tmp_path: Path, good: bytes) -> None:
    """An empty file, text, and an Intel hex file are not."""
    for data in (b"", b":100000000C9434000C943E00", good[1:]):
        assert "not a 32-bit little-endian ELF file" in refused(tmp_path, data)


def test_a_program_for_another_machine_is_refused(tmp_path: Path, good: bytes) -> None:
    """By its number, and by its kind of AVR."""
    other = good[:18] + struct.pack("<H", 62) + good[20:]
    assert "it is for machine 62, an AVR is 83" in refused(tmp_path, other)
    core = good[:36] + struct.pack("<I", 0x86) + good[40:]
    assert "the core avr6" in refused(tmp_path, core)
    object_file = good[:16] + struct.pack("<H", 1) + good[18:]
    assert "not linked" in refused(tmp_path, object_file)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_a_file_cut_off_is_refused(tmp_path: Path, good: bytes, share: float) -> None:
    """Wherever the cut is."""
    assert refused(tmp_path, good[: int(len(good) * share)])


def test_a_program_too_big_is_refused(tmp_path: Path, good: bytes) -> None:
    """By the bytes that it needs and those there are."""
    (segments_at,) = struct.unpack_from("<I", good, 28)
    big = bytearray(good)
    struct.pack_into("<I", big, segments_at + 12, FLASH_BYTES - 4)
    line = refused(tmp_path, bytes(big))
    assert "bytes of flash, there are 32768" in line


def test_a_file_without_a_program_is_refused(tmp_path: Path, good: bytes) -> None:
    """Such as one with nothing but an EEPROM."""
    none = bytearray(good)
    struct.pack_into("<H", none, 44, 0)
    assert "it has no program in it" in refused(tmp_path, bytes(none))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 20_000), value=st.integers(0, 255))
def test_no_damaged_byte_makes_it_raise_anything_else(
    tmp_path: Path, good: bytes, at: int, value: int
) -> None:
    """Read, or refused."""
    damaged = bytearray(good)
    damaged[at % len(good)] = value
    path = tmp_path / "damaged.elf"
    path.write_bytes(damaged)
    try:
        read_elf(path)
    except ToolchainError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not raise
