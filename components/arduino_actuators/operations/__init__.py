"""Running calls that can be cancelled: a drop-in for `viam.operations`.

`operation.py` is what a body sees, `run.py` the decorator, `running.py` what it
starts (`stream.py` for a generator), `manager.py` lets one operation at a time hold
an actuator, `describe.py` turns a call into text. Nothing here imports viam.
"""

from arduino_actuators.operations.errors import (
    OperationCancelledError,
    OperationOverrunError,
)
from arduino_actuators.operations.manager import OperationManager
from arduino_actuators.operations.operation import CancelReason, Operation
from arduino_actuators.operations.run import GRACE_S, P, T, run_with_operation
from arduino_actuators.operations.running import (
    METADATA_KEY,
    cancel_all_operations,
    current_operation,
    live_operations,
    opid_from_metadata,
)

__all__ = [
    "GRACE_S",
    "METADATA_KEY",
    "CancelReason",
    "Operation",
    "OperationCancelledError",
    "OperationManager",
    "OperationOverrunError",
    "P",
    "T",
    "cancel_all_operations",
    "current_operation",
    "live_operations",
    "opid_from_metadata",
    "run_with_operation",
]
