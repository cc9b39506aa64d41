"""An axis with a DC motor and an encoder: its motion and lease, its drive."""

from typing import Final, Protocol

from arduino_actuators.wire import (
    STANDSTILL_MS,
    AxisEvent,
    AxisState,
    BoardEvent,
    Cause,
    FaultCode,
    StopCategory,
)
from deadstop.boards.loopback.axis_base import AxisBase, Listener
from deadstop.boards.loopback.config import TICK_S, BoardConfig, ServoGains
from deadstop.boards.loopback.profile import (
    Profile,
    Setpoint,
    ramp_profile,
    travel_profile,
)
from deadstop.boards.loopback.servo import FULL_PERMILLE, Servo, SpeedMeter

__all__ = ["Axis", "Shaft"]

# PROTOCOL.md, sections 5 and 6. Two counts in 20 ms are 1 % of the 10,000 counts/s
# of the default motor, so one rule stands for both halves of "standstill".
_TICKS_PER_MS: Final = round(0.001 / TICK_S)
_STANDSTILL_TICKS: Final = STANDSTILL_MS * _TICKS_PER_MS
_STANDSTILL_COUNTS: Final = 2
_STALL_TICKS: Final = 250 * _TICKS_PER_MS
_TRACKING_REV: Final = 0.25

# Close enough to be there: a held shaft rests within what static friction allows.
_ARRIVED_COUNTS: Final = 2
# A slow profile may stand for 250 ms while nothing is wrong; a stalled shaft is one
# that does not follow. Friction gives way at 2 counts behind.
_STALL_COUNTS: Final = 4


class Shaft(Protocol):
    """What an axis needs from the plant: `deadstop.plant.Motor` is one."""

    position_rev: float
    speed_rev_s: float

    @property
    def counts(self) -> int:
        """Encoder counts since power-up."""

    def step(self, dt_s: float, duty: float, *, brake: bool) -> None:
        """Let time pass with the bridge set so."""


