"""Simulated physics behind a simulated board: motor, gearbox, encoder."""

from deadstop.plant.encoder import QuadratureEncoder
from deadstop.plant.motor import Motor
from deadstop.plant.parameters import POLOLU_37D_50, MotorParameters

__all__ = ["POLOLU_37D_50", "Motor", "MotorParameters", "QuadratureEncoder"]
