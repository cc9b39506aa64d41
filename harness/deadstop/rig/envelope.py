"""What a component may ask of a real board, and how much a command asks."""

from dataclasses import dataclass
from typing import Final

from arduino_actuators.wire import Command
from arduino_actuators.wire.table import Verb

__all__ = ["Envelope"]

_PER_MILLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a component may ask of a board; infinite where nothing is said.

    Attributes:
        speed_cps: counts/s.
        travel_counts: of one motion, and from where the case began.
        duty: share of the motors' supply, 0 to 1.
        motion_s: for how long a motion may be fed, in seconds.
    """

    speed_cps: float = float("inf")
    travel_counts: float = float("inf")
    duty: float = 1.0
    motion_s: float = float("inf")

    def beyond(self, command: Command) -> str:
        """Say what of *command* is too much; empty if nothing is."""
        asked = _asked(command)
        if asked.speed_cps > self.speed_cps:
            return f"{asked.speed_cps:g} counts/s, and {self.speed_cps:g} are allowed"
        if asked.travel_counts > self.travel_counts:
            return (
                f"a way of {asked.travel_counts:g} counts, and "
                f"{self.travel_counts:g} are allowed"
            )
        if asked.duty > self.duty:
            return f"{asked.duty:.0%} of the supply, and {self.duty:.0%} are allowed"
        return ""


def _asked(command: Command) -> Envelope:
    """Return what *command* asks for; nothing, if it asks for no motion."""
    match command.verb, command.args:
        case ((Verb.MOVE | Verb.GOTO), (_, _, _, int(way), int(speed))):
            return Envelope(speed, abs(way), 0.0)
        case ((Verb.SPIN | Verb.HOME), (_, _, _, int(speed))):
            return Envelope(abs(speed), 0, 0.0)
        case Verb.POWER, (_, _, _, int(duty)):
            return Envelope(0, 0, abs(duty) / _PER_MILLE)
        case Verb.LINE, (_, _, int(a), int(b), int(c), int(speed), _):
            return Envelope(speed, max(abs(a), abs(b), abs(c)), 0.0)
        case Verb.VIA, (_, int(a), int(b), int(c), int(speed)):
            return Envelope(speed, max(abs(a), abs(b), abs(c)), 0.0)
        case _:
            return Envelope(0, 0, 0.0)
