"""What the chip's pins and its PWM make the motor shield's two bridges do."""

from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.motor_pins import (
    AXES,
    CONTROL_A,
    CONTROL_B,
    AxisPins,
    bridge,
    is_connected,
    on_permille,
)
from deadstop.boards.avr.pins import OPEN, Change, Drive

__all__ = ["Bridges"]


class _Half:
    """One of the two bridges."""

    def __init__(self, pins: AxisPins) -> None:
        self.pins = pins
        self.levels = {"direction": 0, "brake": 0, "enable": 0, "pwm": 0, "duty": 0}
        self.is_output = False
        self.now = OPEN

    def drive(self, control_a: int, control_b: int) -> Drive:
        if self.levels["pwm"]:
            shift, compare = self.pins.compare_shift, self.levels["duty"]
            permille = on_permille(control_a, control_b, shift, compare)
        else:
            permille = 1000 * self.levels["enable"]
        return bridge(
            forward=bool(self.levels["direction"]),
            brake=bool(self.levels["brake"]),
            on_permille=permille,
        )


class Bridges:
    """Watches the pins, and the registers of timer 2, from the chip's power-up on."""

    def __init__(self, chip: Chip, changed: Callable[[Change], None]) -> None:
        """Begin with every pin floating: both bridges open.

        Args:
            chip: what it is plugged on.
            changed: called with each change, at its cycle.
        """
        self._chip = chip
        self._changed = changed
        self._control: Final = {CONTROL_A: 0, CONTROL_B: 0}
        self._halves: Final = {name: _Half(pins) for name, pins in AXES.items()}
        for name, pins in AXES.items():
            self._watch(name, "direction", pins.direction)
            self._watch(name, "brake", pins.brake)
            self._watch(name, "enable", pins.enable)
            self._watch_duty(name, pins.compare_register)
        for register in self._control:
            self._watch_control(register)

    def reset(self) -> None:
        """See that the chip was reset, which clears its timers without a write."""
        for register in self._control:
            self._set_control(register, 0)
        for name in self._halves:
            self._see(name, "duty", 0)

    def _watch(self, name: str, signal: str, pin: str) -> None:
        half = self._halves[name]

        def changed(level: int, driven: bool) -> None:
            if signal == "enable":
                half.is_output = driven
                self._see_connection(name)
            self._see(name, signal, level)

        self._chip.watch_pin(pin, changed)

    def _watch_duty(self, name: str, register: int) -> None:
        self._chip.watch_register(
            register, lambda value, _old: self._see(name, "duty", value)
        )

    def _watch_control(self, register: int) -> None:
        self._chip.watch_register(
            register, lambda value, _old: self._set_control(register, value)
        )

    def _set_control(self, register: int, value: int) -> None:
        if value != self._control[register]:
            self._control[register] = value
            for name in self._halves:
                self._see_connection(name)

    def _see_connection(self, name: str) -> None:
        half = self._halves[name]
        shift = half.pins.compare_shift
        connected = half.is_output and is_connected(
            self._control[CONTROL_A], self._control[CONTROL_B], shift
        )
        self._see(name, "pwm", int(connected))

    def _see(self, name: str, signal: str, level: int) -> None:
        half = self._halves[name]
        same = half.levels[signal] == level
        half.levels[signal] = level
        drive = half.drive(self._control[CONTROL_A], self._control[CONTROL_B])
        if same and drive == half.now:
            return
        half.now = drive
        pin = half.pins.label(signal)
        self._changed(Change(self._chip.cycle, name, signal, pin, level, drive))
