"""A DC gear motor on an H-bridge, integrated exactly.

First order: the electrical time constant (1 to 2 ms for this class) is neglected
against the mechanical one (tens of ms), so current follows voltage at once. Within
a step of constant drive and constant direction the speed is an exponential and the
position its integral; both are evaluated in closed form, and a step is cut where
the direction changes. The size of the step therefore hardly matters.
"""

import math
from dataclasses import dataclass
from typing import Final

from deadstop.plant.encoder import QuadratureEncoder
from deadstop.plant.parameters import MotorParameters

__all__ = ["Motor"]

_STILL_REV_S: Final = 1e-9  # below rounding: 1e-9 rev/s is one degree a month


@dataclass(frozen=True, slots=True)
class _Decay:
    """How speed relaxes in one setting of the bridge."""

    time_constant_s: float
    rev_s_per_nm: float  # final speed for each unit of constant torque


class Motor:
    """One motor; it stands at angle 0 when it is made.

    Attributes:
        position_rev: true angle of the output shaft since then, in revolutions.
        speed_rev_s: true speed of the output shaft; exactly 0.0 at rest.
        jammed: True holds the shaft, whatever the torque (an injected fault).
        encoder: what the board can know of the angle.
    """

    def __init__(self, parameters: MotorParameters) -> None:
        """Stand at angle 0."""
        self.parameters = parameters
        self.position_rev = 0.0
        self.speed_rev_s = 0.0
        self.jammed = False
        self.encoder = QuadratureEncoder(parameters.encoder_counts_per_rev)
        p = parameters
        self._full_drive_nm = p.torque_nm_per_a * p.stall_current_a
        self._coulomb_nm = p.coulomb_nm
        self._breakaway_nm = p.breakaway_nm
        inertia = p.inertia_nm_s2_per_rev
        self._closed = _Decay(p.time_constant_s, 1.0 / p.damping_nm_s_per_rev)
        self._open = _Decay(
            inertia / p.viscous_nm_s_per_rev, 1.0 / p.viscous_nm_s_per_rev
        )

    @property
    def counts(self) -> int:
        """The encoder's count now."""
        return self.encoder.counts(self.position_rev)

    def break_encoder(self) -> None:
        """Let the encoder repeat its present count for ever (an injected fault)."""
        self.encoder.die(self.position_rev)

    def step(self, dt_s: float, duty: float, *, brake: bool) -> None:
        """Let *dt_s* seconds pass with the bridge set so.

        Args:
            dt_s: any length; 0 is allowed.
            duty: -1.0 to 1.0 of the supply, with the motor shorted in the off time
                (slow decay), so the mean voltage is proportional to it.
            brake: with *duty* 0: True shorts the motor (dynamic brake), False
                leaves it open (it coasts).
        """
        if self.jammed:
            self.speed_rev_s = 0.0
            return
        # At most: to standstill, then away from it (or stay), so three turns.
        while dt_s > 0.0:
            direction = self.direction(self.speed_rev_s, duty)
            if not direction:
                return
            final_rev_s, tau_s = self.course(direction, duty, brake=brake)
            dt_s -= self._relax(dt_s, final_rev_s, tau_s)

    def direction(self, speed_rev_s: float, duty: float) -> float:
        """Say which way it turns, or would from rest: 1.0, -1.0, or 0.0 to stay."""
        if speed_rev_s:
            return math.copysign(1.0, speed_rev_s)
        if abs(duty * self._full_drive_nm) <= self._breakaway_nm:
            return 0.0
        return math.copysign(1.0, duty)

    def course(
        self, direction: float, duty: float, *, brake: bool
    ) -> tuple[float, float]:
        """Return the speed it relaxes to while it turns so, and the time constant."""
        decay = self._closed if duty or brake else self._open
        torque_nm = duty * self._full_drive_nm - direction * self._coulomb_nm
        return torque_nm * decay.rev_s_per_nm, decay.time_constant_s

    def _relax(self, dt_s: float, final_rev_s: float, tau_s: float) -> float:
        """Move towards *final_rev_s* for *dt_s*, or to standstill; return the time."""
        start_rev_s = self.speed_rev_s
        away_rev_s = start_rev_s - final_rev_s
        stops = start_rev_s * final_rev_s < 0.0
        if stops:
            to_rest_s = tau_s * math.log(away_rev_s / -final_rev_s)
            stops = to_rest_s <= dt_s
            dt_s = min(dt_s, to_rest_s)
        left = math.exp(-dt_s / tau_s)
        self.position_rev += final_rev_s * dt_s + away_rev_s * tau_s * (1.0 - left)
        speed_rev_s = final_rev_s + away_rev_s * left
        self.speed_rev_s = (
            0.0 if stops or abs(speed_rev_s) < _STILL_REV_S else speed_rev_s
        )
        return dt_s
