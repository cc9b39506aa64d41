"""A body under way: its task, its caller's wait, and what ends either early."""

import asyncio
import contextvars
import inspect
import math
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from arduino_actuators.operations.describe import describe_call, positional_parameters
from arduino_actuators.operations.errors import (
    OperationCancelledError,
    OperationOverrunError,
)
from arduino_actuators.operations.operation import (
    CancelReason,
    Operation,
    logger,
    valid_seconds,
)

METADATA_KEY: Final = "opid"

# What a body that is really cancelled gets for its `finally` blocks.
FORCED_S: Final = 1.0

# How a body ends that has stopped because it was told to.
TIDY: Final = (asyncio.CancelledError, OperationCancelledError)
_ARG_NAME: Final = Operation.ARG_NAME
_NOT_A_PARAMETER: Final = 1 << 30

_current: Final[contextvars.ContextVar["RunningOperation"]] = contextvars.ContextVar(
    "arduino_actuators.operations.current"
)
# Strong references: a loop holds its tasks weakly (CPython gh-94972).
_live: Final[set["RunningOperation"]] = set()


def opid_from_metadata(metadata: Mapping[str, str] | None) -> uuid.UUID | None:
    """Return the operation id in *metadata*; None without one.

    A malformed id is logged and treated as absent: it must not stop a robot call.
    """
    opid: object = None
    try:
        opid = None if metadata is None else metadata.get(METADATA_KEY)
        return None if opid is None else uuid.UUID(opid)
    except (AttributeError, TypeError, ValueError):
        logger.warning("ignored a malformed %s: %.60r", METADATA_KEY, opid)
        return None


def live_operations() -> tuple[Operation, ...]:
    """Return the operations whose bodies are under way on the running loop."""
    loop = asyncio.get_running_loop()
    return tuple(operation for operation in _live if operation.loop is loop)


def current_operation() -> Operation | None:
    """Return the operation the calling code runs inside; None outside of any."""
    operation = _current.get(None)
    return None if operation is None or operation.ended else operation


async def cancel_all_operations(
    reason: CancelReason = CancelReason.SHUTDOWN,
) -> None:
    """Cancel every live operation of this loop and wait until their bodies ended.

    Those the caller runs inside are left alone. Bounded by the longest grace.
    Cancelling this wait does not take the cancellations back.
    """
    asker = current_operation()
    own = [] if asker is None else asker.lineage()
    loop = asyncio.get_running_loop()
    others = [op for op in _live if op.loop is loop and op not in own]
    for operation in others:
        operation.cancel(reason)
    bodies = [op.body for op in others if op.body is not None]
    if bodies:
        longest_s = max(op.grace_s for op in others) + 2 * FORCED_S
        within_s = longest_s if math.isfinite(longest_s) else None
        await asyncio.wait(bodies, timeout=within_s)


class Callee:
    """What is known of a decorated function before it is called."""

    def __init__(self, func: Callable[..., Any], grace_s: float) -> None:
        """Refuse a function that cannot be given its operation."""
        name = getattr(func, "__qualname__", repr(func))
        if not any(
            p.kind is p.VAR_KEYWORD
            or (p.name == Operation.ARG_NAME and p.kind is not p.POSITIONAL_ONLY)
            for p in inspect.signature(func).parameters.values()
        ):
            raise TypeError(
                f"{name}() cannot be given its operation: "
                f"add **kwargs or a parameter named {Operation.ARG_NAME!r}"
            )
        self.name = name
        self.grace_s = valid_seconds("grace_s", grace_s)
        self.parameters = positional_parameters(func)
        self.timeout_index = self._index("timeout")
        self.metadata_index = self._index("metadata")
        self.first_index = min(self.timeout_index, self.metadata_index)

    @staticmethod
    def argument(index: int, args: tuple[Any, ...], otherwise: object) -> Any:  # noqa: ANN401
        """Return the argument at *index* if that many were given by position."""
        return args[index] if index < len(args) else otherwise

    def _index(self, name: str) -> int:
        if name in self.parameters:
            return self.parameters.index(name)
        return _NOT_A_PARAMETER


