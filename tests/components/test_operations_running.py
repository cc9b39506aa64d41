"""Waiting on an operation, its deadline, its grace, and the end of its loop."""

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationOverrunError,
    cancel_all_operations,
    live_operations,
    run_with_operation,
)

LOG = "arduino_actuators.operations"


class StopNotConfirmedError(Exception):
    """What a body raises when its stop was not acknowledged."""


class Motor:
    """A motor that moves until its operation is cancelled, then stops slowly."""

    def __init__(self, stop_turns: int = 5) -> None:
        """Script how many turns of the loop the stop takes."""
        self.stop_turns = stop_turns
        self.log: list[str] = []
        self.operations: list[Operation] = []
        self.moving = asyncio.Event()

    @run_with_operation
    async def go(self, rpm: float = 60.0, **kwargs: Any) -> str:  # noqa: ANN401, ARG002
        """Move, and tell why it stopped."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        self.operations.append(operation)
        self.log.append("move")
        self.moving.set()
        reason = await operation.wait_cancelled()
        await turns(self.stop_turns)
        self.log.append(f"stopped: {reason.value}")
        return reason.value


async def turns(count: int) -> None:
    """Let the loop go round *count* times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def moving(motor: Motor, **kwargs: Any) -> asyncio.Task[str]:  # noqa: ANN401
    """Start a move in a task and wait until it is under way."""
    caller = asyncio.create_task(motor.go(**kwargs))
    await motor.moving.wait()
    return caller


async def test_cancelling_twice_does_not_abandon_the_stop() -> None:
    """However often and whenever the caller is cancelled, the stop completes."""
    motor = Motor(stop_turns=10)
    caller = await moving(motor)

    for _ in range(8):
        caller.cancel()
        await turns(1)
    await asyncio.wait([caller])

    assert caller.cancelled()
    assert caller.cancelling() == 8
    assert motor.log == ["move", "stopped: caller gone"]
    assert live_operations() == ()


async def test_a_timeout_around_a_call_is_still_a_timeout() -> None:
    """The motor has stopped by the time TimeoutError is raised."""
    motor = Motor()

    async def bounded() -> None:
        async with asyncio.timeout(0.01):
            await motor.go()

    with pytest.raises(TimeoutError):
        await bounded()

    assert motor.log == ["move", "stopped: caller gone"]
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_a_cancellation_beats_a_timeout_that_came_with_it() -> None:
    """The timeout takes back its own cancellation and no other."""
    motor = Motor(stop_turns=10)

    async def impatient() -> None:
        async with asyncio.timeout(None) as scope:
            motor.moving.clear()
            asyncio.get_running_loop().call_soon(scope.reschedule, 0)
            await motor.go()

    caller = asyncio.create_task(impatient())
    await motor.moving.wait()
    await turns(3)
    caller.cancel()
    await asyncio.wait([caller])

    assert caller.cancelled()
    assert motor.log[-1].startswith("stopped")


async def test_a_failing_sibling_stops_the_motor_and_is_reported() -> None:
    """A TaskGroup waits for the stop and raises only the sibling's error."""
    motor = Motor()

    async def sibling() -> None:
        await motor.moving.wait()
        raise OSError("port is gone")

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(motor.go())
            group.create_task(sibling())

    with pytest.raises(ExceptionGroup) as caught:
        await both()

    assert [type(error) for error in caught.value.exceptions] == [OSError]
    assert motor.log == ["move", "stopped: caller gone"]


async def test_a_timeout_inside_a_body_works() -> None:
    """The body's task can be cancelled from within, for real."""

    @run_with_operation
    async def body(**kwargs: Any) -> CancelReason | None:  # noqa: ANN401
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        operation: Operation = kwargs[Operation.ARG_NAME]
        return operation.reason

    assert await body() is None


@pytest.mark.parametrize(
    ("timeout_s", "reason"), [(0, "deadline passed"), (0.01, "deadline passed")]
)
async def test_a_deadline_is_the_reason(timeout_s: float, reason: str) -> None:
    """The caller is still there, so it gets the result."""
    assert await Motor().go(timeout=timeout_s) == reason


