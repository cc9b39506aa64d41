"""An axis that steps a joint: its motion, its homing, its edges."""

import math
from enum import Enum, auto
from typing import Final

from arduino_actuators.wire import (
    JUMP_CPS,
    STANDSTILL_MS,
    AxisEvent,
    AxisState,
    BoardEvent,
    FaultCode,
    PositionRange,
    StopCategory,
)
from deadstop.boards.loopback.axis_base import AxisBase, Listener
from deadstop.boards.loopback.config import CNC_RANGES, BoardConfig
from deadstop.boards.loopback.profile import (
    Profile,
    Setpoint,
    ramp_profile,
    still_profile,
    travel_profile,
)
from deadstop.boards.stepper_witness import StepperWitness
from deadstop.plant import Stepper

__all__ = ["Hold", "Joint"]

_ON_PERMILLE: Final = 1000
_STANDSTILL_S: Final = STANDSTILL_MS / 1000.0
_ROUNDING_S: Final = 1e-6  # ticks are a millisecond apart, give or take rounding


class Hold(Enum):
    """How a motion has a joint."""

    LOOSE = auto()  # another may take it over
    TIGHT = auto()  # it may not, as it finds its home
    LINE = auto()  # nor here, and all joints are stopped and kept together


class _Homing(Enum):
    NO = auto()
    TO_SWITCH = auto()
    AT_SWITCH = auto()  # coming to rest behind it
    OFF_SWITCH = auto()
    OVER = auto()  # found, or given up


