"""What a rig file says, and where its mistakes are; opens nothing but the file."""

from deadstop.rig.load import builtin_rigs, load_rig
from deadstop.rig.model import (
    AvrBoardConfig,
    BoardConfig,
    CallConfig,
    ComponentConfig,
    Limits,
    LoopbackBoardConfig,
    ModuleConfig,
    MotionConfig,
    ProgramBoardConfig,
    Rig,
    SerialBoardConfig,
)
from deadstop.rig.module import PYTHON
from deadstop.rig.schema import rig_schema

__all__ = [
    "PYTHON",
    "AvrBoardConfig",
    "BoardConfig",
    "CallConfig",
    "ComponentConfig",
    "Limits",
    "LoopbackBoardConfig",
    "ModuleConfig",
    "MotionConfig",
    "ProgramBoardConfig",
    "Rig",
    "SerialBoardConfig",
    "builtin_rigs",
    "load_rig",
    "rig_schema",
]
