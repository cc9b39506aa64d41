"""Thirteen ways viam.operations fails its users; ours must not.

Each test runs on both. The SDK's failure is expected, strictly and by name, so a
release that mends one turns this file red.
"""

import asyncio
import gc
import inspect
import logging
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import viam.operations

from arduino_actuators import operations

Implementation = Any
F = TypeVar("F", bound=Callable[..., Any])


def decorated(ops: Implementation) -> Callable[[F], F]:
    """Return the decorator under test, typed."""
    return cast("Callable[[F], F]", ops.run_with_operation)


def sdk_fails(defect: str) -> pytest.MarkDecorator:
    """Run a test on both implementations; the SDK is known to fail it."""
    known = pytest.mark.xfail(strict=True, reason=f"defect {defect}")
    return pytest.mark.parametrize(
        "ops",
        [
            pytest.param(viam.operations, marks=known, id="viam"),
            pytest.param(operations, id="ours"),
        ],
    )


@pytest.fixture(autouse=True)
def _orphans_are_collected_here() -> Iterator[None]:
    """Let the SDK's lost errors be logged in the test that lost them."""
    yield
    gc.collect()


class StopNotConfirmedError(Exception):
    """What a body raises when its stop was not acknowledged."""


async def turns(count: int) -> None:
    """Let the loop go round *count* times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def ended(task: asyncio.Task[Any]) -> BaseException | str:
    """Wait for *task* and tell how it ended, without raising."""
    await asyncio.wait([task])
    if task.cancelled():
        return "cancelled"
    return task.exception() or "returned"


@sdk_fails("1: the caller returns at once and the body runs on alone")
async def test_the_call_ends_only_after_the_cleanup(ops: Implementation) -> None:
    """Nothing of the body happens after its caller has ended."""
    log: list[str] = []

    @decorated(ops)
    async def body(**kwargs: Any) -> None:  # noqa: ANN401
        while not await kwargs["viam_operation"].is_cancelled():
            pass
        await turns(5)
        log.append("stopped")

    caller = asyncio.create_task(body())
    await turns(3)
    caller.cancel()

    assert await ended(caller) == "cancelled"
    assert log == ["stopped"]


@sdk_fails("2: an error in the cleanup is lost")
async def test_a_failed_cleanup_is_louder_than_the_cancellation(
    ops: Implementation,
) -> None:
    """The caller learns that its motor may still turn."""

    @decorated(ops)
    async def body(**kwargs: Any) -> None:  # noqa: ANN401
        while not await kwargs["viam_operation"].is_cancelled():
            pass
        raise StopNotConfirmedError

    caller = asyncio.create_task(body())
    await turns(3)
    caller.cancel()

    assert isinstance(await ended(caller), StopNotConfirmedError)


@sdk_fails("3: the body's task is weakly held")
async def test_a_body_is_not_garbage_collected_mid_stop(ops: Implementation) -> None:
    """A body that waits on what only itself holds is still waited for."""
    waits: list[weakref.ref[asyncio.Future[None]]] = []

    @decorated(ops)
    async def body(**_: Any) -> None:  # noqa: ANN401
        acknowledged = asyncio.get_running_loop().create_future()
        waits.append(weakref.ref(acknowledged))
        await acknowledged

    caller = asyncio.create_task(body())
    await turns(3)
    caller.cancel()
    await turns(3)
    gc.collect()

    acknowledged = waits[0]()
    assert acknowledged is not None
    acknowledged.set_result(None)
    assert await ended(caller) == "cancelled"


SERVER = """
import asyncio, importlib, os, sys
from viam.components.motor import Motor
from viam.rpc.server import Server

ops = importlib.import_module(sys.argv[1])
path = sys.argv[2]

class Probe(Motor):
    @ops.run_with_operation
    async def go_for(self, rpm, revolutions, **kwargs):
        print("start", flush=True)
        operation = kwargs[ops.Operation.ARG_NAME]
        while not await operation.is_cancelled():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        print("stopped", flush=True)

    async def close(self):
        print("close", flush=True)

Probe.__abstractmethods__ = frozenset()