class Joint(AxisBase):
    """An axis whose position is the number of its steps.

    It moves by its own profile, or by the path of all joints: then whoever has that
    says where it is to be (`follow`).

    Attributes:
        hold: how the present motion, or the last one, has it.
        lease_s: of that motion.
        lease_ends_s: when it must have been renewed.
    """

    def __init__(
        self,
        name: str,
        config: BoardConfig,
        stepper: Stepper,
        witness: StepperWitness,
        listener: Listener,
    ) -> None:
        """Stand idle, at position 0."""
        self.positions = CNC_RANGES[name]
        self.stepper = stepper
        self.witness = witness
        super().__init__(name, config.axis_limits, listener)

    def forget(self) -> None:
        """Be as after a reset: idle, drive off, nothing remembered."""
        super().forget()
        self.hold = Hold.LOOSE
        self.lease_s = 0.0
        self.lease_ends_s = 0.0
        self._homed = False
        self._homing = _Homing.NO
        self._home_from_counts = 0
        self._profile: Profile | None = None
        self._origin_counts = self.stepper.steps
        self._speed_cps = 0.0
        self._backward = False  # the way of its last steps
        self._since_s = -math.inf  # a standstill counts only from then on
        # Where it was to be at the last `follow`.
        self._followed_s = 0.0
        self._followed_counts = 0.0

    @property
    def position_counts(self) -> int:
        """The sum of its steps, from where its position was set."""
        return self.stepper.steps - self._origin_counts

    @property
    def speed_cps(self) -> float:
        """The pace of its steps."""
        return self._speed_cps

    @property
    def range(self) -> PositionRange:
        """What `range` answers."""
        positions = self.positions
        return PositionRange(positions.start, positions.stop - 1, int(self._homed))

    @property
    def taken(self) -> bool:
        """Whether a line or a homing has it, and is not at rest."""
        under_way = self.running and self.state is not AxisState.HOLDING
        return under_way and self.hold is not Hold.LOOSE

    @property
    def in_line(self) -> bool:
        """Whether it is moved, or held, together with all others."""
        return self.running and self.hold is Hold.LINE

    @property
    def cut(self) -> bool:
        """Whether it is being stopped, with the drive off already."""
        return self._is_cut

    # Motions. The caller has made every check of section 7.

    def travel(
        self, t_s: float, motion: int, lease_ms: int, target_counts: int, speed_cps: int
    ) -> None:
        """Go to *target_counts*."""
        start = self._reference(t_s)
        self.take_over(t_s, motion, lease_ms, Hold.LOOSE)
        self._profile = travel_profile(
            t_s, start, target_counts, speed_cps, self.limits.accel_cps2
        )

    def spin(self, t_s: float, motion: int, lease_ms: int, speed_cps: int) -> None:
        """Turn at *speed_cps*, signed, up to the end of its range."""
        least, most = self.positions.start, self.positions.stop - 1
        here = self.position_counts
        # Homing can leave it beyond; then it stays there.
        end_counts = max(here, most) if speed_cps > 0 else min(here, least)
        self.travel(t_s, motion, lease_ms, end_counts, abs(speed_cps))

    def home(self, t_s: float, motion: int, lease_ms: int, speed_cps: int) -> None:
        """Find the limit switch."""
        start = self._reference(t_s)
        self.take_over(t_s, motion, lease_ms, Hold.TIGHT)
        self._homing = _Homing.TO_SWITCH
        self._home_from_counts = self.position_counts
        self._profile = ramp_profile(t_s, start, -speed_cps, self.limits.accel_cps2)

    def take_over(self, t_s: float, motion: int, lease_ms: int, hold: Hold) -> None:
        """Let *motion* have the joint; the caller says where it goes."""
        self._supersede(t_s, motion)
        self.hold = hold
        self.lease_s = lease_ms / 1000.0
        self.keep(t_s)
        self._homing = _Homing.NO
        self._profile = None
        if hold is Hold.LINE:
            self._place(t_s)
        self._stand_from_now(t_s)
        self._enter(t_s, AxisEvent.MOTION)
        if not self.duty_permille:
            self.duty_permille = _ON_PERMILLE
            self._listener.drive_changed(t_s, self.name, _ON_PERMILLE)
        self._tell(t_s, BoardEvent.STARTED)

    def keep(self, t_s: float) -> None:
        """Renew the lease."""
        self.lease_ends_s = t_s + self.lease_s

    def zero(self, position_counts: int) -> None:
        """Declare the present position to be *position_counts*."""
        self._origin_counts = self.stepper.steps - position_counts
        self._homed = False

    def fault(self, t_s: float, fault: FaultCode) -> None:
        """Take the drive off and be faulted."""
        self._fault(t_s, fault)

    # Time.

    def advance(self, t_s: float) -> None:
        """Make the steps of its own profile up to now."""
        if self._profile is not None:
            counts, speed_cps, _ = self._profile.at(t_s)
            self.follow(t_s, counts, speed_cps)

    def follow(self, t_s: float, counts: float, speed_cps: float) -> None:
        """Make the steps of the way from where it was to be to where it is to be now.

        One is due wherever the way crosses half a count.
        """
        from_s, self._followed_s = self._followed_s, t_s
        from_counts, self._followed_counts = self._followed_counts, counts
        self._speed_cps = speed_cps
        here = self.position_counts
        count = math.floor(counts + 0.5) - here
        if not count:
            return
        self._backward = count < 0
        half = -0.5 if self._backward else 0.5
        per_count_s = (t_s - from_s) / (counts - from_counts)
        first_s = from_s + (here + half - from_counts) * per_count_s
        last_s = first_s + (count - 2.0 * half) * per_count_s
        # Only rounding can put them elsewhere.
        self._make(max(first_s, from_s), min(last_s, t_s), abs(count))

    def _make(self, first_s: float, last_s: float, count: int) -> None:
        forward = not self._backward
        stepper, witness = self.stepper, self.witness
        if not witness.moving:
            stepper.step(first_s, forward=forward)
            witness.edge(first_s)
            count -= 1
            if not count:
                return
            first_s += (last_s - first_s) / count
        stepper.run(min(first_s, last_s), last_s, count, forward=forward)

    def wanted_counts(self, t_s: float) -> float:
        """Where its own profile wants it to be; where it is if there is none."""
        profile = self._profile
        return self.position_counts if profile is None else profile.at(t_s)[0]

    def position_rev(self, wanted_counts: float) -> float:
        """Return the true angle, with the steps made that are due on the way there."""
        count = math.floor(wanted_counts + 0.5) - self.position_counts
        return self.stepper.position_rev_after(count)

    def check(self, t_s: float) -> FaultCode | None:
        """See to its limit switch; say what is wrong."""
        if self._homing is not _Homing.NO:
            return self._go_home(t_s)
        if self._speed_cps < 0.0 and self.stepper.limit_closed:
            return FaultCode.LIMIT
        return None

    def is_over(self, t_s: float) -> bool:
        """Whether its own profile is at its end, and its homing is."""
        under_way = self._homing not in (_Homing.NO, _Homing.OVER)
        if under_way and self.state is AxisState.MOVING:
            return False
        return self._profile is None or t_s >= self._profile.end_s

    def stands(self, t_s: float) -> bool:
        """Whether it has made no step for 20 ms, nor been asked for any."""
        since_s = max(self.stepper.last_edge_s, self._since_s)
        return t_s - since_s >= _STANDSTILL_S - _ROUNDING_S

    def settle(self, t_s: float) -> None:
        """End a motion that is over, or a stop: it stands still."""
        if self.state is AxisState.STOPPING:
            self._speed_cps = 0.0
            if self._category is not StopCategory.RAMP_THEN_HOLD:
                self._cut(t_s)
            self._come_to_rest(t_s)
        elif self.state is AxisState.MOVING:
            self._arrive(t_s)

    # What these are made of.

    def _go_home(self, t_s: float) -> FaultCode | None:
        """Go on with homing from where the joint has got to."""
        closed = self.stepper.limit_closed
        here = self.position_counts
        way = here - self._home_from_counts
        whole_way = len(self.positions) - 1
        accel_cps2 = self.limits.accel_cps2
        at_rest = self._profile is not None and t_s >= self._profile.end_s
        if self._homing is _Homing.TO_SWITCH:
            if closed:
                self._homing = _Homing.AT_SWITCH
                self._profile = ramp_profile(t_s, self._reference(t_s), 0.0, accel_cps2)
            elif -way > whole_way:
                return FaultCode.HOME
        elif self._homing is _Homing.AT_SWITCH and at_rest:
            self._homing = _Homing.OFF_SWITCH
            self._home_from_counts = here
            start = Setpoint(self._followed_counts, float(JUMP_CPS), 0.0)
            self._profile = ramp_profile(t_s, start, JUMP_CPS, accel_cps2)
        elif self._homing is _Homing.OFF_SWITCH:
            if not closed:
                self._homing = _Homing.OVER
                self.zero(self.positions.start)
                self._homed = True
                self._place(t_s)
                self._profile = still_profile(t_s, self._followed_counts)
            elif way > whole_way:
                return FaultCode.HOME
        return None

    def _reference(self, t_s: float) -> Setpoint:
        """Where a new profile begins: on the present one, else where it stands."""
        if self._profile is not None:
            return self._profile.at(t_s)
        self._place(t_s)
        return Setpoint(self._followed_counts, 0.0, 0.0)

    def _place(self, t_s: float) -> None:
        """Take it to be where its steps have brought it."""
        self._followed_s = t_s
        self._followed_counts = float(self.position_counts)

    def _ramp_down(self, t_s: float) -> None:
        if self._homing is not _Homing.NO:
            self._homing = _Homing.OVER
        if self._profile is not None:
            self._profile = ramp_profile(
                t_s, self._reference(t_s), 0.0, self.limits.accel_cps2
            )

    def _cut(self, t_s: float) -> None:
        self._profile = None
        self._speed_cps = 0.0
        if self.duty_permille:
            self.duty_permille = 0
            self._listener.drive_changed(t_s, self.name, 0)

    def _stand_from_now(self, t_s: float) -> None:
        self._since_s = t_s
