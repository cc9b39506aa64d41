"""The constants of a DC gear motor, as seen from its output shaft."""

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["POLOLU_37D_50", "MotorParameters"]

_RAD_PER_REV: Final = 2.0 * math.pi
_NM_PER_KG_CM: Final = 0.0980665  # standard gravity, 1 cm


@dataclass(frozen=True, slots=True)
class MotorParameters:
    """A motor, its gearbox and its encoder; everything refers to the output shaft.

    Attributes:
        supply_v: voltage that 100 % duty cycle applies.
        no_load_speed_rev_s: speed with nothing attached, at *supply_v*.
        no_load_current_a: current at that speed; it feeds the friction.
        stall_torque_nm: torque with the shaft held, at *supply_v*.
        stall_current_a: current with the shaft held, at *supply_v*.
        inertia_kg_m2: rotor (times the gear ratio squared), gears and load.
        coulomb_share: part of the no-load friction that does not depend on
            speed; the rest is viscous.
        breakaway_ratio: static friction over Coulomb friction.
        encoder_counts_per_rev: quadrature counts in one output revolution.
    """

    supply_v: float
    no_load_speed_rev_s: float
    no_load_current_a: float
    stall_torque_nm: float
    stall_current_a: float
    inertia_kg_m2: float
    coulomb_share: float
    breakaway_ratio: float
    encoder_counts_per_rev: int

    @property
    def resistance_ohm(self) -> float:
        """Winding resistance: a held shaft has no back-EMF."""
        return self.supply_v / self.stall_current_a

    @property
    def back_emf_v_s_per_rev(self) -> float:
        """Back-EMF of one rev/s: what the no-load current leaves of the supply."""
        drop_v = self.no_load_current_a * self.resistance_ohm
        return (self.supply_v - drop_v) / self.no_load_speed_rev_s

    @property
    def torque_nm_per_a(self) -> float:
        """Torque of one ampere before friction; gear losses are inside."""
        return self.stall_torque_nm / (self.stall_current_a - self.no_load_current_a)

    @property
    def friction_nm(self) -> float:
        """Friction at no-load speed, Coulomb and viscous together."""
        return self.torque_nm_per_a * self.no_load_current_a

    @property
    def coulomb_nm(self) -> float:
        """Friction of a turning shaft that does not depend on its speed."""
        return self.coulomb_share * self.friction_nm

    @property
    def breakaway_nm(self) -> float:
        """Torque that a resting shaft withstands."""
        return self.breakaway_ratio * self.coulomb_nm

    @property
    def viscous_nm_s_per_rev(self) -> float:
        """Friction added by one rev/s."""
        return (self.friction_nm - self.coulomb_nm) / self.no_load_speed_rev_s

    @property
    def damping_nm_s_per_rev(self) -> float:
        """Torque lost per rev/s with the bridge closed: back-EMF and viscous."""
        emf_nm = self.torque_nm_per_a * self.back_emf_v_s_per_rev / self.resistance_ohm
        return emf_nm + self.viscous_nm_s_per_rev

    @property
    def inertia_nm_s2_per_rev(self) -> float:
        """Torque for one rev/s of speed gained in one second."""
        return self.inertia_kg_m2 * _RAD_PER_REV

    @property
    def time_constant_s(self) -> float:
        """Mechanical time constant with the bridge closed (driving or braking)."""
        return self.inertia_nm_s2_per_rev / self.damping_nm_s_per_rev


# Pololu 37D 50:1 gear motor, 12 V, 64 CPR encoder (item 4753, pololu.com/product/4753):
# 200 rpm and 0.2 A with no load, 21 kg cm and 5.5 A stalled, 64 * 50 = 3200 counts.
# The data sheet is silent on the following; they are assumptions:
#   inertia: a rotor of 50 g and 10 mm radius is a 2.5e-6 kg m2 cylinder, times 50
#     squared, plus 1e-4 kg m2 for gears and a 100 g wheel. That makes the mechanical
#     time constant 64 ms; gear motors of this class have 50 to 80 ms.
#   friction: half Coulomb and half viscous at no-load speed; a resting shaft breaks
#     away at 1.5 times Coulomb friction, the usual ratio of greased spur gears.
POLOLU_37D_50: Final = MotorParameters(
    supply_v=12.0,
    no_load_speed_rev_s=200.0 / 60.0,
    no_load_current_a=0.2,
    stall_torque_nm=21.0 * _NM_PER_KG_CM,
    stall_current_a=5.5,
    inertia_kg_m2=2.5e-6 * 50**2 + 1e-4,
    coulomb_share=0.5,
    breakaway_ratio=1.5,
    encoder_counts_per_rev=64 * 50,
)
