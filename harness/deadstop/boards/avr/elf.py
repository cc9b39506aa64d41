"""What an ELF file puts into an ATmega328P, read without trusting the file."""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from deadstop.errors import ToolchainError

__all__ = ["EEPROM_BYTES", "FLASH_BYTES", "Image", "Symbol", "read_elf"]

# ATmega328P data sheet, sections 7 and 8.
FLASH_BYTES: Final = 32 * 1024
EEPROM_BYTES: Final = 1024

# ELF specification 1.2 and binutils, include/elf/avr.h.
_MAGIC: Final = b"\x7fELF\x01\x01"  # 32 bit, little endian
_HEADER: Final = struct.Struct("<16sHHIIIIIHHHHHH")
_SEGMENT: Final = struct.Struct("<IIIIIIII")
_SECTION: Final = struct.Struct("<IIIIIIIIII")
_SYMBOL: Final = struct.Struct("<IIIBBH")
_EXECUTABLE: Final = 2
_AVR: Final = 83
_LOADED: Final = 1
_SYMBOL_TABLE: Final = 2
_OBJECT: Final = 1
_FUNCTION: Final = 2
_LABEL: Final = 0x10  # no kind, global
_KIND: Final = 0xF
_FIRST_RESERVED_SECTION: Final = 0xFF00  # absolute values and the like
_CORE_MASK: Final = 0x7F
_AVR5: Final = 5  # the instruction set of the ATmega328P
_DATA_BASE: Final = 0x80_0000
_EEPROM_BASE: Final = 0x81_0000
_FUSES_BASE: Final = 0x82_0000
_LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024  # debug information included


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable or function; *address* is the CPU's, in its own space."""

    address: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Image:
    """What is programmed, and the names of what is in it.

    Attributes:
        path: where it came from.
        flash: from address 0; erased bytes (0xff) fill the gaps.
        eeprom: likewise; empty if the file has none.
        variables: in RAM, by name.
        functions: in flash, by name; byte addresses.
        labels: of what was written in assembly, as in libgcc: byte address, name.
    """

    path: Path
    flash: bytes
    eeprom: bytes
    variables: Mapping[str, Symbol]
    functions: Mapping[str, Symbol]
    labels: tuple[tuple[int, str], ...]

    def variable(self, name: str) -> Symbol:
        """Find a variable by its name, or by what only its name contains.

        Raises:
            KeyError: there is none, or more than one.
        """
        found = [known for known in self.variables if name in known]
        if name not in self.variables and len(found) != 1:
            raise KeyError(f"no one variable {name!r} in {self.path}: {found}")
        return self.variables[name if name in self.variables else found[0]]

    def function_at(self, address: int) -> str:
        """Name the function that has the byte *address*, or the label before it.

        Empty if it is beyond the program.
        """
        for name, symbol in self.functions.items():
            if symbol.address <= address < symbol.address + symbol.size_bytes:
                return name
        before = bisect_right(self.labels, (address, "\x7f"))
        return (
            self.labels[before - 1][1] if before and address < len(self.flash) else ""
        )


@dataclass(frozen=True, slots=True)
class _Elf:
    """The tables of one file, each checked to lie within it."""

    data: bytes
    segments: list[tuple[int, ...]]
    sections: list[tuple[int, ...]]

    def piece(self, offset: int, size: int) -> bytes:
        if offset + size > len(self.data):
            raise ValueError(
                f"it ends at byte {len(self.data)}, its contents at {offset + size}; "
                "it is cut off"
            )
        return self.data[offset : offset + size]


def read_elf(path: Path) -> Image:
    """Read the program at *path*.

    Raises:
        ToolchainError: naming the file, what is wrong with it, and what to do.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE_BYTES)
    except OSError as error:
        raise ToolchainError(
            f"{path}: cannot read the firmware: {error.strerror}; "
            "build it with `make -C firmware`"
        ) from error
    try:
        return _image(path, _tables(data))
    except (ValueError, struct.error) as error:
        raise ToolchainError(
            f"{path}: not a firmware for the ATmega328P: {error}; "
            "build one with `make -C firmware`"
        ) from error


def _tables(data: bytes) -> _Elf:
    if not data.startswith(_MAGIC):
        raise ValueError("it is not a 32-bit little-endian ELF file")
    header = _HEADER.unpack_from(data)
    kind, machine, flags = header[1], header[2], header[7]
    if machine != _AVR:
        raise ValueError(f"it is for machine {machine}, an AVR is {_AVR}")
    if kind != _EXECUTABLE:
        raise ValueError("it is not linked: give the .elf, not an object file")
    if flags & _CORE_MASK != _AVR5:
        raise ValueError(
            f"it is for the core avr{flags & _CORE_MASK}, the ATmega328P is an "
            f"avr{_AVR5}: compile with -mmcu=atmega328p"
        )
    elf = _Elf(data, [], [])
    for struct_, offset, count, rows in (
        (_SEGMENT, header[5], header[10], elf.segments),
        (_SECTION, header[6], header[12], elf.sections),
    ):
        table = elf.piece(offset, count * struct_.size)
        rows.extend(struct_.iter_unpack(table))
    return elf


def _image(path: Path, elf: _Elf) -> Image:
    flash, eeprom = bytearray(), bytearray()
    for kind, offset, _virtual, address, size, *_rest in elf.segments:
        if kind != _LOADED or not size:
            continue
        content = elf.piece(offset, size)
        if address < _DATA_BASE:
            _place(flash, address, content, FLASH_BYTES, "flash")
        elif _EEPROM_BASE <= address < _FUSES_BASE:
            _place(eeprom, address - _EEPROM_BASE, content, EEPROM_BYTES, "EEPROM")
        # Fuses, lock bits and signature: an upload over the bootloader leaves them.
    if not flash:
        raise ValueError("it has no program in it")
    variables: dict[str, Symbol] = {}
    functions: dict[str, Symbol] = {}
    labels: list[tuple[int, str]] = []
    for name, kind, address, size in _symbols(elf):
        if kind == _FUNCTION and address < _DATA_BASE:
            functions[name] = Symbol(address, size)
        elif kind == _LABEL and address < len(flash):
            labels.append((address, name))
        elif kind == _OBJECT and _DATA_BASE <= address < _EEPROM_BASE:
            variables[name] = Symbol(address - _DATA_BASE, size)
    return Image(
        path,
        bytes(flash),
        bytes(eeprom),
        MappingProxyType(variables),
        MappingProxyType(functions),
        tuple(sorted(labels)),
    )


def _place(
    memory: bytearray, address: int, content: bytes, limit_bytes: int, name: str
) -> None:
    end = address + len(content)
    if end > limit_bytes:
        raise ValueError(f"it needs {end} bytes of {name}, there are {limit_bytes}")
    memory.extend(b"\xff" * (end - len(memory)))
    memory[address:end] = content


def _symbols(elf: _Elf) -> Iterator[tuple[str, int, int, int]]:
    for section in elf.sections:
        _name, kind, _flags, _address, offset, size, link = section[:7]
        if kind != _SYMBOL_TABLE:
            continue
        if link >= len(elf.sections):
            raise ValueError("its symbol table has no names")
        strings = elf.piece(elf.sections[link][4], elf.sections[link][5])
        table = elf.piece(offset, size - size % _SYMBOL.size)
        for at, address, length, info, _other, where in _SYMBOL.iter_unpack(table):
            name = strings[at : strings.find(b"\0", at)]
            kind_of = info if info == _LABEL else info & _KIND
            if kind_of and where < _FIRST_RESERVED_SECTION:
                yield name.decode("ascii", "replace"), kind_of, address, length
