"""What a loopback board is made of: its axes, their limits, their servo gains."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from arduino_actuators.wire import AXES, MAX_LEASE_MS, MIN_LEASE_MS, Limits
from deadstop.plant import (
    NEMA17_JOINT,
    POLOLU_37D_50,
    MotorParameters,
    StepperParameters,
)

__all__ = [
    "CNC_LIMITS",
    "CNC_RANGES",
    "TICK_S",
    "BoardConfig",
    "ServoGains",
    "Shield",
    "default_limits",
]

TICK_S: Final = 0.001  # control period, as in the firmware

# 95 % of the no-load speed: beyond it nothing is left to correct with.
_SPEED_SHARE: Final = 0.95
# What POLOLU_37D_50 can just follow up to 150 rpm with its whole supply (97 % duty
# cycle); 25 rev/s2 would leave it behind its profile from 105 rpm on.
_ACCEL_REV_S2: Final = 12.0
_MAX_MOVE_REV: Final = 1000.0
# Closed-loop bandwidth: four times that of the motor (1 / 64 ms), and slow against
# the 4 ms by which the measured speed lags.
_BANDWIDTH_RAD_S: Final = 60.0
_INTEGRAL_PER_S: Final = 4.0  # slow enough to add no overshoot

# The arm, as in the firmware's config.h; a test holds them equal. NEMA17_JOINT can
# follow nine times that acceleration, and start at eight times `JUMP_CPS`.
CNC_LIMITS: Final = Limits(
    max_speed_cps=8000,
    accel_cps2=40_000,
    max_move_counts=100_000,
    min_lease_ms=MIN_LEASE_MS,
    max_lease_ms=MAX_LEASE_MS,
)
# A quarter of a turn either way, but a shoulder leans back by an eighth only.
CNC_RANGES: Final = {
    "a": range(-3200, 3201),
    "b": range(-1600, 3201),
    "c": range(-3200, 3201),
}


class Shield(StrEnum):
    """What is plugged on a board; the names are those of a rig file."""

    MOTOR = "motor"  # DC motors with encoders
    CNC = "cnc"  # stepper joints that share one enable


@dataclass(frozen=True, slots=True)
class ServoGains:
    """Feed-forward and PID of one axis; duty cycle in permille of full.

    Attributes:
        speed_permille_s: duty for one count/s.
        accel_permille_s2: duty for one count/s².
        friction_permille: duty that overcomes Coulomb friction.
        p_permille: duty for one count behind.
        i_permille_per_s: duty gained each second for one count behind.
        d_permille_s: duty for one count/s too slow.
    """

    speed_permille_s: float
    accel_permille_s2: float
    friction_permille: float
    p_permille: float
    i_permille_per_s: float
    d_permille_s: float

    @classmethod
    def from_motor(cls, motor: MotorParameters) -> "ServoGains":
        """Place both poles of the loop at the bandwidth (critically damped)."""
        full_nm = motor.torque_nm_per_a * motor.stall_current_a
        full_cps = full_nm / motor.damping_nm_s_per_rev * motor.encoder_counts_per_rev
        per_cps = 1000.0 / full_cps
        tau_s = motor.time_constant_s
        p_permille = _BANDWIDTH_RAD_S**2 * tau_s * per_cps
        return cls(
            speed_permille_s=per_cps,
            accel_permille_s2=per_cps * tau_s,
            friction_permille=1000.0 * motor.coulomb_nm / full_nm,
            p_permille=p_permille,
            i_permille_per_s=p_permille * _INTEGRAL_PER_S,
            d_permille_s=(2.0 * _BANDWIDTH_RAD_S * tau_s - 1.0) * per_cps,
        )


def default_limits(motor: MotorParameters) -> Limits:
    """Return limits that *motor* can keep with nothing but its wheel attached."""
    per_rev = motor.encoder_counts_per_rev
    return Limits(
        max_speed_cps=round(motor.no_load_speed_rev_s * _SPEED_SHARE * per_rev),
        accel_cps2=round(_ACCEL_REV_S2 * per_rev),
        max_move_counts=round(_MAX_MOVE_REV * per_rev),
        min_lease_ms=MIN_LEASE_MS,
        max_lease_ms=MAX_LEASE_MS,
    )


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """One board.

    Attributes:
        axes: the letters it has, from ``a`` on without a gap.
        board: its name in the answer to `hello`.
        build: its build in the answer to `hello`.
        shield: what its axes are.
        motor: of a motor shield: what the simulated shafts are, and what the gains
            are made for.
        joint: of a cnc shield: what the simulated joints are.
        limits: what the answer to `limits` tells; None for the default of its kind.
    """

    axes: str = "ab"
    board: str = "loopback"
    build: str = "twin-1"
    shield: Shield = Shield.MOTOR
    motor: MotorParameters = POLOLU_37D_50
    joint: StepperParameters = NEMA17_JOINT
    limits: Limits | None = None

    def __post_init__(self) -> None:
        """Refuse axes that the protocol cannot name, or the shield cannot have.

        Raises:
            ValueError: if *axes* is empty or has a gap, or is not the shield's.
        """
        if not self.axes or not AXES.startswith(self.axes):
            raise ValueError(
                f"axes are {self.axes!r}: give the first one to eight of {AXES!r}"
            )
        if self.shield is Shield.CNC and self.axes != "".join(CNC_RANGES):
            raise ValueError(
                f"axes are {self.axes!r}: a cnc shield has {''.join(CNC_RANGES)!r}"
            )

    @classmethod
    def of_shield(cls, shield: str, axes: str) -> Self:
        """Return the default board with a shield, as a rig names it.

        Raises:
            ValueError: there is no such shield, or it cannot have these axes.
        """
        kind = Shield(shield)
        # By its name a host knows that its axes share their power (PROTOCOL.md, 1).
        name = "cnc-shield" if kind is Shield.CNC else "loopback"
        return cls(axes=axes, board=name, shield=kind)

    @property
    def axis_limits(self) -> Limits:
        """The limits that hold on every axis."""
        if self.limits is None and self.shield is Shield.CNC:
            return CNC_LIMITS
        return self.limits or default_limits(self.motor)
