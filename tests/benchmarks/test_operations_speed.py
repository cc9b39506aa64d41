"""What a decorated call costs, beside the SDK's decorator in the same run."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import viam.operations

from arduino_actuators import operations

pytestmark = pytest.mark.benchmark

ROUNDS = 240
CALLS_PER_BATCH = 50
SMALL = [1, 2, 3]
LARGE = list(range(10_000))

Call = Callable[..., Awaitable[None]]


async def noop(where: object, *, rpm: float, **kwargs: Any) -> None:  # noqa: ANN401
    """Do nothing, to leave only the decorator's own cost."""


async def batch_us(call: Call, where: object) -> float:
    """Return the mean time of one call, in microseconds."""
    start_ns = time.perf_counter_ns()
    for _ in range(CALLS_PER_BATCH):
        await call(where, rpm=60.0, timeout=None, metadata=None)
    return (time.perf_counter_ns() - start_ns) / CALLS_PER_BATCH / 1000


async def test_a_call_costs_at_most_six_tenths_of_the_sdks() -> None:
    """Batches alternate, so a busy machine slows both; the ratios' median counts."""
    sdk: Call = viam.operations.run_with_operation(noop)
    ours: Call = operations.run_with_operation(noop)
    cases = {
        "plain": (noop, SMALL),
        "sdk": (sdk, SMALL),
        "ours": (ours, SMALL),
        "large": (ours, LARGE),
    }
    names = list(cases)
    rows: list[dict[str, float]] = []
    for turn in range(ROUNDS):
        # Each starts in turn, so no case keeps step with some other process.
        first = turn % len(names)
        order = names[first:] + names[:first]
        rows.append({name: await batch_us(*cases[name]) for name in order})
    plain_us, sdk_us, ours_us, large_us = (
        statistics.median(row[name] for row in rows) for name in names
    )
    to_sdk = statistics.median(row["ours"] / row["sdk"] for row in rows)
    to_small = statistics.median(row["large"] / row["ours"] for row in rows)
    print(
        f"\n{'a decorated no-op':<34}{'us/call':>9}{'ratio':>8}"
        f"\n{'plain coroutine':<34}{plain_us:>9.2f}"
        f"\n{'viam.operations':<34}{sdk_us:>9.2f}{1:>8.2f}"
        f"\n{'arduino_actuators.operations':<34}{ours_us:>9.2f}{to_sdk:>8.2f}"
        f"\n{'  with 10,000 elements':<34}{large_us:>9.2f}{to_small:>8.2f} of ours"
    )

    assert to_sdk <= 0.6
    assert to_small <= 1.2


async def test_cancellation_to_callback_and_to_body() -> None:
    """Print how long a cancelled caller's body takes to notice; no limit."""
    to_callback_us: list[float] = []
    to_body_us: list[float] = []
    cancelled_ns = 0

    def since_us() -> float:
        return (time.perf_counter_ns() - cancelled_ns) / 1000

    @operations.run_with_operation
    async def body(*, viam_operation: operations.Operation) -> None:
        def called() -> None:
            to_callback_us.append(since_us())

        viam_operation.add_cancel_callback(called)
        await viam_operation.wait_cancelled()
        to_body_us.append(since_us())

    for _ in range(500):
        caller = asyncio.create_task(body())  # type: ignore[call-arg]
        for _ in range(3):
            await asyncio.sleep(0)
        cancelled_ns = time.perf_counter_ns()
        caller.cancel()
        await asyncio.wait([caller])

    callback_us = statistics.median(to_callback_us)
    body_us = statistics.median(to_body_us)
    print(
        f"\n{'caller cancelled -> callback':<34}{callback_us:>9.2f} us"
        f"\n{'caller cancelled -> body resumes':<34}{body_us:>9.2f} us"
    )
