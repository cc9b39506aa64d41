"""The operation: what a running body knows about whether it should still run."""

import asyncio
import enum
import functools
import inspect
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, Self, TypeVar

from arduino_actuators.operations.errors import OperationCancelledError

R = TypeVar("R")

logger: Final = logging.getLogger("arduino_actuators.operations")


class CancelReason(enum.Enum):
    """Why an operation was cancelled."""

    CALLER_GONE = "caller gone"
    DEADLINE = "deadline passed"
    SUPERSEDED = "superseded"
    SHUTDOWN = "shutting down"


class Operation:
    """One running call.

    An operation is cancelled once, for one reason, and stays so. Being cancelled
    interrupts nothing by itself: the body notices, makes its actuator safe, ends.
    """

    ARG_NAME: ClassVar = "viam_operation"

    # Defaults live on the class: a call pays only for what it uses.
    parent: "Operation | None" = None
    deadline: float | None = None
    _id: uuid.UUID | None = None
    _cancel_event: asyncio.Event | None = None
    _reason: CancelReason | None = None
    _callbacks: tuple[Callable[[], object], ...] = ()
    _watcher: "asyncio.Task[None] | None" = None

    def __init__(
        self,
        method: str,
        cancel_event: asyncio.Event,
        opid: uuid.UUID | None = None,
    ) -> None:
        """Describe a call by hand; `run_with_operation` does it for a method.

        Args:
            method: the call as text, for people.
            cancel_event: cancels the operation when set, by whomever.
            opid: the caller's id for it; a fresh one by default.
        """
        self._method = method
        self._cancel_event = cancel_event
        self._id = opid
        # Wall time, as viam.operations has it; never used to measure.
        self.time_started: float = time.time()  # noqa: TID251

    @classmethod
    def _noop(cls) -> Self:
        """Return an operation nobody can cancel, as viam's `get_operation` expects."""
        return cls("noop-operation", asyncio.Event())

    @property
    def id(self) -> uuid.UUID:
        """The id of the call, the same at every look."""
        if self._id is None:
            self._id = uuid.uuid4()
        return self._id

    @property
    def method(self) -> str:
        """The call as text, for people."""
        return self._method

    @property
    def reason(self) -> CancelReason | None:
        """Why the operation was cancelled; None while it is not."""
        event = self._cancel_event
        if self._reason is None and event is not None and event.is_set():
            self.cancel(CancelReason.CALLER_GONE)
        return self._reason

    def __str__(self) -> str:
        return f"Operation {self.id} : {self.method}"

    async def is_cancelled(self) -> bool:
        """Give other tasks a turn, then tell whether the operation is cancelled.

        Does not wait when it already is.
        """
        if self.reason is None:
            await asyncio.sleep(0)
        return self.reason is not None

    def time_remaining(self) -> float | None:
        """Return the seconds to the nearest deadline, 0.0 once past; None without."""
        if self.deadline is None:
            return None
        return max(0.0, self.deadline - asyncio.get_running_loop().time())

    def cancel(self, reason: CancelReason) -> bool:
        """Cancel the operation and call its callbacks before returning.

        Returns:
            Whether this call did it: False if it was cancelled before or has ended.
        """
        if self._reason is not None:
            return False
        self._reason = reason
        if self._cancel_event is not None:
            self._cancel_event.set()
        callbacks, self._callbacks = self._callbacks, ()
        for callback in callbacks:
            self._call(callback)
        return True

    def add_cancel_callback(self, callback: Callable[[], object]) -> None:
        """Call *callback* the moment the operation is cancelled, or now if it is.

        It runs inside `cancel()`, in the turn of the loop that learnt of the
        cancellation, before any task resumes: put a stop byte on the wire there, and
        wait for the acknowledgement in the body. It must not block. What it raises is
        logged. For a `cancel_event` set by hand it runs one turn later.
        """
        if self.reason is not None:
            self._call(callback)
            return
        self._callbacks += (callback,)
        if self._cancel_event is not None and self._watcher is None:
            loop = asyncio.get_running_loop()
            self._watcher = loop.create_task(self._watch(self._cancel_event))

    def remove_cancel_callback(self, callback: Callable[[], object]) -> None:
        """Forget *callback*; nothing happens if it was called or never added."""
        kept = list(self._callbacks)
        if callback in kept:
            kept.remove(callback)
        self._callbacks = tuple(kept)
        if not kept and self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def wait_cancelled(self) -> CancelReason:
        """Wait until the operation is cancelled, without polling; return why."""
        while (reason := self.reason) is None:
            cancelled = asyncio.get_running_loop().create_future()
            wake = functools.partial(_resolve, cancelled)
            self.add_cancel_callback(wake)
            try:
                await cancelled
            finally:
                self.remove_cancel_callback(wake)
        return reason

    async def run_until_cancelled(self, awaitable: Awaitable[R]) -> R:
        """Wait for *awaitable*, or until the operation is cancelled.

        The awaitable runs in the calling task. When the operation is cancelled it is
        cancelled and waited for, so nothing of it runs on. A result it has by then,
        or still returns, is returned and not lost. A coroutine is not begun at all
        if the operation is cancelled already.

        Returns:
            What the awaitable returned.

        Raises:
            OperationCancelledError: the operation was cancelled first.
            CancelledError: the calling task itself was cancelled.
            Exception: whatever the awaitable raised, also in its own cleanup.
        """
        if self.reason is not None and inspect.iscoroutine(awaitable):
            awaitable.close()
            raise OperationCancelledError(self._why())
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("run_until_cancelled() must be awaited inside a task")
        interruption = _Interruption(task)
        self.add_cancel_callback(interruption.request)
        try:
            return await awaitable
        except asyncio.CancelledError:
            if interruption.withdraw():
                raise OperationCancelledError(self._why()) from None
            raise
        finally:
            interruption.withdraw()
            self.remove_cancel_callback(interruption.request)

    def lineage(self) -> list["Operation"]:
        """Return the operation and those it runs inside, innermost first."""
        chain: list[Operation] = []
        operation: Operation | None = self
        while operation is not None:
            chain.append(operation)
            operation = operation.parent
        return chain

    def _why(self) -> str:
        reason = self.reason
        why = "running" if reason is None else reason.value
        return f"{self.method} was cancelled: {why}"

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Exception:
            logger.exception("cancel callback %r of %s failed", callback, self)

    async def _watch(self, event: asyncio.Event) -> None:
        await event.wait()
        self._watcher = None
        self.cancel(CancelReason.CALLER_GONE)


class _Interruption:
    """One cancellation of a task that can be told from all others, and taken back.

    The counting is that of `asyncio.timeout`.
    """

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self._task = task
        self._cancelling_before = task.cancelling()
        self._handle: asyncio.Handle | None = None
        self._delivered = False

    def request(self) -> None:
        # One turn later: what is ready now reaches the task first and is not lost.
        self._handle = self._task.get_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        self._delivered = True
        self._task.cancel()

    def withdraw(self) -> bool:
        """Take it back; return whether it was the only cancellation."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if not self._delivered:
            return False
        self._delivered = False
        return self._task.uncancel() <= self._cancelling_before


def _resolve(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def valid_seconds(name: str, value: float) -> float:
    """Return *value* as a float; NaN is a `ValueError`."""
    seconds = float(value)
    if math.isnan(seconds):
        raise ValueError(f"{name} is {value!r}; give seconds, or None for no limit")
    return seconds