class _Gate(asyncio.Future[None]):
    """What the caller waits on; cancelling the wait cancels the operation instead.

    `Task.cancel()` calls this at once, so cancel callbacks run in the very call that
    cancelled the caller. The caller sleeps on until the body has ended, however often
    it is cancelled, and its count of cancellations stays right.
    """

    __slots__ = ("operation",)
    operation: "RunningOperation"

    def cancel(self, msg: object = None) -> bool:
        if self.done():
            return False
        self.operation.lose_caller(msg)
        return True


class _Body(asyncio.Task[None]):
    """The task a body runs in; the end of its loop cancels the operation instead.

    `asyncio.run` cancels every task after the loop has stopped, then runs the loop
    until they are done. While the loop runs, cancelling is for real: that is how
    `asyncio.timeout` and `TaskGroup` inside a body work.
    """

    __slots__ = ("operation",)
    operation: "RunningOperation"

    def cancel(self, msg: object = None) -> bool:
        if self.done() or self.get_loop().is_running():
            return super().cancel(msg)
        self.operation.cancel(CancelReason.SHUTDOWN)
        return True


class RunningOperation(Operation):
    """The operation of a decorated call; it owns the task the body runs in."""

    body: _Body | None = None
    ended: bool = False
    _gate: _Gate | None = None
    _timer: asyncio.TimerHandle | None = None
    _grace: asyncio.TimerHandle | None = None
    _caller_cancelled: bool = False
    _cancel_message: object = None
    _forced: bool = False
    _unheard: bool = False
    _value: Any = None
    _error: BaseException | None = None

    def __init__(
        self, callee: Callee, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Open the operation of one call; it may be cancelled on arrival."""
        self.loop = asyncio.get_running_loop()
        self.time_started = time.time()  # noqa: TID251 - wall time, as in Operation
        self._callee = callee
        self._arguments: tuple[tuple[Any, ...], dict[str, Any]] | None = (args, kwargs)
        metadata, timeout = kwargs.get("metadata"), kwargs.get("timeout")
        if len(args) > callee.first_index:
            metadata = callee.argument(callee.metadata_index, args, metadata)
            timeout = callee.argument(callee.timeout_index, args, timeout)
        if metadata is not None:
            self._id = opid_from_metadata(metadata)
        parent = kwargs.get(_ARG_NAME) or _current.get(None)
        kwargs[_ARG_NAME] = self
        if timeout is not None:
            timeout = valid_seconds("timeout", timeout)
        if parent is not None:
            self._join(parent)
        if timeout is not None and timeout != math.inf:
            self._expire_after(timeout)

    @property
    def method(self) -> str:
        """The call as text; after its end only the name, the arguments are let go."""
        if self._arguments is None:
            return f"{self._callee.name}(...)"
        args, kwargs = self._arguments
        return describe_call(self._callee.name, self._callee.parameters, args, kwargs)

    @property
    def grace_s(self) -> float:
        """How long the body may clean up once it is cancelled."""
        return self._callee.grace_s

    def cancel(self, reason: CancelReason) -> bool:
        """Cancel the operation, and its body for real once the grace is over."""
        if self.ended or not super().cancel(reason):
            return False
        if self.grace_s != math.inf and not self.loop.is_closed():
            self._grace = self.loop.call_later(self.grace_s, self._force)
        return True

    def lose_caller(self, message: object = None) -> None:
        """Cancel the operation because whoever waits for it was cancelled."""
        self._caller_cancelled = True
        self._cancel_message = message
        running = self.loop.is_running()
        self.cancel(CancelReason.CALLER_GONE if running else CancelReason.SHUTDOWN)

    async def run_body(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Run the body and keep its outcome; this is what the body's task runs."""
        _current.set(self)
        try:
            self._value = await func(*args, **kwargs)
        except (KeyboardInterrupt, SystemExit) as error:
            self._end(error)
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            self._end(error)
        else:
            self._end(None)

    def _join(self, parent: object) -> None:
        if not isinstance(parent, Operation):
            return
        if isinstance(parent, RunningOperation) and (
            parent.ended or parent.loop is not self.loop
        ):
            return
        self.parent = parent
        self.deadline = parent.deadline
        if self._id is not None and self._id == parent.id:
            self._id = None
        parent.add_cancel_callback(self._inherit)

    def _inherit(self) -> None:
        if self.parent is not None and self.parent.reason is not None:
            self.cancel(self.parent.reason)

    def _expire_after(self, timeout_s: float) -> None:
        deadline = self.loop.time() + max(timeout_s, 0.0)
        if self.deadline is None or deadline < self.deadline:
            self.deadline = deadline
        if timeout_s > 0:
            self._timer = self.loop.call_at(
                deadline, self.cancel, CancelReason.DEADLINE
            )
        else:
            self.cancel(CancelReason.DEADLINE)

    def begin(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Future[None]":
        """Start the body's task; return what its caller must wait on."""
        self.body = body = _Body(coroutine, loop=self.loop)
        body.operation = self
        _live.add(self)
        return self._new_gate()

    def _new_gate(self) -> "asyncio.Future[None]":
        self._gate = gate = _Gate(loop=self.loop)
        gate.operation = self
        return gate

    def wait_failed(self, error: BaseException) -> None:
        """Note why the wait for the body broke off; re-raise what ends the caller."""
        if not isinstance(error, asyncio.CancelledError):
            # GeneratorExit: the caller is being destroyed and can wait no longer.
            self._unheard = True
            self.cancel(CancelReason.CALLER_GONE)
            raise error
        # Too late for the operation: the gate was open already.
        self._caller_cancelled = True
        self._cancel_message = error.args[0] if error.args else None

    def _open_gate(self) -> None:
        if self._gate is not None and not self._gate.done():
            self._gate.set_result(None)

    def outcome(self) -> Any:  # noqa: ANN401 - whatever the body returned
        """Return or raise what the body did, or the caller's own cancellation."""
        self._gate = None
        error, self._error = self._error, None
        value, self._value = self._value, None
        try:
            if self._caller_cancelled and (error is None or isinstance(error, TIDY)):
                message = self._cancel_message
                raise asyncio.CancelledError(*([] if message is None else [message]))
            if error is not None:
                raise error
            return value
        finally:
            # An error, its traceback and this frame would keep each other alive.
            del error

    def _end(self, error: BaseException | None) -> None:
        if self._forced and isinstance(error, TIDY):
            error = OperationOverrunError(self._overran("was cancelled for real"))
        self.ended = True
        if self._timer is not None:
            self._timer.cancel()
        if self._grace is not None:
            self._grace.cancel()
        if self.parent is not None:
            self.parent.remove_cancel_callback(self._inherit)
        _live.discard(self)
        if not self._unheard:
            self._error = error
            self._open_gate()
        elif error is not None and not isinstance(error, TIDY):
            logger.error("%s failed after its caller had gone", self, exc_info=error)
        self._arguments = None
        self.body = None

    def _force(self) -> None:
        if self.body is None:
            return
        self._forced = True
        logger.error("%s", self._overran("is cancelled for real"))
        self._grace = self.loop.call_later(FORCED_S, self._abandon)
        self.body.cancel()

    def _abandon(self) -> None:
        why = self._overran(f"ignored being cancelled for another {FORCED_S:g} s")
        logger.critical("%s", why)
        self._error = OperationOverrunError(why)
        self._unheard = True
        self._open_gate()

    def _overran(self, what: str) -> str:
        reason = "" if self._reason is None else f" ({self._reason.value})"
        return (
            f"{self.method} did not end within {self.grace_s:g} s of its "
            f"cancellation{reason} and {what}; "
            "it may not have stopped its actuator: cut the power"
        )
