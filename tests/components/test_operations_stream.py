"""An operation that is cancelled while its generator waits to be asked for more."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    live_operations,
    run_with_operation,
)


class SupersededError(OperationCancelledError):
    """What a body says of its own end."""


class Feeder:
    """Yields numbers while it holds an actuator; stops it when it ends."""

    def __init__(self) -> None:
        """Have the actuator free."""
        self.manager = OperationManager()
        self.log: list[str] = []

    @run_with_operation
    async def numbers(self, **kwargs: Any) -> AsyncGenerator[int, None]:  # noqa: ANN401
        """Yield 1 and 2."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        operation.add_cancel_callback(lambda: self.log.append("cut"))
        async with self.manager.take(operation):
            try:
                yield 1
                yield 2
            except OperationCancelledError as error:
                await asyncio.sleep(0)
                self.log.append("confirmed")
                raise SupersededError from error
            finally:
                self.log.append("over")

    @run_with_operation
    async def move(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Take the actuator."""
        async with self.manager.take(kwargs[Operation.ARG_NAME]):
            self.log.append("moved")


async def test_a_newer_operation_need_not_wait_for_the_consumer() -> None:
    """The body cleans up at once, and tells its consumer when it asks."""
    feeder = Feeder()
    stream = feeder.numbers()
    assert await anext(stream) == 1

    await feeder.move()

    assert feeder.log == ["cut", "confirmed", "over", "moved"]
    with pytest.raises(SupersededError):
        await anext(stream)


async def test_a_deadline_that_passes_at_a_yield_ends_the_body() -> None:
    """Whether or not somebody asks for more."""
    feeder = Feeder()
    stream = feeder.numbers(timeout=0.02)
    assert await anext(stream) == 1

    async with asyncio.timeout(5):
        while live_operations():  # noqa: ASYNC110 - nothing tells of its end
            await asyncio.sleep(0.005)

    assert feeder.log == ["cut", "confirmed", "over"]


async def test_a_consumer_that_leaves_after_that_is_not_bothered() -> None:
    """It has closed the generator: nobody is interested in a tidy end."""
    feeder = Feeder()
    stream = feeder.numbers()
    assert await anext(stream) == 1
    await feeder.move()

    await stream.aclose()


async def test_a_body_that_goes_on_after_its_cancellation_is_closed() -> None:
    """What it yields then, nobody gets."""
    log: list[object] = []

    @run_with_operation
    async def stubborn(**kwargs: Any) -> AsyncGenerator[int, None]:  # noqa: ANN401
        log.append(kwargs[Operation.ARG_NAME])
        try:
            yield 1
        except OperationCancelledError:
            log.append("deaf")
        try:
            yield 2
        finally:
            log.append("closed")

    stream = stubborn()
    assert await anext(stream) == 1
    [operation] = live_operations()
    operation.cancel(CancelReason.SHUTDOWN)

    with pytest.raises(StopAsyncIteration):
        await anext(stream)

    assert log[1:] == ["deaf", "closed"]


def test_the_end_of_asyncio_run_ends_a_generator_at_its_yield() -> None:
    """The loop has stopped; the body still cleans up."""
    feeder = Feeder()
    kept: list[AsyncGenerator[int, None]] = []

    async def main() -> None:
        kept.append(feeder.numbers())
        assert await anext(kept[0]) == 1

    asyncio.run(main())

    assert feeder.log[0] == "cut"
    assert feeder.log[-1] == "over"