async def test_an_infinite_timeout_is_none() -> None:
    """No timer is set and no deadline shown."""
    motor = Motor()
    caller = await moving(motor, timeout=float("inf"))

    assert motor.operations[0].time_remaining() is None
    caller.cancel()
    await asyncio.wait([caller])


async def test_a_nested_call_inherits_the_nearer_deadline_and_the_reason() -> None:
    """Its own, longer timeout does not outlive the outer's."""
    seen: list[tuple[float | None, object]] = []

    @run_with_operation
    async def inner(**kwargs: Any) -> None:  # noqa: ANN401
        operation: Operation = kwargs[Operation.ARG_NAME]
        remaining_s = operation.time_remaining()
        seen.append((remaining_s, await operation.wait_cancelled()))

    @run_with_operation
    async def outer(**kwargs: Any) -> Operation:  # noqa: ANN401
        await inner(timeout=1000)
        operation: Operation = kwargs[Operation.ARG_NAME]
        return operation

    operation = await outer(timeout=0.01)

    [(remaining_s, reason)] = seen
    assert remaining_s is not None
    assert remaining_s <= 0.01
    assert reason is CancelReason.DEADLINE is operation.reason
    assert operation.time_remaining() == 0.0


async def test_a_nested_call_has_an_id_of_its_own() -> None:
    """Also where the body passes its metadata on."""
    metadata = {"opid": "6f1d1c62-9b7c-4b39-8d0e-1f0a7c0e5d11"}

    @run_with_operation
    async def inner(**kwargs: Any) -> Any:  # noqa: ANN401
        return kwargs[Operation.ARG_NAME].id

    @run_with_operation
    async def outer(**kwargs: Any) -> tuple[Any, Any]:  # noqa: ANN401
        return kwargs[Operation.ARG_NAME].id, await inner(metadata=metadata)

    outer_id, inner_id = await outer(metadata=metadata)

    assert str(outer_id) == metadata["opid"]
    assert inner_id != outer_id


async def test_a_callback_runs_inside_the_cancelling_call() -> None:
    """A stop byte can leave before any task gets its turn."""
    motor = Motor()
    caller = await moving(motor)
    motor.operations[0].add_cancel_callback(lambda: motor.log.append("stop byte"))

    caller.cancel()

    assert motor.log == ["move", "stop byte"]
    motor.operations[0].add_cancel_callback(lambda: motor.log.append("late"))
    assert motor.log == ["move", "stop byte", "late"]
    await asyncio.wait([caller])


