"""A simulated board whose clock its caller owns: what every simulation here offers.

The paced boards put one of these behind a pseudo-terminal on the real clock; tests,
`deadstop deadman` and virtual time drive one directly.
"""

from typing import Protocol

from arduino_actuators.wire import BootCause

__all__ = ["ClockedBoard"]


class ClockedBoard(Protocol):
    """A board with its shafts, powered from its making on.

    Time is seconds since any epoch, and passes in `advance` only. What it does is a
    function of the bytes put, the instants they were put at, and the harm done.
    """

    @property
    def axes(self) -> str:
        """The letters of its axes, such as ``ab``."""

    @property
    def now_s(self) -> float:
        """The instant up to which time has passed."""

    @property
    def next_wake_s(self) -> float:
        """When it next does something of its own accord, at the earliest.

        Infinity if never. Whoever lets time pass in steps no longer than this misses
        no answer by more than one step.
        """

    @property
    def queued_bytes(self) -> int:
        """How many of the bytes put have not yet crossed the line."""

    def put(self, data: bytes) -> None:
        """Offer bytes to the line, now: each crosses it in one byte time.

        They queue behind what is still crossing.
        """

    def take(self) -> bytes:
        """Take what has crossed to the host by now; empty if nothing has."""

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*.

        Raises:
            ValueError: *t_s* is in the past.
            BoardError: the simulation failed; what it showed proves nothing.
        """

    def at_rest(self) -> bool:
        """Whether every drive is off and every true shaft still."""

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """

    def reset(self, cause: BootCause) -> None:
        """Reset the board now; what it was sending is cut."""

    def unplug(self) -> None:
        """Lose what is still crossing the line, in both directions."""

    def mute(self, *, silent: bool) -> None:
        """Let nothing it sends arrive while *silent*; it goes on to listen."""

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go."""

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever."""

    def close(self) -> None:
        """Power off; a second call does nothing."""
