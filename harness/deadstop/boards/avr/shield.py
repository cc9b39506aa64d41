"""What a board needs of the shield that is plugged on it."""

from typing import Protocol

from deadstop.boards.avr.pins import Drive

__all__ = ["Shield", "Stepped"]


class Stepped(Protocol):
    """What the edges of a step pin come to, since the chip's power-up."""

    @property
    def steps(self) -> int:
        """Their sum, signed, in microsteps."""

    @property
    def edges(self) -> int:
        """How many there were."""

    @property
    def last_edge_cycle(self) -> int:
        """When the last one was; 0 if there was none."""


class Shield(Protocol):
    """A shield with its motors, from the chip's power-up on.

    Axes are named by the letters of `axes`, which the caller has checked. Cycles are
    the chip's present.
    """

    @property
    def axes(self) -> str:
        """The letters of its axes."""

    def reset(self) -> None:
        """See that the chip was reset, which clears its timers without a write."""

    def is_at_rest(self, cycle: int) -> bool:
        """Whether every drive is off and every shaft still."""

    def position_rev(self, axis: str, cycle: int) -> float:
        """True angle of a shaft since power-up."""

    def drive(self, axis: str) -> Drive:
        """What is done to a motor now."""

    def encoder_counts(self, axis: str) -> int:
        """What an encoder's lines have counted.

        Raises:
            BoardError: there is none.
        """

    def joint(self, axis: str) -> Stepped:
        """What was seen at an axis's step pin.

        Raises:
            BoardError: its motors are not stepped.
        """

    def jam_shaft(self, axis: str, cycle: int, *, jammed: bool) -> None:
        """Hold a shaft fast, or let it go."""

    def break_encoder(self, axis: str, cycle: int) -> None:
        """Let an encoder repeat its present count for ever.

        Raises:
            BoardError: there is none.
        """

    def flush(self) -> None:
        """Tell of what was seen and not yet told."""