async def test_a_failing_callback_is_logged_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One broken hook must not keep the next stop byte back."""
    log: list[str] = []
    operation = Operation("move", asyncio.Event())

    def broken() -> None:
        raise OSError("port is gone")

    removed = log.clear
    operation.add_cancel_callback(broken)
    operation.add_cancel_callback(lambda: log.append("stop byte"))
    operation.add_cancel_callback(removed)
    operation.remove_cancel_callback(removed)

    assert operation.cancel(CancelReason.SHUTDOWN) is True
    assert operation.cancel(CancelReason.DEADLINE) is False

    assert log == ["stop byte"]
    assert operation.reason is CancelReason.SHUTDOWN
    assert "port is gone" in caplog.text


async def test_an_event_set_by_hand_wakes_everyone() -> None:
    """Waiters and callbacks see it although it is a plain asyncio.Event."""
    event = asyncio.Event()
    operation = Operation("move", event)
    log: list[str] = []
    operation.add_cancel_callback(lambda: log.append("stop byte"))
    waiter = asyncio.create_task(operation.wait_cancelled())
    await turns(2)

    event.set()

    assert await waiter is CancelReason.CALLER_GONE
    assert log == ["stop byte"]


async def test_run_until_cancelled_returns_what_was_awaited() -> None:
    """The operation is left as it was, with no callback behind."""
    operation = Operation("move", asyncio.Event())

    assert await operation.run_until_cancelled(asyncio.sleep(0, "done")) == "done"
    assert operation.reason is None


async def test_run_until_cancelled_cleans_up_what_it_ran() -> None:
    """The awaited coroutine has ended before the error is raised."""
    operation = Operation("move", asyncio.Event())
    log: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await turns(3)
            log.append("cleaned")

    asyncio.get_running_loop().call_soon(operation.cancel, CancelReason.DEADLINE)
    with pytest.raises(OperationCancelledError, match=r"^move .*: deadline passed$"):
        await operation.run_until_cancelled(forever())

    assert log == ["cleaned"]
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_run_until_cancelled_does_not_begin_once_cancelled() -> None:
    """What is cancelled before its first line moves nothing."""
    operation = Operation("move", asyncio.Event())
    operation.cancel(CancelReason.SUPERSEDED)
    log: list[str] = []

    async def move() -> None:
        log.append("moved")

    with pytest.raises(OperationCancelledError):
        await operation.run_until_cancelled(move())

    assert log == []


async def test_a_result_read_already_is_not_lost_to_the_cancellation() -> None:
    """Both happen in one turn of the loop: the result counts."""
    operation = Operation("move", asyncio.Event())
    reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def read() -> bytes:
        return await reply

    def both() -> None:
        reply.set_result(b"ok")
        operation.cancel(CancelReason.DEADLINE)

    asyncio.get_running_loop().call_soon(both)

    assert await operation.run_until_cancelled(read()) == b"ok"


async def test_cancelling_the_task_itself_stays_a_cancellation() -> None:
    """The two kinds are never mixed up, even when they come together."""
    operation = Operation("move", asyncio.Event())
    task = asyncio.create_task(operation.run_until_cancelled(asyncio.Event().wait()))
    await turns(1)

    operation.cancel(CancelReason.DEADLINE)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_a_body_that_lets_the_error_out_ends_in_a_tidy_cancellation() -> None:
    """A cancelled caller gets CancelledError, a waiting one the reason."""
    started = asyncio.Event()

    @run_with_operation
    async def body(**kwargs: Any) -> None:  # noqa: ANN401
        started.set()
        operation: Operation = kwargs[Operation.ARG_NAME]
        await operation.run_until_cancelled(asyncio.Event().wait())

    caller = asyncio.create_task(body())
    await started.wait()
    caller.cancel()
    await asyncio.wait([caller])

    assert caller.cancelled()
    with pytest.raises(OperationCancelledError, match=r"deadline passed$"):
        await body(timeout=0.001)


async def test_a_body_that_outlives_its_grace_is_cancelled_for_real(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its stop is unconfirmed, so the caller gets an error and not a cancellation."""
    log: list[str] = []
    started = asyncio.Event()

    @run_with_operation(grace_s=0.01)
    async def deaf(**_: Any) -> None:  # noqa: ANN401
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("finally")

    caller = asyncio.create_task(deaf())
    await started.wait()
    caller.cancel()
    await asyncio.wait([caller])

    assert log == ["finally"]
    with pytest.raises(OperationOverrunError, match=r"deaf\(\) did not end within 0.0"):
        caller.result()
    assert "deaf() did not end within 0.01 s" in caplog.text


async def test_a_body_that_ignores_even_that_loses_its_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The call is bounded; what the body does later is logged under its name."""
    release = asyncio.Event()
    ended = asyncio.Event()

    @run_with_operation(grace_s=0.01)
    async def stubborn(**_: Any) -> None:  # noqa: ANN401
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        ended.set()
        raise StopNotConfirmedError

    with (
        caplog.at_level(logging.ERROR, LOG),
        pytest.raises(OperationOverrunError, match=r"ignored being cancelled"),
    ):
        await stubborn(timeout=0)

    assert len(live_operations()) == 1
    release.set()
    await ended.wait()
    await turns(1)
    assert live_operations() == ()
    assert "stubborn" in caplog.records[-1].getMessage()
    assert caplog.records[-1].exc_info is not None


async def test_shutdown_cancels_and_waits_for_every_live_operation() -> None:
    """All have stopped when it returns; the caller's own is left alone."""
    motors = [Motor(stop_turns=count) for count in (1, 5, 20)]
    callers = [await moving(motor) for motor in motors]

    @run_with_operation
    async def shut_down(**kwargs: Any) -> CancelReason | None:  # noqa: ANN401
        await cancel_all_operations(CancelReason.SHUTDOWN)
        operation: Operation = kwargs[Operation.ARG_NAME]
        return operation.reason

    assert await shut_down() is None

    assert [motor.log[-1] for motor in motors] == ["stopped: shutting down"] * 3
    assert [await caller for caller in callers] == ["shutting down"] * 3


