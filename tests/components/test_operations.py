"""The contract of viam.operations, held by the SDK's implementation and by ours."""

import asyncio
import inspect
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pytest
import viam.operations
from multidict import MultiDict

from arduino_actuators import operations

OPID = uuid.UUID("6f1d1c62-9b7c-4b39-8d0e-1f0a7c0e5d11")

# A module is the thing under test here; the SDK's and ours share no type.
Implementation = Any
F = TypeVar("F", bound=Callable[..., Any])


def decorated(ops: Implementation) -> Callable[[F], F]:
    """Return the decorator under test, typed."""
    return cast("Callable[[F], F]", ops.run_with_operation)


pytestmark = pytest.mark.parametrize(
    "ops",
    [pytest.param(viam.operations, id="viam"), pytest.param(operations, id="ours")],
)


async def turns(count: int) -> None:
    """Let the loop go round *count* times."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_names_an_sdk_user_imports_are_there(ops: Implementation) -> None:
    """Every documented name can be imported from the same place."""
    documented = {
        "METADATA_KEY",
        "Operation",
        "P",
        "T",
        "opid_from_metadata",
        "run_with_operation",
    }

    assert documented <= set(dir(ops))
    assert ops.METADATA_KEY == "opid"
    assert ops.Operation.ARG_NAME == "viam_operation"


async def test_an_operation_is_made_by_position(ops: Implementation) -> None:
    """Method, event and id are given in the documented order."""
    before = time.time()
    operation = ops.Operation("Motor.stop()", asyncio.Event(), OPID)

    assert operation.id == OPID
    assert operation.method == "Motor.stop()"
    assert before <= operation.time_started <= time.time()


async def test_an_operation_without_an_id_gets_its_own(ops: Implementation) -> None:
    """The id is fresh for each operation and stays the same."""
    one, other = (ops.Operation("move", asyncio.Event()) for _ in range(2))

    assert isinstance(one.id, uuid.UUID)
    assert one.id == one.id != other.id


async def test_its_text_names_the_id_and_the_method(ops: Implementation) -> None:
    """A line of log tells which call it was."""
    operation = ops.Operation("Motor.stop()", asyncio.Event(), OPID)

    assert str(operation) == f"Operation {OPID} : Motor.stop()"


async def test_is_cancelled_follows_the_event(ops: Implementation) -> None:
    """The event may be set by whoever made it."""
    event = asyncio.Event()
    operation = ops.Operation("move", event)

    assert await operation.is_cancelled() is False
    event.set()
    assert await operation.is_cancelled() is True


async def test_cancelled_is_for_good(ops: Implementation) -> None:
    """Clearing the event does not revive an operation seen cancelled."""
    event = asyncio.Event()
    operation = ops.Operation("move", event)
    event.set()
    await operation.is_cancelled()

    event.clear()

    assert await operation.is_cancelled() is True


async def test_is_cancelled_gives_other_tasks_a_turn(ops: Implementation) -> None:
    """A body that only polls does not starve the loop."""
    log: list[str] = []
    asyncio.get_running_loop().call_soon(log.append, "turn")

    await ops.Operation("move", asyncio.Event()).is_cancelled()

    assert log == ["turn"]


@pytest.mark.parametrize(
    ("metadata", "opid"),
    [
        (None, None),
        ({}, None),
        ({"other": "x"}, None),
        ({"opid": str(OPID)}, OPID),
        (MultiDict([("opid", str(OPID)), ("opid", "second"), ("k", "v")]), OPID),
    ],
)
def test_the_id_comes_from_the_metadata(
    ops: Implementation, metadata: Mapping[str, str] | None, opid: uuid.UUID | None
) -> None:
    """The first value counts where gRPC repeats a key."""
    assert ops.opid_from_metadata(metadata) == opid


async def test_the_body_gets_arguments_and_operation(ops: Implementation) -> None:
    """Positional and keyword arguments pass through unchanged."""

    class Motor:
        @decorated(ops)
        async def go_for(self, rpm: float, *, turns: float, **kwargs: Any) -> Any:  # noqa: ANN401
            return rpm, turns, kwargs

    rpm, revolutions, kwargs = await Motor().go_for(60.0, turns=2.0, extra={"a": 1})

    assert (rpm, revolutions) == (60.0, 2.0)
    assert isinstance(kwargs.pop("viam_operation"), ops.Operation)
    assert kwargs == {"extra": {"a": 1}}


async def test_a_named_parameter_gets_the_operation(ops: Implementation) -> None:
    """A body without **kwargs names the parameter."""

    @decorated(ops)
    async def body(*, viam_operation: Any = None) -> object:  # noqa: ANN401
        return viam_operation

    assert isinstance(await body(), ops.Operation)


async def test_the_wrapper_looks_like_the_function(ops: Implementation) -> None:
    """Name, docstring and signature survive, and it is still a coroutine function."""

    async def go_home(**_: Any) -> None:  # noqa: ANN401
        """Go home."""

    wrapped = ops.run_with_operation(go_home)

    assert (wrapped.__name__, wrapped.__doc__) == ("go_home", "Go home.")
    assert wrapped.__wrapped__ is go_home
    assert inspect.iscoroutinefunction(wrapped)


async def test_an_error_of_the_body_reaches_the_caller(ops: Implementation) -> None:
    """It is the very object the body raised."""
    error = OSError("port is gone")

    @decorated(ops)
    async def body(**_: Any) -> None:  # noqa: ANN401
        raise error

    with pytest.raises(OSError, match=r"^port is gone$") as caught:
        await body()

    assert caught.value is error


async def test_metadata_names_the_operation(ops: Implementation) -> None:
    """The caller's id is the operation's id."""

    @decorated(ops)
    async def body(**kwargs: Any) -> object:  # noqa: ANN401
        return kwargs["viam_operation"].id

    assert await body(metadata=MultiDict({"opid": str(OPID)})) == OPID


async def test_a_gone_caller_cancels_the_operation_and_not_the_body(
    ops: Implementation,
) -> None:
    """The body sees it, cleans up over several awaits, and ends by itself."""
    log: list[str] = []
    cleaned = asyncio.Event()

    @decorated(ops)
    async def body(**kwargs: Any) -> None:  # noqa: ANN401
        while not await kwargs["viam_operation"].is_cancelled():
            log[:] = ["moving"]
        await turns(3)
        log.append("stopped")
        cleaned.set()

    caller = asyncio.create_task(body())
    await turns(5)
    caller.cancel()
    await asyncio.wait([caller])
    await cleaned.wait()

    assert caller.cancelled()
    assert log == ["moving", "stopped"]


async def test_a_timeout_cancels_and_the_result_is_returned(
    ops: Implementation,
) -> None:
    """The body may still tell how far it got."""

    @decorated(ops)
    async def body(*, timeout: float, **kwargs: Any) -> str:  # noqa: ANN401, ASYNC109
        while not await kwargs["viam_operation"].is_cancelled():
            await turns(1)
        return f"stopped early, {timeout} s"

    assert await body(timeout=0.01) == "stopped early, 0.01 s"


async def test_no_timeout_cancels_nothing(ops: Implementation) -> None:
    """None is what the SDK's services pass for a call without a deadline."""

    @decorated(ops)
    async def body(**kwargs: Any) -> object:  # noqa: ANN401
        await turns(5)
        return await kwargs["viam_operation"].is_cancelled()

    assert await body(timeout=None) is False
