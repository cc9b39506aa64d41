"""A Pololu Tic stepper controller on its serial port, without CRC.

Of the Tic user's guide: a byte with its top bit set begins a command, and carries its
number (compact protocol); 0xAA begins one of the Pololu protocol, with the device's
number and the command's without its top bit. All other bytes have a clear top bit, so
a 32-bit value has a byte of its own for its four top bits. If the controller hears none
of the commands that renew its timeout for one second, it stops by itself.
"""

import struct
from typing import Final

from deadstop.far_ends.line import main
from deadstop.far_ends.shaft import Shaft

__all__ = ["Tic"]

DEVICE: Final = 14
POLOLU: Final = 0xAA
TIMEOUT_S: Final = 1.0
PER_10_000_S: Final = 10_000.0  # speeds are in steps per 10,000 s
OFF, TARGET_POSITION, TARGET_VELOCITY = range(3)  # planning modes
_SETTINGS: Final = {0x94: 1, 0x91: 1, 0x92: 1, 0xE5: 5, 0xE9: 5, 0xEA: 5}


class Tic:
    """The controller and its motor; positions in steps."""

    def __init__(self) -> None:
        """Be at rest at 0."""
        self._shaft = Shaft()
        self._mode = OFF
        self._target = 0
        self._steps_s = 200.0  # the default maximum speed
        self._renewed_s = 0.0
        self._command = bytearray()
        self._pololu = False
        # What each carries, in bytes, and what it does.
        self._commands: Final = {
            0xE0: (5, self._set_target),
            0xE3: (5, self._set_velocity),
            0xE6: (5, self._set_speed),
            0xEC: (5, self._halt_and_place),
            0x89: (0, self._halt),
            0x86: (0, self._halt),  # de-energize
            0x8F: (0, self._halt),  # enter safe start
            0xB0: (0, self._halt),  # reset
            0x8C: (0, self._renew),
            0x83: (0, self._nothing),  # exit safe start
            0x85: (0, self._nothing),  # energize
            0x8A: (0, self._nothing),  # clear driver error
            0xA1: (2, self._variable),
            **{code: (size, self._nothing) for code, size in _SETTINGS.items()},
        }

    def feed(self, data: bytes, t_s: float) -> bytes:
        """Take *data*, which came at *t_s*, and return what is answered to it."""
        if self._mode != OFF and t_s > self._renewed_s + TIMEOUT_S:
            self._halt(self._renewed_s + TIMEOUT_S, b"")
        return b"".join(self._take(byte, t_s) for byte in data)

    def _take(self, byte: int, t_s: float) -> bytes:
        if byte & 0x80:
            self._command.clear()
            self._pololu = byte == POLOLU
        elif not self._command:
            return b""  # belongs to nothing
        self._command.append(byte)
        if self._pololu:
            if len(self._command) < 3:  # noqa: PLR2004 - 0xAA, device, command
                return b""
            device, code, carried = self._command[1], self._command[2], 3
            if device != DEVICE:
                return b""
        else:
            code, carried = byte if len(self._command) == 1 else self._command[0], 1
        size_bytes, act = self._commands.get(code | 0x80, (0, self._nothing))
        if len(self._command) < carried + size_bytes:
            return b""
        body = bytes(self._command[carried:])
        self._command.clear()
        return act(t_s, body) or b""

    def _nothing(self, _: float, __: bytes) -> None:
        """Take it, and do nothing."""

    def _renew(self, t_s: float, _: bytes) -> None:
        self._renewed_s = t_s

    def _set_target(self, t_s: float, body: bytes) -> None:
        self._renew(t_s, body)
        self._mode, self._target = TARGET_POSITION, _signed(body)
        self._shaft.stop(t_s)
        way = self._target - self._shaft.position(t_s)
        self._shaft.go(t_s, way, self._steps_s)

    def _set_velocity(self, t_s: float, body: bytes) -> None:
        self._renew(t_s, body)
        self._mode = TARGET_VELOCITY
        self._shaft.spin(t_s, _signed(body) / PER_10_000_S)

    def _set_speed(self, _: float, body: bytes) -> None:
        self._steps_s = _signed(body) / PER_10_000_S

    def _halt(self, t_s: float, _: bytes) -> None:
        self._renew(t_s, b"")
        self._mode = OFF
        self._shaft.stop(t_s)
        self._shaft.place(round(self._shaft.position(t_s)))

    def _halt_and_place(self, t_s: float, body: bytes) -> None:
        self._halt(t_s, b"")
        self._shaft.place(_signed(body))

    def _variable(self, t_s: float, body: bytes) -> bytes:
        variables = bytearray(0x80)
        variables[0x00] = 10  # operation state: normal
        variables[0x01] = 1  # energized
        variables[0x09] = self._mode
        struct.pack_into("<i", variables, 0x0A, self._target)
        struct.pack_into("<i", variables, 0x22, round(self._shaft.position(t_s)))
        speed = round(self._shaft.speed(t_s) * PER_10_000_S)
        struct.pack_into("<i", variables, 0x26, speed)
        at, size_bytes = body
        return bytes(variables[at : at + size_bytes])


def _signed(body: bytes) -> int:
    """Put a 32-bit value together: its four top bits, then four bytes without."""
    tops, *rest = body
    value = bytes(byte | (tops >> i & 1) << 7 for i, byte in enumerate(rest))
    return int.from_bytes(value, "little", signed=True)


if __name__ == "__main__":
    main(Tic)
