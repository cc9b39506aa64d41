"""The Arduino Motor Shield R3: two bridges, each with a gear motor and its encoder."""

from typing import Final

from deadstop.boards import BoardError
from deadstop.boards.avr.bridges import Bridges
from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.motor_pins import AXES
from deadstop.boards.avr.news import News
from deadstop.boards.avr.pinchange import PORT_D, PinChange
from deadstop.boards.avr.pins import SHIELD_AXES, Change, Drive
from deadstop.boards.avr.shaft import Shaft
from deadstop.boards.avr.shield import Stepped
from deadstop.plant import MotorParameters
from deadstop.trace import Event

__all__ = ["MotorShield"]


class MotorShield:
    """A `deadstop.boards.avr.shield.Shield`."""

    def __init__(self, chip: Chip, news: News, motor: MotorParameters) -> None:
        """Begin with both bridges open and both shafts at angle 0.

        Args:
            chip: what it is plugged on.
            news: is told of every change and event.
            motor: what both motors are.
        """
        self._news = news
        pin_change = PinChange(chip, PORT_D)
        self._shafts: Final = {
            name: Shaft(
                name,
                chip,
                motor,
                pins=pins,
                set_pin=pin_change.set_pin,
                to_s=news.to_s,
                observe=self._seen,
            )
            for name, pins in AXES.items()
        }
        self._bridges = Bridges(chip, self._changed)

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return SHIELD_AXES["motor"]

    def reset(self) -> None:
        """See that the chip was reset, which clears its timers without a write."""
        self._bridges.reset()

    def is_at_rest(self, cycle: int) -> bool:
        """Whether every drive is off and every shaft still."""
        return all(shaft.is_at_rest(cycle) for shaft in self._shafts.values())

    def position_rev(self, axis: str, cycle: int) -> float:
        """True angle of a shaft since power-up."""
        return self._shafts[axis].position_rev(cycle)

    def drive(self, axis: str) -> Drive:
        """What its bridge does now."""
        return self._shafts[axis].drive

    def encoder_counts(self, axis: str) -> int:
        """What the lines of its encoder have counted."""
        return self._shafts[axis].shown_counts

    def joint(self, axis: str) -> Stepped:
        """Refuse: nothing is stepped here.

        Raises:
            BoardError: always.
        """
        raise BoardError(
            f"axis {axis!r} of the motor shield has no step pin: "
            "ask for its encoder's counts"
        )

    def jam_shaft(self, axis: str, cycle: int, *, jammed: bool) -> None:
        """Hold a shaft fast, or let it go."""
        self._shafts[axis].jam(cycle, jammed=jammed)

    def break_encoder(self, axis: str, cycle: int) -> None:
        """Let an encoder repeat its present count for ever."""
        self._shafts[axis].break_encoder(cycle)

    def flush(self) -> None:
        """Do nothing: all that is seen is told at once."""

    def _seen(self, event: Event) -> None:
        """Pass on what a witness saw, which knows of one way only to be off."""
        if event.kind == "drive":
            drive = self._shafts[str(event.data["axis"])].drive
            self._news.pass_on(event, brake=drive.brake)
        else:
            self._news.pass_on(event)

    def _changed(self, change: Change) -> None:
        self._news.tell_change(change)
        self._shafts[change.axis].set_drive(change.cycle, change.drive)
