"""One axis outside of the chip: bridge, motor, encoder, and their witness."""

import copy
import math
from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.motor_pins import AxisPins
from deadstop.boards.avr.pins import CPU_HZ, OPEN, Drive
from deadstop.boards.loopback.witness import Observe, Witness
from deadstop.plant import Motor, MotorParameters
from deadstop.plant.forecast import next_count_s
from deadstop.trace import Event, Scalar, Source

__all__ = ["Shaft"]

_LOOK_CYCLES: Final = CPU_HZ // 1000  # as the twin: once a control period
# Forward, A leads B; count 0 is both low.
_GRAY: Final = ((0, 0), (1, 0), (1, 1), (0, 1))


class Shaft:
    """A motor that is stepped from one change of its drive, or edge, to the next.

    Between them its course is known in closed form, so nothing is computed, and the
    next edge of the encoder comes at its very cycle. Questions are answered from a
    copy: asking has no influence on what comes later.

    Attributes:
        drive: what the bridge does to it now.
    """

    def __init__(
        self,
        name: str,
        chip: Chip,
        motor: MotorParameters,
        *,
        pins: AxisPins,
        set_pin: Callable[[str, int], None],
        to_s: Callable[[int], float],
        observe: Observe,
    ) -> None:
        """Stand at angle 0, the bridge open.

        Args:
            name: the axis.
            chip: whose time it is.
            motor: what it is.
            pins: where its encoder is connected.
            set_pin: called with each edge of the encoder.
            to_s: turns a cycle into the time of an event.
            observe: called with each event; it lacks `cycle` and `brake`.
        """
        self.drive: Drive = OPEN
        self._name = name
        self._set_pin = set_pin
        self._pins = pins
        self._to_s = to_s
        self._observe = observe
        self._motor = Motor(motor)
        self._witness = Witness(name, self._motor, observe)
        self._since_cycle = 0
        self._shown_counts = 0
        self._edge = chip.timer(self._pass_edge)
        self._look = chip.timer(self._look_now)
        self._looking = False
        self._show(force=True)

    # What can be asked, at any cycle up to the next change.

    def position_rev(self, cycle: int) -> float:
        """True angle of the shaft."""
        return self._at(cycle).position_rev

    def is_at_rest(self, cycle: int) -> bool:
        """Whether the drive is off and the shaft still."""
        return not self.drive.duty_permille and not self._at(cycle).speed_rev_s

    @property
    def shown_counts(self) -> int:
        """What the encoder's lines have counted up to now."""
        return self._shown_counts

    # What happens to it; each at the present cycle of the chip.

    def set_drive(self, cycle: int, drive: Drive) -> None:
        """Let the bridge do *drive* from *cycle* on."""
        before = self.drive
        if drive == before:
            return
        self._advance(cycle)
        self.drive = drive
        t_s = self._to_s(cycle)
        self._witness.drive(t_s, drive.duty_permille)
        if not drive.duty_permille and not before.duty_permille:
            # The twin's witness knows of one way to be off.
            facts: dict[str, Scalar] = {"axis": self._name, "duty_permille": 0}
            self._observe(Event(t_s, Source.PINS, "drive", facts))
        self._foresee()

    def jam(self, cycle: int, *, jammed: bool) -> None:
        """Hold it fast, or let it go."""
        self._advance(cycle)
        self._motor.jammed = jammed
        self._motor.step(0.0, 0.0, brake=False)
        self._foresee()

    def break_encoder(self, cycle: int) -> None:
        """Let the encoder's lines stay as they are."""
        self._advance(cycle)
        self._motor.break_encoder()
        self._foresee()

    # The inside.

    def _at(self, cycle: int) -> Motor:
        motor = copy.copy(self._motor)
        self._step(motor, cycle)
        return motor

    def _step(self, motor: Motor, cycle: int) -> None:
        drive = self.drive
        motor.step(
            (cycle - self._since_cycle) / CPU_HZ,
            drive.duty_permille / 1000.0,
            brake=drive.brake,
        )

    def _advance(self, cycle: int) -> None:
        """Bring the motor, and the encoder's lines, to *cycle*."""
        if cycle > self._since_cycle:
            self._step(self._motor, cycle)
            self._since_cycle = cycle
        self._show()

    def _show(self, *, force: bool = False) -> None:
        counts = self._motor.counts
        changed = counts ^ self._shown_counts
        if not changed and not force:
            return
        old_a, old_b = _GRAY[self._shown_counts & 3]
        new_a, new_b = _GRAY[counts & 3]
        self._shown_counts = counts
        if new_a != old_a or force:
            self._set_pin(self._pins.encoder_a, new_a)
        if new_b != old_b or force:
            self._set_pin(self._pins.encoder_b, new_b)

    def _foresee(self) -> None:
        """Set the timers for what comes next, as far as the drive stays."""
        edge_cycle = self._next_edge_cycle()
        if edge_cycle:
            self._edge.at(edge_cycle)
        else:
            self._edge.cancel()
        if not self._looking and self._is_lively:
            self._looking = True
            self._look.at(self._since_cycle + _LOOK_CYCLES)

    def _next_edge_cycle(self) -> int:
        """When the encoder counts next; 0 for never."""
        duty = self.drive.duty_permille / 1000.0
        wait_s = next_count_s(self._motor, duty, brake=self.drive.brake)
        if math.isinf(wait_s):
            return 0
        return self._since_cycle + max(1, math.ceil(wait_s * CPU_HZ))

    def _pass_edge(self, when: int) -> int:
        self._advance(when)
        return self._next_edge_cycle()

    @property
    def _is_lively(self) -> bool:
        return bool(self.drive.duty_permille) or self._witness.watching

    def _look_now(self, when: int) -> int:
        # An edge due at this very cycle may still be waiting behind this timer.
        self._advance(when)
        self._witness.look(self._to_s(when))
        self._witness.drive(self._to_s(when), self.drive.duty_permille)
        self._looking = self._is_lively
        return when + _LOOK_CYCLES if self._looking else 0