async def client():
    from grpclib.client import Channel
    from viam.gen.component.motor.v1.motor_grpc import MotorServiceStub
    from viam.proto.component.motor import GoForRequest
    channel = Channel(path=path)
    request = GoForRequest(name="probe", rpm=60, revolutions=2)
    try:
        await MotorServiceStub(channel).GoFor(request)
    except Exception:
        pass
    finally:
        channel.close()

async def main():
    server = Server([Probe("probe")])
    serving = asyncio.ensure_future(server.serve(path=path, log_level=None))
    while not os.path.exists(path):
        await asyncio.sleep(0.01)
    caller = asyncio.ensure_future(client())

    # From 3.12 on a server waits for its connections: let the client go with it.
    close_server = server._server.close

    def close_both():
        close_server()
        caller.cancel()

    server._server.close = close_both
    await serving

asyncio.run(main())
"""


@pytest.mark.wall_clock
@sdk_fails("4: SIGTERM in mid move ends the process without a stop")
def test_sigterm_stops_the_motor_before_the_component_closes(
    ops: Implementation, tmp_path: Path
) -> None:
    """A real viam server: start, stopped, close, and exit code 0."""
    program = [sys.executable, "-c", SERVER, ops.__name__, str(tmp_path / "socket")]
    with subprocess.Popen(  # noqa: S603 - our own program
        program,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    ) as server:
        assert server.stdout is not None
        try:
            said = [server.stdout.readline().strip()]
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=60)
            said += server.stdout.read().split()
        finally:
            server.kill()

    assert (said, code) == (["start", "stopped", "close"], 0)


@sdk_fails("5: timeout=0 is ignored, a negative one noticed late")
@pytest.mark.parametrize("seconds", [0, 0.0, -1.5, float("-inf")])
async def test_a_timeout_already_over_cancels_before_the_first_line(
    ops: Implementation, seconds: float
) -> None:
    """The body can refuse to move anything, and its result still counts."""

    @decorated(ops)
    async def body(**kwargs: Any) -> object:  # noqa: ANN401
        return await kwargs["viam_operation"].is_cancelled()

    assert await body(timeout=seconds) is True


@sdk_fails("5: a positional timeout is ignored")
async def test_a_positional_timeout_counts(ops: Implementation) -> None:
    """Where the argument stands makes no difference."""

    @decorated(ops)
    async def body(rpm: float, timeout: float, **kwargs: Any) -> bool:  # noqa: ANN401, ARG001, ASYNC109
        for _ in range(200):
            if await kwargs["viam_operation"].is_cancelled():
                return True
            await asyncio.sleep(0.001)
        return False

    assert await body(60.0, 0.001) is True


@sdk_fails("5: a NaN timeout acts at once")
async def test_a_nan_timeout_is_refused(ops: Implementation) -> None:
    """The body does not run."""
    log: list[str] = []

    @decorated(ops)
    async def body(**_: Any) -> None:  # noqa: ANN401
        log.append("ran")

    with pytest.raises(ValueError, match=r"^timeout is nan; give seconds"):
        await body(timeout=float("nan"))

    assert log == []


@sdk_fails("6: is_cancelled() does not look again after it yields")
async def test_is_cancelled_notices_in_the_turn_it_happens(ops: Implementation) -> None:
    """The answer is as fresh as the moment it is given."""
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)

    assert await ops.Operation("move", event).is_cancelled() is True


@sdk_fails("7: is_cancelled() swallows CancelledError")
async def test_is_cancelled_can_itself_be_cancelled(ops: Implementation) -> None:
    """A timeout around a polling loop fires."""
    poll = asyncio.create_task(ops.Operation("move", asyncio.Event()).is_cancelled())
    await turns(1)

    poll.cancel()

    assert await ended(poll) == "cancelled"


@sdk_fails("8: a body can only poll")
async def test_a_body_is_woken_by_the_cancellation(ops: Implementation) -> None:
    """The stop leaves within two turns of the loop, not at the next poll."""
    log: list[str] = []

    @decorated(ops)
    async def body(**kwargs: Any) -> None:  # noqa: ANN401
        await kwargs["viam_operation"].wait_cancelled()
        log.append("stop sent")

    caller = asyncio.create_task(body())
    try:
        await turns(3)
        caller.cancel()
        await turns(2)
        assert log == ["stop sent"]
    finally:
        await asyncio.wait([caller])


@sdk_fails("9: nested calls are strangers")
async def test_a_nested_call_shares_the_fate_of_the_outer(ops: Implementation) -> None:
    """Cancelling go_to cancels the go_for it is made of."""
    inner_ended = asyncio.get_running_loop().create_future()

    @decorated(ops)
    async def go_for(**kwargs: Any) -> None:  # noqa: ANN401
        seen = False
        for _ in range(50):
            seen = seen or await kwargs["viam_operation"].is_cancelled()
            await turns(1)
        inner_ended.set_result(seen)

    @decorated(ops)
    async def go_to(**_: Any) -> None:  # noqa: ANN401
        await go_for()

    caller = asyncio.create_task(go_to())
    await turns(5)
    caller.cancel()

    assert await inner_ended is True
    assert await ended(caller) == "cancelled"


class Unprintable:
    """An argument that cannot be turned into text."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __str__ = __repr__


