"""A joint that a stepper motor moves through a gear; nothing of it is integrated.

A driver turns each rising edge of its step pin into one microstep of the field. The
rotor sits in the field as in a row of dents, one every four full steps, and follows
it within half of that: so there is nothing to compute between two edges, and a joint
is where its edges say. Where it cannot follow it stays where it is, and is caught by
the dent that is nearest when it can again; what it lost is a multiple of four full
steps. It cannot follow while

* its driver is off. It stands at once: the gear and its friction hold it.
* it is jammed.
* it is out of step: over one full step the field asked for a change of speed that
  the motor's torque cannot give its inertia, and that is too much to be caught at
  once. It stays so until the field is slow enough to catch it, or stands still. A
  field that stands still without having been slowed down first lets the rotor
  overshoot by one dent.
"""

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["NEMA17_JOINT", "REST_S", "Stepper", "StepperParameters"]

# A field that stands for so long is at rest: PROTOCOL.md says so too (section 4), but
# here it is what a NEMA 17 needs to swing out (some 50 Hz, well damped by its gear).
REST_S: Final = 0.020
_FULL_STEPS_PER_DENT: Final = 4  # two phases: one electrical turn


@dataclass(frozen=True, slots=True)
class StepperParameters:
    """A stepper motor, its driver's microsteps, its gear and its load.

    Attributes:
        full_steps_per_rev: of the motor.
        microsteps: edges to one full step, as the driver is set.
        gear: turns of the motor to one of the joint.
        holding_torque_nm: of the motor, both phases on.
        torque_share: how much of it is left to accelerate with when it turns.
        rotor_kg_m2: inertia of the rotor.
        load_kg_m2: inertia of what the joint carries, at the joint.
    """

    full_steps_per_rev: int
    microsteps: int
    gear: int
    holding_torque_nm: float
    torque_share: float
    rotor_kg_m2: float
    load_kg_m2: float

    @property
    def steps_per_rev(self) -> int:
        """Edges to one turn of the joint."""
        return self.full_steps_per_rev * self.microsteps * self.gear

    @property
    def steps_per_dent(self) -> int:
        """Edges after which the field is as it was."""
        return _FULL_STEPS_PER_DENT * self.microsteps

    @property
    def accel_steps_s2(self) -> float:
        """What the torque can give the inertia: the most that the joint can follow."""
        inertia_kg_m2 = self.rotor_kg_m2 + self.load_kg_m2 / self.gear**2
        accel_rad_s2 = self.holding_torque_nm * self.torque_share / inertia_kg_m2
        return accel_rad_s2 / math.tau * self.full_steps_per_rev * self.microsteps

    @property
    def pull_in_steps_s(self) -> float:
        """The speed that it can start from rest with: gained within one full step."""
        return math.sqrt(2.0 * self.accel_steps_s2 * self.microsteps)


# A joint of a small arm. Motor: 17HS4401 (a NEMA 17, 1.8 degrees, 1.7 A), data sheet:
# 40 N cm held, rotor of 54 g cm2. Driver: an A4988 with all three jumpers of the CNC
# Shield V3 set, 1/16 step. Assumptions:
#   gear: 4 to 1, a belt or printed gears.
#   half of the torque is left when it turns: microstepping and speed take the rest.
#   load: 0.3 kg at 0.12 m, two printed links and a payload, stretched out.
# So it can follow 370,000 steps/s2 and start at 3,400 steps/s.
NEMA17_JOINT: Final = StepperParameters(
    full_steps_per_rev=200,
    microsteps=16,
    gear=4,
    holding_torque_nm=0.40,
    torque_share=0.5,
    rotor_kg_m2=54e-7,
    load_kg_m2=0.3 * 0.12**2,
)


