"""Simulated physics behind a simulated board: gear motor, encoder, stepper joint."""

from deadstop.plant.encoder import QuadratureEncoder
from deadstop.plant.motor import Motor
from deadstop.plant.parameters import POLOLU_37D_50, MotorParameters
from deadstop.plant.stepper import NEMA17_JOINT, Stepper, StepperParameters

__all__ = [
    "NEMA17_JOINT",
    "POLOLU_37D_50",
    "Motor",
    "MotorParameters",
    "QuadratureEncoder",
    "Stepper",
    "StepperParameters",
]
