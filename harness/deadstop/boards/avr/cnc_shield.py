"""The CNC Shield V3: three stepper drivers with one enable, each with a joint."""

from typing import Final

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.cnc_pins import ENABLE, ENABLE_LABEL, JOINTS, no_encoder
from deadstop.boards.avr.joint import ON, Joint
from deadstop.boards.avr.news import News
from deadstop.boards.avr.pinchange import PORT_B, PinChange
from deadstop.boards.avr.pins import CPU_HZ, OPEN, SHIELD_AXES, Change, Drive
from deadstop.boards.loopback.config import CNC_RANGES
from deadstop.plant import NEMA17_JOINT, Stepper

__all__ = ["CncShield"]

_ALL: Final = "*"
_LOOK_CYCLES: Final = CPU_HZ // 1000  # as the twin: once a control period


class CncShield:
    """A `deadstop.boards.avr.shield.Shield`."""

    def __init__(self, chip: Chip, news: News) -> None:
        """Begin with all drivers off and all joints at position 0.

        Args:
            chip: what it is plugged on.
            news: is told of every change and event.
        """
        self._chip = chip
        self._news = news
        self._enable_level = 1
        self._look = chip.timer(self._look_now)
        self._looking = False
        pin_change = PinChange(chip, PORT_B)
        self._joints: Final = {
            name: Joint(
                name,
                chip,
                Stepper(NEMA17_JOINT, least_steps=CNC_RANGES[name].start),
                pins=pins,
                set_pin=pin_change.set_pin,
                news=news,
                stir=self._stir,
            )
            for name, pins in JOINTS.items()
        }
        chip.pull_pin_up(ENABLE)
        chip.watch_pin(ENABLE, self._enabled)

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return SHIELD_AXES["cnc"]

    def reset(self) -> None:
        """Do nothing: its pins say all, and have said it."""

    def is_at_rest(self, cycle: int) -> bool:
        """Whether the drivers are off and every joint still."""
        return all(joint.is_at_rest(cycle) for joint in self._joints.values())

    def position_rev(self, axis: str, _cycle: int) -> float:
        """True angle of a joint since power-up."""
        return self._joints[axis].position_rev

    def drive(self, axis: str) -> Drive:
        """What its driver does now."""
        return self._joints[axis].drive

    def encoder_counts(self, axis: str) -> int:
        """Refuse: there is no encoder.

        Raises:
            BoardError: always.
        """
        raise no_encoder(axis)

    def joint(self, axis: str) -> Joint:
        """What was seen at its step pin."""
        return self._joints[axis]

    def jam_shaft(self, axis: str, cycle: int, *, jammed: bool) -> None:
        """Hold a joint fast, so that its steps are lost, or let it go."""
        self._joints[axis].jam(cycle, jammed=jammed)

    def break_encoder(self, axis: str, _cycle: int) -> None:
        """Refuse: there is no encoder.

        Raises:
            BoardError: always.
        """
        raise no_encoder(axis)

    def flush(self) -> None:
        """Tell of what was seen and not yet told."""
        for joint in self._joints.values():
            joint.flush()

    # The inside.

    def _enabled(self, level: int, _driven: bool) -> None:
        if level == self._enable_level:
            return
        self._enable_level = level
        cycle = self._chip.cycle
        drive = OPEN if level else ON
        for joint in self._joints.values():
            joint.enable(cycle, drive)
        self._news.tell_change(
            Change(cycle, _ALL, "enable", ENABLE_LABEL, level, drive)
        )

    def _stir(self) -> None:
        if not self._looking:
            self._looking = True
            self._look.at(self._chip.cycle + _LOOK_CYCLES)

    def _look_now(self, when: int) -> int:
        self._looking = False
        for joint in self._joints.values():
            joint.look(when)
            self._looking = self._looking or joint.is_moving
        return when + _LOOK_CYCLES if self._looking else 0
