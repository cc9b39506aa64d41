"""A motor on M1 of a RoboClaw, in packet serial mode."""

import struct
from binascii import crc_hqx
from typing import Any, Final

from typing_extensions import override

from arduino_actuators.errors import DeviceError
from deadstop.examples.motor import ExampleMotor
from deadstop.examples.talk import PacketTalk

__all__ = ["BrokenRoboclawMotor", "RoboclawMotor"]

ADDRESS: Final = 0x80
BAUD: Final = 38_400
# Commands of the user manual.
READ_ENCODER_M1: Final = 16
DUTY_M1: Final = 32
SPEED_AND_DISTANCE_M1: Final = 41
READ_BUFFERS: Final = 47
AT_ONCE: Final = 1  # in place of what is under way
EMPTY: Final = 0x80  # a buffer of moves, and the last one is done


def crc16(data: bytes) -> bytes:
    """Return the CRC of a packet: polynomial 0x1021 from 0, high byte first."""
    return crc_hqx(data, 0).to_bytes(2, "big")


def packet(command: int, form: str, *values: int) -> bytes:
    """Return a packet that changes something."""
    body = bytes([ADDRESS, command]) + struct.pack(form, *values)
    return body + crc16(body)


class RoboclawMotor(ExampleMotor):
    """Moves by a distance at a speed, which the controller counts itself."""

    async def _connect(self, path: str) -> None:
        self._talk = PacketTalk()
        await self._talk.open(path, BAUD)

    async def _disconnect(self) -> None:
        await self._talk.close()

    async def _begin(self, counts_s: float, counts: float) -> None:
        speed = round(counts_s if counts > 0 else -counts_s)
        move = (speed, abs(round(counts)), AT_ONCE)
        await self._talk.ask(packet(SPEED_AND_DISTANCE_M1, ">iIB", *move), 1)

    async def _is_under_way(self) -> bool:
        return (await self._read(READ_BUFFERS, 2))[0] != EMPTY

    async def _position_counts(self) -> float:
        counts: int = struct.unpack(">iB", await self._read(READ_ENCODER_M1, 5))[0]
        return counts

    async def _read(self, command: int, size_bytes: int) -> bytes:
        question = bytes([ADDRESS, command])
        answer = await self._talk.ask(question, size_bytes + 2)
        if crc16(question + answer[:-2]) != answer[-2:]:
            raise DeviceError(f"the answer to command {command} has a wrong CRC")
        return answer[:-2]

    def _send_stop(self) -> None:
        self._talk.tell_at_once(packet(DUTY_M1, ">h", 0), 1)


class BrokenRoboclawMotor(RoboclawMotor):
    """Stops on an `Exception`: a cancellation is none, and an operation it has not."""

    @override
    async def go_for(self, rpm: float, revolutions: float, **_: Any) -> None:
        """Turn, and stop if anything goes wrong: or so it seems."""
        await self._open()
        try:
            await self._move(abs(rpm), revolutions)
        except Exception:
            self._send_stop()
            raise
