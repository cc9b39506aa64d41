"""What a motion's end means for whoever asked for it."""

from typing import Final

from arduino_actuators.errors import (
    ActuatorError,
    AxisFaultError,
    DeviceError,
    LeaseExpiredError,
    MotionCutShortError,
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
)
from arduino_actuators.link import MotionEnd
from arduino_actuators.operations import CancelReason, Operation
from arduino_actuators.wire import Cause

__all__ = ["cut_short", "name_call", "require_arrived", "require_arrived_at"]

_CAUSES: Final[dict[Cause, tuple[type[ActuatorError], str]]] = {
    Cause.BYTE: (MotionStoppedError, "was stopped by a stop command"),
    Cause.STOP: (MotionStoppedError, "was stopped by a stop command"),
    Cause.HALT: (MotionStoppedError, "was stopped by a stop command for every axis"),
    Cause.HELLO: (MotionStoppedError, "was stopped: the board got a new session"),
    Cause.SUPERSEDED: (MotionSupersededError, "was superseded by a newer motion"),
    Cause.LEASE: (
        LeaseExpiredError,
        "was stopped by the board itself: its lease was not renewed in time",
    ),
}

_REASONS: Final[dict[CancelReason, tuple[type[MotionCutShortError], str]]] = {
    CancelReason.DEADLINE: (MotionTimeoutError, "its time was over"),
    CancelReason.SUPERSEDED: (MotionSupersededError, "a newer call took the {}"),
    CancelReason.CALLER_GONE: (MotionCutShortError, "its caller is gone"),
    CancelReason.SHUTDOWN: (MotionCutShortError, "the {} is shutting down"),
}


def name_call(name: str, operation: Operation) -> str:
    """Return the call for a message: ``motor 'left': go_for(rpm=60, ...)``."""
    method, bracket, arguments = operation.method.partition("(")
    return f"{name}: {method.rpartition('.')[2]}{bracket}{arguments}"


def require_arrived(call: str, end: MotionEnd, at_rev: float) -> None:
    """Return if the target was reached.

    Raises:
        ActuatorError: it was not; says why.
    """
    require_arrived_at(f"{call} at {at_rev:.4g} rev", end, "free the shaft")


def require_arrived_at(where: str, end: MotionEnd, remedy: str) -> None:
    """Return if the target was reached.

    Args:
        where: the call, and where it ended, for the message.
        end: how it ended.
        remedy: what to do about a fault before it is cleared.

    Raises:
        ActuatorError: it was not; says why.
    """
    if end.cause is Cause.ARRIVED:
        return
    if end.cause is Cause.FAULT:
        fault = "unknown" if end.fault is None else end.fault.word
        raise AxisFaultError(
            f"{where} was ended by the board: fault {fault}; {remedy}, then "
            'send the do_command {"command": "clear_fault"}'
        )
    error, why = _CAUSES.get(end.cause, (DeviceError, f"ended: {end.cause}"))
    raise error(f"{where} {why}; the target was not reached")


def cut_short(
    call: str, kind: str, reason: CancelReason | None, *, stop_called: bool
) -> MotionCutShortError | None:
    """Return what to raise for a call that was cancelled; None if it was not.

    Args:
        call: the call, for the message.
        kind: what was to move, in one word.
        reason: why the operation of the call was cancelled.
        stop_called: whether `stop` was called meanwhile.
    """
    if stop_called:
        return MotionStoppedError(
            f"{call} was stopped by stop(); the target was not reached"
        )
    if reason is None:
        return None
    error, why = _REASONS[reason]
    because = why.format(kind)
    return error(f"{call} was stopped: {because}; the target was not reached")
