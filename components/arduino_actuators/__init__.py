"""Viam components that drive an Arduino motor or arm controller, and stop it.

The names below are imported when they are first used: `arduino_actuators.operations`
and `arduino_actuators.wire` are useful alone, without viam and without a serial port.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arduino_actuators.arm import ArduinoArm
    from arduino_actuators.link import BoardLink
    from arduino_actuators.motor import ArduinoMotor
    from arduino_actuators.operations import Operation, run_with_operation

__all__ = ["ArduinoArm", "ArduinoMotor", "BoardLink", "Operation", "run_with_operation"]

_HOMES = {
    "ArduinoArm": "arduino_actuators.arm",
    "ArduinoMotor": "arduino_actuators.motor",
    "BoardLink": "arduino_actuators.link",
    "Operation": "arduino_actuators.operations",
    "run_with_operation": "arduino_actuators.operations",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
