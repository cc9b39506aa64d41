"""Checksums that end the frames of well-known protocols."""

from binascii import crc_hqx
from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

__all__ = ["CHECKSUMS"]


def _none(_: bytes) -> bytes:
    return b""


def _xor(data: bytes) -> bytes:
    return bytes([reduce(xor, data, 0)])


def _sum8(data: bytes) -> bytes:
    return bytes([sum(data) & 0xFF])


def _crc7(data: bytes) -> bytes:
    """Pololu's: least significant bit first, polynomial 0x91, top bit clear."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc ^ 0x91) >> 1 if crc & 1 else crc >> 1
    return bytes([crc])


def _crc16_ccitt(data: bytes) -> bytes:
    """Polynomial 0x1021, from 0, high byte first (also called XMODEM)."""
    return crc_hqx(data, 0).to_bytes(2, "big")


def _crc16_modbus(data: bytes) -> bytes:
    """Polynomial 0x8005 reflected, from 0xFFFF, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


CHECKSUMS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "none": _none,
        "xor": _xor,
        "sum8": _sum8,
        "crc7": _crc7,
        "crc16-ccitt": _crc16_ccitt,
        "crc16-modbus": _crc16_modbus,
    }
)
