"""One joint outside of the chip: stepper driver, stepper, limit switch, witness."""

from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.cnc_pins import JointPins
from deadstop.boards.avr.news import News
from deadstop.boards.avr.pins import OPEN, Change, Drive
from deadstop.boards.avr.pulses import Pulses
from deadstop.boards.stepper_witness import StepperWitness
from deadstop.plant import Stepper
from deadstop.trace import Source

__all__ = ["ON", "Joint"]

ON: Final = Drive(1000, brake=False)  # a driver that is on feeds its motor's coils


class Joint:
    """A joint that is stepped by each rising edge of its pin, at the edge's cycle.

    Attributes:
        drive: what its driver does now.
        last_edge_cycle: when its step pin last rose; 0 if it never did.
    """

    def __init__(
        self,
        name: str,
        chip: Chip,
        stepper: Stepper,
        *,
        pins: JointPins,
        set_pin: Callable[[str, int | None], None],
        news: News,
        stir: Callable[[], None],
    ) -> None:
        """Stand at position 0, the driver off.

        Args:
            name: the axis.
            chip: whose time it is.
            stepper: what moves.
            pins: where its driver and its limit switch are connected.
            set_pin: called with what the limit switch does to its pin.
            news: is told of every change and event.
            stir: called when it begins to move: there is something to `look` at.
        """
        self.drive: Drive = OPEN
        self.last_edge_cycle = 0
        self._name = name
        self._chip = chip
        self._stepper = stepper
        self._pins = pins
        self._set_pin = set_pin
        self._news = news
        self._stir = stir
        self._witness = StepperWitness(name, stepper, news.pass_on)
        self._pulses = Pulses(self._tell_pulses)
        self._step_level = 0
        self._forward = False
        self._limit_closed = stepper.limit_closed
        self._show_limit()
        chip.watch_pin(pins.step, self._stepped)
        chip.watch_pin(pins.direction, self._directed)

    @property
    def steps(self) -> int:
        """What the edges add up to since power-up, signed, in microsteps."""
        return self._stepper.steps

    @property
    def edges(self) -> int:
        """How many there were."""
        return self._stepper.edges

    @property
    def position_rev(self) -> float:
        """True angle of the joint since power-up."""
        return self._stepper.position_rev

    @property
    def is_moving(self) -> bool:
        """Whether it moves, or its standstill is still to be told."""
        return self._witness.moving

    def is_at_rest(self, cycle: int) -> bool:
        """Whether the driver is off and the joint still."""
        t_s = self._news.to_s(cycle)
        return not self.drive.duty_permille and not self._stepper.speed_rev_s(t_s)

    def enable(self, cycle: int, drive: Drive) -> None:
        """Turn the driver on or off."""
        on = bool(drive.duty_permille)
        self.drive = drive
        self._stepper.enable(enabled=on)
        self._witness.drive(self._news.to_s(cycle), on=on)
        self._follow(cycle)

    def jam(self, cycle: int, *, jammed: bool) -> None:
        """Hold the joint fast, whatever the steps, or let it go."""
        self._stepper.jammed = jammed
        self._follow(cycle)

    def look(self, cycle: int) -> None:
        """Tell what has come of it up to now; once a millisecond while it moves."""
        self._follow(cycle)
        if not self.is_moving:
            self._pulses.flush()

    def flush(self) -> None:
        """Tell of what was seen and not yet told."""
        self._pulses.flush()

    # What the pins do, at the present cycle of the chip.

    def _stepped(self, level: int, _driven: bool) -> None:
        if level == self._step_level:
            return
        self._step_level = level
        cycle = self._chip.cycle
        if level:
            self._step(cycle)
        self._pulses.add(cycle, level)
        if self._news.is_watched:
            self._tell(cycle, "step", self._pins.step_label, level)

    def _step(self, cycle: int) -> None:
        self.last_edge_cycle = cycle
        t_s = self._news.to_s(cycle)
        if not self._witness.moving:
            self._stir()
        self._witness.edge(t_s)
        self._stepper.step(t_s, forward=self._forward)
        if self._stepper.limit_closed is not self._limit_closed:
            self._follow(cycle)

    def _directed(self, level: int, _driven: bool) -> None:
        if level != self._forward:
            self._forward = bool(level)
            self._tell(self._chip.cycle, "direction", self._pins.direction_label, level)

    # What comes of it.

    def _follow(self, cycle: int) -> None:
        """Tell what became of the joint, and let its limit switch follow."""
        self._witness.look(self._news.to_s(cycle))
        closed = self._stepper.limit_closed
        if closed is not self._limit_closed:
            self._limit_closed = closed
            self._show_limit()
            self._tell(cycle, "limit", self._pins.limit_label, int(not closed))

    def _show_limit(self) -> None:
        """Connect the switch's pin to ground if it is closed; else leave it alone."""
        self._set_pin(self._pins.limit, 0 if self._limit_closed else None)

    def _tell(self, cycle: int, signal: str, pin: str, level: int) -> None:
        self._news.tell_change(
            Change(cycle, self._name, signal, pin, level, self.drive)
        )

    def _tell_pulses(self, cycle: int, level: int, gaps: str) -> None:
        self._news.tell(
            cycle, Source.PINS, "pulses", axis=self._name, level=level, gaps=gaps
        )
