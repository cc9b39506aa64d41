"""What ends a call early, beside the body's own errors."""


class OperationCancelledError(Exception):
    """The operation was cancelled, so the awaited thing was not finished.

    Let it leave the body once the actuator is safe. A caller that was itself
    cancelled then gets its `CancelledError`, any other caller gets this.
    """


class OperationOverrunError(Exception):
    """The body did not clean up within its grace after it was cancelled.

    Whether the actuator was stopped is not known: cut its power before touching it.
    """