@sdk_fails("10: every argument is turned into text on each call")
async def test_an_unprintable_argument_does_not_stop_the_call(
    ops: Implementation,
) -> None:
    """The text is made when asked for, and is safe even then."""

    @decorated(ops)
    async def move(where: object, **kwargs: Any) -> str:  # noqa: ANN401, ARG001
        return str(kwargs["viam_operation"])

    assert (await move(Unprintable())).endswith("move(where=<unprintable Unprintable>)")


@sdk_fails("10: secrets in extra end up in the text")
async def test_secrets_are_not_in_the_text(ops: Implementation) -> None:
    """Neither extra nor metadata is shown, by keyword or by position."""

    @decorated(ops)
    async def move(rpm: float, extra: object, **kwargs: Any) -> str:  # noqa: ANN401, ARG001
        return str(kwargs["viam_operation"])

    text = await move(60.0, {"token": "s3cret"}, metadata={"key": "s3cret"})

    assert "s3cret" not in text
    assert "rpm=60.0" in text


@sdk_fails("11: an async generator cannot be decorated")
async def test_an_async_generator_gets_its_operation(ops: Implementation) -> None:
    """Items come through, and the operation with them."""

    @decorated(ops)
    async def positions(count: int, **kwargs: Any) -> AsyncGenerator[Any, None]:  # noqa: ANN401
        for position in range(count):
            yield position, kwargs["viam_operation"]

    assert inspect.isasyncgenfunction(positions)
    items = [item async for item in positions(3)]

    assert [position for position, _ in items] == [0, 1, 2]
    assert all(isinstance(operation, ops.Operation) for _, operation in items)


@sdk_fails("12: two moves interleave on one motor")
async def test_a_newer_move_waits_for_the_end_of_the_older(ops: Implementation) -> None:
    """The older is cancelled, stops, and only then does the newer start."""
    log: list[str] = []
    manager = ops.OperationManager()

    @decorated(ops)
    async def move(name: str, steps: int, **kwargs: Any) -> None:  # noqa: ANN401
        operation = kwargs["viam_operation"]
        async with manager.take(operation):
            log.append(f"{name} starts")
            for _ in range(steps):
                if await operation.is_cancelled():
                    break
            await turns(3)
            log.append(f"{name} stops")

    older = asyncio.create_task(move("older", 1000))
    await turns(5)
    await move("newer", 1)
    await older

    assert log == ["older starts", "older stops", "newer starts", "newer stops"]


@sdk_fails("13: a malformed opid keeps the body from running")
@pytest.mark.parametrize("opid", ["", "not-an-id", b"\x00", 7])
async def test_a_malformed_id_does_not_stop_a_robot_call(
    ops: Implementation, opid: object, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged and treated as absent."""

    @decorated(ops)
    async def body(**kwargs: Any) -> object:  # noqa: ANN401
        return kwargs["viam_operation"].id.version

    with caplog.at_level(logging.WARNING, "arduino_actuators.operations"):
        assert await body(metadata={"opid": opid}) == 4

    assert "malformed opid" in caplog.text
