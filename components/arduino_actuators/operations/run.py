"""The decorator that runs a method of a component under an operation."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar, overload

from arduino_actuators.operations.running import Callee, RunningOperation
from arduino_actuators.operations.stream import RunningStream

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])

# Ten times the half second within which a board acknowledges a stop.
GRACE_S: Final = 5.0


@overload
def run_with_operation(
    func: Callable[P, Coroutine[Any, Any, T]], *, grace_s: float = GRACE_S
) -> Callable[P, Coroutine[Any, Any, T]]: ...
@overload
def run_with_operation(
    func: Callable[P, AsyncGenerator[T, None]], *, grace_s: float = GRACE_S
) -> Callable[P, AsyncGenerator[T, None]]: ...
@overload
def run_with_operation(*, grace_s: float = GRACE_S) -> Callable[[F], F]: ...


def run_with_operation(
    func: Callable[..., Any] | None = None, *, grace_s: float = GRACE_S
) -> Callable[..., Any]:
    """Run a method of a component under an `Operation`.

    The method gets it as the keyword `viam_operation`, so it must accept that or
    ``**kwargs``. It runs in a task of its own. When the caller is cancelled, or
    `timeout` (seconds, by keyword or position) has passed, or the operation it runs
    inside is cancelled, the operation is cancelled and the body goes on: it must
    notice, stop its actuator and end. The caller waits for that, however often it is
    cancelled, and then gets its `CancelledError`, unless the body failed: that is
    louder. A `timeout` of 0 or less is over before the body's first line, which must
    then move nothing; the body's return value is returned all the same.

    An async generator function may be decorated too. Closing it, or cancelling its
    consumer, cancels the operation; its `finally` blocks are awaited.

    Args:
        func: the method; leave it out to give options.
        grace_s: how long the body may clean up, in seconds, before it is cancelled
            for real; one second more and its caller is let go. `math.inf` waits
            for ever.

    Raises:
        TypeError: at decoration, if *func* cannot be given its operation.
        ValueError: at decoration for a `grace_s`, at the call for a `timeout`, that
            is NaN.
        OperationOverrunError: at the call, if the body outlived its grace.
    """
    if func is None:
        return functools.partial(run_with_operation, grace_s=grace_s)
    if inspect.isasyncgenfunction(func):
        return _stream_wrapper(func, Callee(func, grace_s))
    return _call_wrapper(func, Callee(func, grace_s))


def _call_wrapper(func: Callable[..., Any], callee: Callee) -> Callable[..., Any]:
    @functools.wraps(func)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - func's own
        operation = RunningOperation(callee, args, kwargs)
        try:
            await operation.begin(operation.run_body(func, args, kwargs))
        except BaseException as error:  # noqa: BLE001 - judged there
            operation.wait_failed(error)
        return operation.outcome()

    return wrapper


def _stream_wrapper(func: Callable[..., Any], callee: Callee) -> Callable[..., Any]:
    @functools.wraps(func)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:  # noqa: ANN401
        stream = RunningStream(callee, args, kwargs)
        try:
            while await stream.advance(func, args, kwargs):
                yield stream.item
        finally:
            await stream.close()

    return wrapper