def test_the_end_of_asyncio_run_waits_for_the_stop() -> None:
    """Tasks left behind are cancelled by `asyncio.run`; the body still cleans up."""
    motors: list[Motor] = []

    async def main() -> None:
        motors.append(Motor(stop_turns=20))
        await moving(motors[0])

    asyncio.run(main())

    assert motors[0].log == ["move", "stopped: shutting down"]


async def test_a_consumer_that_breaks_off_ends_the_generator() -> None:
    """Closing cancels the operation and waits for the `finally` block."""
    log: list[object] = []

    @run_with_operation
    async def positions(**kwargs: Any) -> AsyncGenerator[int, None]:  # noqa: ANN401
        operation: Operation = kwargs[Operation.ARG_NAME]
        try:
            yield 1
            yield 2
        finally:
            await turns(3)
            log.append(operation.reason)

    stream = positions()
    assert await anext(stream) == 1
    await stream.aclose()

    assert log == [CancelReason.CALLER_GONE]
    assert live_operations() == ()


async def test_a_consumer_cancelled_in_mid_step_waits_for_the_generator() -> None:
    """The body sees the operation cancelled, stops, and is not interrupted."""
    log: list[str] = []
    started = asyncio.Event()

    @run_with_operation
    async def positions(**kwargs: Any) -> AsyncGenerator[int, None]:  # noqa: ANN401
        operation: Operation = kwargs[Operation.ARG_NAME]
        yield 1
        started.set()
        await operation.wait_cancelled()
        await turns(5)
        log.append("stopped")
        yield 2
        log.append("never")

    async def consume() -> None:
        async for position in positions():
            log.append(f"at {position}")  # noqa: PERF401 - logged one by one

    consumer = asyncio.create_task(consume())
    await started.wait()
    consumer.cancel()
    await turns(1)
    consumer.cancel()
    await asyncio.wait([consumer])

    assert consumer.cancelled()
    assert log == ["at 1", "stopped"]


async def test_an_error_of_a_generator_reaches_its_consumer() -> None:
    """Items before it come through."""
    log: list[str] = []

    @run_with_operation
    async def positions(**_: Any) -> AsyncGenerator[int, None]:  # noqa: ANN401
        async with asyncio.timeout(60):
            yield 1
            raise StopNotConfirmedError

    async def consume() -> None:
        async for position in positions():
            log.append(f"at {position}")  # noqa: PERF401 - logged one by one

    with pytest.raises(StopNotConfirmedError):
        await consume()

    assert log == ["at 1"]


async def test_a_function_without_room_for_its_operation_is_refused() -> None:
    """At decoration, by name."""

    async def go_home() -> None:
        """Go home."""

    with pytest.raises(TypeError, match=r"go_home\(\) cannot be given its operation"):
        run_with_operation(go_home)


async def test_the_text_of_a_call_is_bounded_and_names_its_parameters() -> None:
    """Also with arguments of any size; the arguments are let go at the end."""

    class Waypoints(list[int]):
        """A list that can be weakly referenced."""

    motor = Motor()
    waypoints = Waypoints(range(10_000))
    held = weakref.ref(waypoints)
    caller = await moving(motor, rpm=60.0, waypoints=waypoints, note="x" * 9999)
    operation = motor.operations[0]

    assert operation.method.startswith("Motor.go(rpm=60.0, waypoints=[0, 1, 2")
    assert len(operation.method) <= 200

    caller.cancel()
    await asyncio.wait([caller])
    del waypoints, caller
    gc.collect()
    assert held() is None
    assert operation.method == "Motor.go(...)"
