"""The loopback board: the firmware's twin in Python, behind a pseudo-terminal."""

from deadstop.boards.loopback.board import LoopbackBoard
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.core import BoardCore

__all__ = ["BoardConfig", "BoardCore", "ClockedLoopback", "LoopbackBoard"]
