"""A stepper motor on a Pololu Tic, with the compact protocol.

A count is a step of the driver, so ``counts_per_rev`` is full steps times microsteps.
"""

import struct
from typing import Final

from deadstop.examples.motor import ExampleMotor
from deadstop.examples.talk import PacketTalk

__all__ = ["BrokenTicMotor", "TicMotor"]

BAUD: Final = 9600
# Commands of the user's guide.
SET_TARGET_POSITION: Final = 0xE0
SET_MAX_SPEED: Final = 0xE6
GET_VARIABLE: Final = 0xA1
EXIT_SAFE_START: Final = 0x83
ENERGIZE: Final = 0x85
HALT_AND_HOLD: Final = 0x89
RESET_COMMAND_TIMEOUT: Final = 0x8C
# Variables, by their offset.
PLANNING_MODE_AND_TARGET: Final = 0x09
CURRENT_POSITION: Final = 0x22
TO_POSITION: Final = 1  # a planning mode
PER_10_000_S: Final = 10_000  # speeds are in steps per 10,000 s


def write_32(command: int, value: int) -> bytes:
    """Return a command with a 32-bit value: its bytes' top bits, then the bytes."""
    data = struct.pack("<i", value)
    tops = sum((byte >> 7) << i for i, byte in enumerate(data))
    return bytes([command, tops, *(byte & 0x7F for byte in data)])


class TicMotor(ExampleMotor):
    """Sets targets, and feeds the controller's own timeout while it moves."""

    async def _connect(self, path: str) -> None:
        self._talk = PacketTalk()
        await self._talk.open(path, BAUD)

    async def _disconnect(self) -> None:
        await self._talk.close()

    async def _begin(self, counts_s: float, counts: float) -> None:
        target = round(await self._position_counts() + counts)
        self._talk.tell(
            bytes([EXIT_SAFE_START, ENERGIZE])
            + write_32(SET_MAX_SPEED, round(counts_s * PER_10_000_S))
            + write_32(SET_TARGET_POSITION, target)
        )

    async def _is_under_way(self) -> bool:
        told = await self._read(PLANNING_MODE_AND_TARGET, 5)
        mode, target = struct.unpack("<Bi", told)
        if mode != TO_POSITION or target == await self._position_counts():
            return False
        self._talk.tell(bytes([RESET_COMMAND_TIMEOUT]))
        return True

    async def _position_counts(self) -> int:
        told = await self._read(CURRENT_POSITION, 4)
        return int.from_bytes(told, "little", signed=True)

    async def _read(self, offset: int, size_bytes: int) -> bytes:
        question = bytes([GET_VARIABLE, offset, size_bytes])
        return await self._talk.ask(question, size_bytes)

    def _send_stop(self) -> None:
        self._talk.tell_at_once(bytes([HALT_AND_HOLD]))


class BrokenTicMotor(TicMotor):
    """Its stop is the command's number without the top bit: the controller drops it."""

    def _send_stop(self) -> None:
        self._talk.tell_at_once(bytes([HALT_AND_HOLD & 0x7F]))
