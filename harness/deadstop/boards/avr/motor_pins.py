"""Which pin does what: the Arduino Motor Shield R3 and two encoders on an Uno.

The firmware's half of this table is its `motor_pins.h`; a test holds the two equal.
The shield's schematic is on docs.arduino.cc/hardware/motor-shield-rev3.
"""

from dataclasses import dataclass
from typing import Final

from deadstop.boards.avr.pins import Drive

__all__ = [
    "AXES",
    "CONTROL_A",
    "CONTROL_B",
    "AxisPins",
    "bridge",
    "is_connected",
    "on_permille",
]

# Timer 2, in I/O space (data sheet, section 18.11).
CONTROL_A, CONTROL_B = 0x90, 0x91  # TCCR2A, TCCR2B
_OCR2A, _OCR2B = 0x93, 0x94
_TOGGLE, _CLEAR_GOING_UP, _SET_GOING_UP = 1, 2, 3  # a channel's two COM bits
_EIGHT_BIT_PWM: Final = frozenset({1, 3})  # WGM: phase correct, fast; TOP is 255
_ANY_PWM: Final = frozenset({1, 3, 5, 7})
_TOP: Final = 255


@dataclass(frozen=True, slots=True)
class AxisPins:
    """One motor's pins by port, and the names printed on the Uno beside them."""

    direction: str
    brake: str
    enable: str
    encoder_a: str
    encoder_b: str
    direction_label: str
    brake_label: str
    enable_label: str
    compare_shift: int  # where its COM bits are in TCCR2A
    compare_register: int  # OCR2A or OCR2B

    def label(self, signal: str) -> str:
        """Name the pin that carries *signal*, as printed on the Uno."""
        if signal == "direction":
            return self.direction_label
        return self.brake_label if signal == "brake" else self.enable_label


AXES: Final = {
    "a": AxisPins(
        "PB4", "PB1", "PD3", "PD4", "PD5", "D12", "D9", "D3",
        compare_shift=4, compare_register=_OCR2B,
    ),
    "b": AxisPins(
        "PB5", "PB0", "PB3", "PD6", "PD7", "D13", "D8", "D11",
        compare_shift=6, compare_register=_OCR2A,
    ),
}  # fmt: skip


def is_connected(control_a: int, control_b: int, shift: int) -> bool:
    """Whether the compare output has its pin, and the port bit is cut off from it."""
    mode = (control_a & 3) | (control_b >> 1 & 4)
    output = control_a >> shift & 3
    return output > _TOGGLE or (output == _TOGGLE and mode not in _ANY_PWM)


def on_permille(control_a: int, control_b: int, shift: int, compare: int) -> int:
    """How much of the time a connected compare output is high.

    The value last written counts at once: silicon takes it up at the next TOP, at
    most one period (0.26 ms) later. What is not an 8-bit PWM counts as fully on, for
    nothing here can tell that it is off.
    """
    mode = (control_a & 3) | (control_b >> 1 & 4)
    if mode not in _EIGHT_BIT_PWM:
        return 1000
    if control_a >> shift & 3 == _SET_GOING_UP:
        compare = _TOP - compare
    return round(1000 * compare / _TOP)


def bridge(*, forward: bool, brake: bool, on_permille: int) -> Drive:
    """Say what an L298 with the shield's gates before it does.

    Brake high puts both half bridges at one level: that shorts the motor while the
    bridge is enabled, which with a PWM is counted as all or nothing.
    """
    if brake:
        return Drive(0, brake=on_permille >= 500)  # noqa: PLR2004 - half of 1000
    return Drive(on_permille if forward else -on_permille, brake=False)