class Axis(AxisBase):
    """An axis whose shaft is turned by a bridge, and watched by an encoder.

    Attributes:
        idle: whether a tick would change nothing as long as the shaft stands still.
    """

    def __init__(
        self, name: str, config: BoardConfig, shaft: Shaft, listener: Listener
    ) -> None:
        """Stand idle, at position 0."""
        self.shaft = shaft
        self._servo = Servo(ServoGains.from_motor(config.motor))
        self._tracking_counts = _TRACKING_REV * config.motor.encoder_counts_per_rev
        super().__init__(name, config.axis_limits, listener)

    def forget(self) -> None:
        """Be as after a reset: idle, drive off, nothing remembered."""
        super().forget()
        self.idle = False
        self._ramps_down = False  # stopping, and the drive goes off thereafter
        self._profile: Profile | None = None
        self._target_counts: int | None = None
        self._started = False
        self._lease_s = 0.0
        self._lease_ends_s = 0.0
        self._origin_counts = self.shaft.counts
        self._meter = SpeedMeter(0)
        self._anchor_counts = 0
        self._still_ticks = 0
        self._stalled_ticks = 0
        self._servo.reset()

    @property
    def position_counts(self) -> int:
        """Where the encoder says the shaft is."""
        return self.shaft.counts - self._origin_counts

    @property
    def speed_cps(self) -> float:
        """The mean over the last ticks."""
        return self._meter.speed_cps

    # Motions. The caller has made every check of section 7.

    def travel(
        self, t_s: float, motion: int, lease_ms: int, target_counts: int, speed_cps: int
    ) -> None:
        """Go to *target_counts*."""
        self._take_over(t_s, motion, lease_ms)
        self._target_counts = target_counts
        self._profile = travel_profile(
            t_s,
            self._reference(t_s),
            target_counts,
            speed_cps,
            self.limits.accel_cps2,
        )

    def spin(self, t_s: float, motion: int, lease_ms: int, speed_cps: int) -> None:
        """Turn at *speed_cps*, signed."""
        self._take_over(t_s, motion, lease_ms)
        self._profile = ramp_profile(
            t_s, self._reference(t_s), speed_cps, self.limits.accel_cps2
        )

    def power(self, t_s: float, motion: int, lease_ms: int, duty_permille: int) -> None:
        """Apply *duty_permille*, signed."""
        self._take_over(t_s, motion, lease_ms)
        self._profile = None
        self._drive(t_s, duty_permille)

    def keep(self, t_s: float) -> None:
        """Renew the lease."""
        self._lease_ends_s = t_s + self._lease_s

    def zero(self, position_counts: int) -> None:
        """Declare the present position to be *position_counts*."""
        self._origin_counts = self.shaft.counts - position_counts
        self._meter = SpeedMeter(position_counts)
        self._anchor_counts = position_counts

    def tick(self, t_s: float) -> None:
        """Do the work of one control period, which ends now."""
        counts = self.shaft.counts - self._origin_counts
        self._meter.update(counts)
        if abs(counts - self._anchor_counts) >= _STANDSTILL_COUNTS:
            self._anchor_counts = counts
            self._still_ticks = 0
            self._stalled_ticks = 0
        else:
            self._still_ticks += 1
        if not self.running:
            self.idle = self._meter.settled
            return
        if t_s >= self._lease_ends_s and not self._is_cut:
            lease_ms = round(self._lease_s * 1000.0)
            self._listener.lease_expired(t_s, self.name, self.motion, lease_ms)
            self.stop(t_s, Cause.LEASE, StopCategory.REMOVE_POWER)
        if not self._is_cut:
            self._control(t_s, counts)
        if self._still_ticks >= _STANDSTILL_TICKS:
            self._settle(t_s, counts)

    # What a tick is made of.

    def _control(self, t_s: float, counts: int) -> None:
        """Set the drive from the profile; trip the faults."""
        behind_counts = None
        if self._profile is not None:
            if self._ramps_down and t_s >= self._profile.end_s:
                self._cut(t_s)
                return
            setpoint = self._profile.at(t_s)
            behind_counts = abs(setpoint.position_counts - counts)
            if behind_counts > self._tracking_counts:
                self._fault(t_s, FaultCode.TRACKING)
                return
            duty = self._servo.duty_permille(setpoint, counts, self._meter.speed_cps)
            if duty != self.duty_permille or not self._started:
                self._drive(t_s, duty)
        if self.duty_permille and (
            behind_counts is None or behind_counts > _STALL_COUNTS
        ):
            self._stalled_ticks += 1
            if self._stalled_ticks >= _STALL_TICKS:
                self._fault(t_s, FaultCode.STALL)
        else:
            self._stalled_ticks = 0

    def _settle(self, t_s: float, counts: int) -> None:
        """End a motion that is over, or a stop whose shaft stands still."""
        ended = self._profile is None or t_s >= self._profile.end_s
        if self.state is AxisState.STOPPING and ended:
            self._come_to_rest(t_s)
        elif (
            self.state is AxisState.MOVING
            and ended
            and self._target_counts is not None
            and abs(self._target_counts - counts) <= _ARRIVED_COUNTS
        ):
            self._arrive(t_s)

    # What both are made of.

    def _take_over(self, t_s: float, motion: int, lease_ms: int) -> None:
        self._supersede(t_s, motion)
        self._target_counts = None
        self._started = False
        self.idle = False
        self._lease_s = lease_ms / 1000.0
        self.keep(t_s)
        self._stand_from_now(t_s)
        self._enter(t_s, AxisEvent.MOTION)

    def _reference(self, t_s: float) -> Setpoint:
        """Where a new profile begins: on the present one, else where the shaft is."""
        if self._profile is not None:
            return self._profile.at(t_s)
        self._servo.reset()
        return Setpoint(self.position_counts, self._meter.speed_cps, 0.0)

    def _ramp_down(self, t_s: float) -> None:
        self._profile = ramp_profile(
            t_s, self._reference(t_s), 0.0, self.limits.accel_cps2
        )

    def _stand_from_now(self, t_s: float) -> None:  # noqa: ARG002 - it counts ticks
        self._anchor_counts = self.position_counts
        self._still_ticks = 0
        self._stalled_ticks = 0

    def _cut(self, t_s: float) -> None:
        self._profile = None
        self._drive(t_s, 0)

    def _drive(self, t_s: float, duty_permille: int) -> None:
        if not -FULL_PERMILLE <= duty_permille <= FULL_PERMILLE:
            raise ValueError(f"axis {self.name!r}: duty cycle {duty_permille} permille")
        if duty_permille != self.duty_permille:
            self.duty_permille = duty_permille
            self._listener.drive_changed(t_s, self.name, duty_permille)
        if duty_permille and not self._started:
            self._started = True
            self._tell(t_s, BoardEvent.STARTED)

    def _enter(self, t_s: float, event: AxisEvent) -> None:
        super()._enter(t_s, event)
        self._ramps_down = (
            self.state is AxisState.STOPPING
            and self._category is StopCategory.RAMP_THEN_REMOVE
        )
