"""A RoboClaw with two motors and encoders, in packet serial mode.

Of the RoboClaw user manual: a packet is address, command, data, and a CRC16 over all
of it, high byte first. What changes something is answered with 0xFF; what asks, with
the data and a CRC16 over question and data. A packet with a wrong CRC has no answer.
"""

import struct
from binascii import crc_hqx
from collections.abc import Callable
from typing import Final

from deadstop.far_ends.line import main
from deadstop.far_ends.shaft import Shaft

__all__ = ["Roboclaw"]

ADDRESS: Final = 0x80
ACK: Final = b"\xff"
EMPTY: Final = 0x80  # of a buffer of moves: empty, and the last one done
FULL_SPEED_COUNTS_S: Final = 12_000.0  # at full duty: our own choice


def _crc16(data: bytes) -> bytes:
    return crc_hqx(data, 0).to_bytes(2, "big")


class Roboclaw:
    """The controller and its motors; positions in counts."""

    def __init__(self) -> None:
        """Be at rest, with the encoders at 0."""
        self._motors = (Shaft(), Shaft())
        self._data = bytearray()
        # What a command carries, as struct has it, and what it does.
        self._writes: dict[int, tuple[str, Callable[..., None]]] = {}
        for number, motor in enumerate(self._motors):
            m1_or_m2 = self._commands_of(motor)
            for codes, form, act in m1_or_m2:
                self._writes[codes[number]] = (form, act)
        self._writes[20] = ("", self._reset_encoders)
        self._reads: dict[int, Callable[[float], bytes]] = {
            16: lambda t_s: self._encoder(0, t_s),
            17: lambda t_s: self._encoder(1, t_s),
            47: self._buffers,
        }

    def feed(self, data: bytes, t_s: float) -> bytes:
        """Take *data*, which came at *t_s*, and return what is answered to it."""
        self._data += data
        answer = b""
        while len(self._data) > 1:
            if self._data[0] != ADDRESS:
                del self._data[0]
                continue
            command = self._data[1]
            if command in self._reads:
                # The question of a read has no CRC.
                question = bytes(self._data[:2])
                del self._data[:2]
                told = self._reads[command](t_s)
                answer += told + _crc16(question + told)
                continue
            if command not in self._writes:
                self._data.clear()
                break
            form, act = self._writes[command]
            size_bytes = 2 + struct.calcsize(form) + 2
            if len(self._data) < size_bytes:
                break
            packet = bytes(self._data[:size_bytes])
            if _crc16(packet[:-2]) != packet[-2:]:
                self._data.clear()
                break
            del self._data[:size_bytes]
            act(t_s, *struct.unpack(form, packet[2:-2]))
            answer += ACK
        return answer

    def _commands_of(
        self, motor: Shaft
    ) -> list[tuple[tuple[int, int], str, Callable[..., None]]]:
        def duty(t_s: float, value: int) -> None:
            motor.spin(t_s, FULL_SPEED_COUNTS_S * value / 32767)

        def speed(t_s: float, counts_s: int) -> None:
            motor.spin(t_s, counts_s)

        def go(t_s: float, counts_s: int, counts: int, at_once: int) -> None:
            if at_once:
                motor.stop(t_s)
            motor.go(t_s, counts if counts_s > 0 else -counts, counts_s)

        def forward(t_s: float, value: int) -> None:
            motor.spin(t_s, FULL_SPEED_COUNTS_S * value / 127)

        def backward(t_s: float, value: int) -> None:
            forward(t_s, -value)

        return [
            ((0, 4), ">B", forward),
            ((1, 5), ">B", backward),
            ((32, 33), ">h", duty),
            ((35, 36), ">i", speed),
            ((41, 42), ">iIB", go),
        ]

    def _reset_encoders(self, t_s: float) -> None:
        for motor in self._motors:
            motor.stop(t_s)
            motor.place(0.0)

    def _encoder(self, number: int, t_s: float) -> bytes:
        motor = self._motors[number]
        counts = round(motor.position(t_s))
        backward = motor.speed(t_s) < 0
        return struct.pack(">IB", counts & 0xFFFF_FFFF, backward << 1)

    def _buffers(self, t_s: float) -> bytes:
        return bytes(0 if motor.speed(t_s) else EMPTY for motor in self._motors)


if __name__ == "__main__":
    main(Roboclaw)
