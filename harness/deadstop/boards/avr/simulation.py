"""Everything here that needs yasimavr, behind one import that may fail."""

from deadstop.boards.avr.chip import Chip
from deadstop.boards.avr.cnc_shield import CncShield
from deadstop.boards.avr.motor_shield import MotorShield
from deadstop.boards.avr.runs import Runs
from deadstop.boards.avr.uart import Uart

__all__ = ["Chip", "CncShield", "MotorShield", "Runs", "Uart"]
