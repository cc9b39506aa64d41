"""One operation at a time on one actuator."""

import asyncio
from typing import Any

import pytest

from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    run_with_operation,
)


class Motor:
    """A motor that logs who moves it; a stop takes a few turns of the loop."""

    def __init__(self) -> None:
        """Start at rest."""
        self.manager = OperationManager()
        self.log: list[str] = []

    @run_with_operation
    async def go(self, name: str, **kwargs: Any) -> CancelReason:  # noqa: ANN401
        """Move until cancelled, then stop."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        async with self.manager.take(operation):
            self.log.append(f"{name} moves")
            reason = await operation.wait_cancelled()
            await turns(5)
            assert self.manager.is_current(operation)
            self.log.append(f"{name} stopped")
        return reason

    @run_with_operation
    async def go_twice(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Move as part of a longer operation that holds the motor."""
        async with self.manager.take(kwargs[Operation.ARG_NAME]):
            await self.go("first leg")
            assert await self.manager.cancel_running() is False
            self.log.append("stopped by its own cleanup")


async def turns(count: int) -> None:
    """Let the loop go round *count* times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_superseded_move_learns_why() -> None:
    """Its caller is still there and gets the reason."""
    motor = Motor()
    older = asyncio.create_task(motor.go("older"))
    await turns(5)
    newer = asyncio.create_task(motor.go("newer"))

    assert await older is CancelReason.SUPERSEDED
    await turns(3)
    assert motor.log[-1] == "newer moves"
    await motor.manager.cancel_running(CancelReason.SHUTDOWN)
    assert await newer is CancelReason.SHUTDOWN
    assert motor.log == [
        "older moves",
        "older stopped",
        "newer moves",
        "newer stopped",
    ]


async def test_of_several_waiting_only_the_latest_starts() -> None:
    """A move that was superseded while it waited moves nothing."""
    motor = Motor()
    callers: list[asyncio.Task[CancelReason]] = []
    for name in ("first", "second", "third", "latest"):
        callers.append(asyncio.create_task(motor.go(name)))
        await turns(3)

    for superseded in callers[1:3]:
        with pytest.raises(OperationCancelledError, match=r"superseded|its turn"):
            await superseded
    while "latest moves" not in motor.log:
        await turns(1)
    await motor.manager.cancel_running()
    await asyncio.wait(callers)

    assert [line for line in motor.log if line.endswith("moves")] == [
        "first moves",
        "latest moves",
    ]


async def test_a_waiter_overtaken_as_the_motor_is_released_does_not_start() -> None:
    """The release wakes it, but a newer one came in the same turn."""
    manager = OperationManager()
    holder, waiter, newer = (Operation(name, asyncio.Event()) for name in "abc")
    log: list[str] = []

    async def hold(operation: Operation) -> None:
        async with manager.take(operation):
            log.append(operation.method)
            await turns(3)

    async with manager.take(holder):
        waiting = asyncio.create_task(hold(waiter))
        await turns(2)
    async with manager.take(newer):
        log.append("c")
        with pytest.raises(OperationCancelledError):
            await waiting

    assert log == ["c"]


async def test_a_waiter_whose_caller_goes_never_starts() -> None:
    """The holder is stopped all the same; the motor is free afterwards."""
    motor = Motor()
    older = asyncio.create_task(motor.go("older"))
    await turns(5)
    newer = asyncio.create_task(motor.go("newer"))
    await turns(3)

    newer.cancel()
    await asyncio.wait([older, newer])

    assert newer.cancelled()
    assert motor.log == ["older moves", "older stopped"]
    assert motor.manager.running is None


async def test_an_operation_inside_the_holder_enters_at_once() -> None:
    """A move made of moves neither supersedes nor waits for itself."""
    motor = Motor()
    caller = asyncio.create_task(motor.go_twice())
    await turns(8)

    caller.cancel()
    await asyncio.wait([caller])

    assert motor.log == [
        "first leg moves",
        "first leg stopped",
        "stopped by its own cleanup",
    ]


async def test_an_expired_operation_does_not_disturb_the_running_one() -> None:
    """Cancelled on arrival: it neither moves nor stops anything."""
    motor = Motor()
    running = asyncio.create_task(motor.go("running"))
    await turns(5)

    with pytest.raises(OperationCancelledError):
        await motor.go("expired", timeout=0)

    assert motor.log == ["running moves"]
    await motor.manager.cancel_running()
    await running


async def test_an_old_operation_is_not_current_once_a_newer_holds() -> None:
    """So a stop that comes late can tell that the motor is no longer its own."""
    manager = OperationManager()
    older, newer = (Operation(name, asyncio.Event()) for name in "ab")

    async with manager.take(older):
        assert manager.is_current(older)
    async with manager.take(newer):
        assert not manager.is_current(older)
        assert manager.running is newer


async def test_cancelling_nobody_is_allowed() -> None:
    """Stop is sent to idle motors all the time."""
    assert await OperationManager().cancel_running() is False