class Stepper:
    """One joint; it stands at position 0, its driver off, when it is made.

    Attributes:
        steps: signed sum of the edges at the step pin.
        edges: how many there were.
        last_edge_s: when the last one was; minus infinity if there was none.
        enabled: whether its driver is on.
    """

    def __init__(self, parameters: StepperParameters, *, least_steps: int) -> None:
        """Stand at position 0.

        Args:
            parameters: what it is.
            least_steps: the least position it may have; its limit switch closes below.
        """
        self.parameters = parameters
        self.steps = 0
        self.edges = 0
        self.last_edge_s = -math.inf
        self.enabled = False
        self._least_steps = least_steps
        self._steps_per_rev = parameters.steps_per_rev
        self._dent_steps = parameters.steps_per_dent
        self._full_step = parameters.microsteps
        self._accel_steps_s2 = parameters.accel_steps_s2
        self._pull_in_steps_s = parameters.pull_in_steps_s
        self._jammed = False
        self._out_of_step = False
        self._lost_steps = 0  # while it follows
        self._held_steps: int | None = 0  # where it stays; None while it follows
        self._sign = 1
        # The field's speed over the last full step, and the one that has begun.
        self._field_steps_s = 0.0
        self._since_s = 0.0
        self._since_edges = 0

    # What can be asked.

    @property
    def position_steps(self) -> int:
        """The joint's true position, in microsteps since power-up."""
        held_steps = self._held_steps
        return self.steps - self._lost_steps if held_steps is None else held_steps

    @property
    def position_rev(self) -> float:
        """The joint's true position, in its revolutions since power-up."""
        return self.position_steps / self._steps_per_rev

    def position_rev_after(self, steps: int) -> float:
        """Return the true position after so many steps more, signed."""
        if self._held_steps is not None:
            return self.position_rev
        return (self.position_steps + steps) / self._steps_per_rev

    @property
    def lost_steps(self) -> int:
        """What it has lost for good since power-up, signed: in multiples of a dent."""
        held_steps = self._held_steps
        if held_steps is None:
            return self._lost_steps
        return self._dent_steps * round((self.steps - held_steps) / self._dent_steps)

    @property
    def limit_closed(self) -> bool:
        """Whether its limit switch, at the least end of its way, is closed."""
        return self.position_steps < self._least_steps

    @property
    def jammed(self) -> bool:
        """True holds it fast, whatever the field does (an injected fault)."""
        return self._jammed

    @jammed.setter
    def jammed(self, jammed: bool) -> None:
        self._jammed = jammed
        self._hold_or_catch()

    def speed_rev_s(self, t_s: float) -> float:
        """Its true speed: the mean over about a full step, as long as it can be so.

        A rotor does not follow the jitter of single edges.
        """
        pause_s = t_s - self.last_edge_s
        if self._held_steps is not None or pause_s >= REST_S:
            return 0.0
        edges, took_s = self._since_edges, self.last_edge_s - self._since_s
        steps_s = abs(self._field_steps_s)
        if edges > 0 and took_s > 0.0 and (not steps_s or 2 * edges > self._full_step):
            steps_s = edges / took_s
        if pause_s * steps_s > 1.0:
            steps_s = 1.0 / pause_s
        return self._sign * steps_s / self._steps_per_rev

    # What happens to it.

    def enable(self, *, enabled: bool) -> None:
        """Turn its driver on or off."""
        if enabled == self.enabled:
            return
        self.enabled = enabled
        self._field_steps_s = 0.0
        self._out_of_step = False
        self._hold_or_catch()

    def step(self, t_s: float, *, forward: bool) -> None:
        """See one rising edge of the step pin."""
        self.run(t_s, t_s, 1, forward=forward)

    def run(self, first_s: float, last_s: float, count: int, *, forward: bool) -> None:
        """See *count* edges, evenly spaced from *first_s* to *last_s*."""
        sign = 1 if forward else -1
        pause_s = first_s - self.last_edge_s
        if pause_s >= REST_S:
            self.settle()
        if pause_s >= REST_S or sign != self._sign:
            self._sign = sign
            self._since_s = first_s
            self._since_edges = -1
        self.steps += sign * count
        self.edges += count
        self.last_edge_s = last_s
        self._since_edges += count
        if self._since_edges >= self._full_step:
            self._pass_full_step(last_s)

    def settle(self) -> None:
        """See that the field has stood still for `REST_S`."""
        if self._held_steps is None and abs(self._field_steps_s) > (
            self._pull_in_steps_s
        ):
            self._lost_steps -= self._dent_steps * self._sign
        self._field_steps_s = 0.0
        self._out_of_step = False
        self._hold_or_catch()

    # The inside.

    def _pass_full_step(self, t_s: float) -> None:
        """See whether the rotor could follow the field over the last full step."""
        edges, took_s = self._since_edges, t_s - self._since_s
        self._since_s = t_s
        self._since_edges = 0
        before, now = (
            self._field_steps_s,
            self._sign * edges / took_s if took_s > 0.0 else math.inf,
        )
        self._field_steps_s = now
        slow = abs(now) <= self._pull_in_steps_s
        if slow and abs(before) <= self._pull_in_steps_s:
            if self._out_of_step:
                self._out_of_step = False
                self._hold_or_catch()
            return
        # What the change does to its kinetic energy, and what the torque can.
        change = abs(now * abs(now) - before * abs(before))
        if change > 2.0 * self._accel_steps_s2 * edges and not self._out_of_step:
            self._out_of_step = True
            self._hold_or_catch(behind_steps=self._sign * edges)

    def _hold_or_catch(self, behind_steps: int = 0) -> None:
        """Let the rotor stay where it is, or be caught by the nearest dent."""
        follows = self.enabled and not self._jammed and not self._out_of_step
        if follows and self._held_steps is not None:
            self._lost_steps = self.lost_steps
            self._held_steps = None
        elif not follows and self._held_steps is None:
            self._held_steps = self.position_steps - behind_steps
