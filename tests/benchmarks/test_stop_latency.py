"""How long from a cancellation to the stop byte at the far end of the port.

Absolute figures depend on the machine; each test compares two of the same run.
"""

import asyncio
import contextlib
import functools
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from typing import Any

import pytest
from viam.operations import run_with_operation as viam_run_with_operation

from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from arduino_actuators.operations import Operation, run_with_operation
from tests.components.scripted_board import ScriptedBoard

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

REPEATS = 300
SERVED_REPEATS = 200
POLLED_REPEATS = 40
POLL_S = 0.010
# Both processes sleep again before the next figure is taken.
SETTLE_S = 0.005


def report(what: str, samples_s: list[float]) -> float:
    """Print median and p99 in microseconds; return the median in seconds."""
    median_s = statistics.median(samples_s)
    p99_s = statistics.quantiles(samples_s, n=100)[98]
    line = f"{what:<58} median {median_s * 1e6:8.0f} us   p99 {p99_s * 1e6:8.0f} us"
    sys.stdout.write("\n" + line)
    return median_s


async def cancelled_to_far_end_s(repeats: int) -> tuple[list[float], list[float]]:
    """Time what the same cancellation does: a bare write, and the motor's own stop.

    The far end is another process. A pty passes bytes on when the writer's core has
    time, so what follows the write counts: it is the same work in both.
    """
    bare_s: list[float] = []
    stop_s: list[float] = []
    async with running("board", "-") as board:
        path = await line_of(board)
        motor = ArduinoMotor("m", MotorConfig.from_attributes({"port": path}))
        bare_fd = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)

        @run_with_operation
        async def move(*, bare: bool, viam_operation: Operation) -> None:
            if bare:
                write = functools.partial(os.write, bare_fd, b"B")
                viam_operation.add_cancel_callback(write)
            await motor.go_for(60, 1)

        for repeat in range(2 * repeats):
            bare = repeat % 2 == 0
            moving = asyncio.ensure_future(move(bare=bare))  # type: ignore[call-arg]
            assert await line_of(board) == "begun"
            await asyncio.sleep(SETTLE_S)

            begun_s = time.monotonic()
            moving.cancel()
            heard_s = float(await line_of(board))

            (bare_s if bare else stop_s).append(heard_s - begun_s)
            if bare:
                await line_of(board)  # the motor's own stop
            with contextlib.suppress(asyncio.CancelledError):
                await moving
        os.close(bare_fd)
        await motor.close()
    return bare_s, stop_s


async def test_a_cancellation_reaches_the_far_end_like_a_bare_write() -> None:
    """At most half as long again as `os.write` in the same event."""
    bare_s, stop_s = await cancelled_to_far_end_s(REPEATS)

    bare = report("operation cancelled -> bare os.write at the far end", bare_s)
    stop = report("operation cancelled -> stop byte at the far end", stop_s)

    assert stop <= 1.5 * bare


async def polled_to_far_end_s(repeats: int) -> list[float]:
    """Time a body on viam.operations that looks every 10 ms, as the examples do."""
    samples_s = []
    async with ScriptedBoard() as board:

        @viam_run_with_operation
        async def go_for(**kwargs: Any) -> None:  # noqa: ANN401
            operation = kwargs["viam_operation"]
            while not await operation.is_cancelled():  # noqa: ASYNC110 - the subject
                await asyncio.sleep(POLL_S)
            board.write_as_host(b"A")

        for repeat in range(repeats):
            move = asyncio.ensure_future(go_for())
            # Strike at another phase of the polling each time.
            await asyncio.sleep(0.02 + POLL_S * repeat / repeats)
            board.log.clear()
            begun_s = time.monotonic()
            move.cancel()
            await board.wait_heard(lambda log: "A" in log)
            samples_s.append(board.last_read_s - begun_s)
            with contextlib.suppress(asyncio.CancelledError):
                await move
    return samples_s


async def test_a_cancellation_is_far_quicker_than_polling() -> None:
    """At least twenty times, against a body that polls every 10 ms."""
    polled = report(
        "polled every 10 ms -> far end", await polled_to_far_end_s(POLLED_REPEATS)
    )
    _, cancelled_s = await cancelled_to_far_end_s(POLLED_REPEATS)
    ours = report("operation cancelled -> stop byte at the far end", cancelled_s)

    assert polled >= 20 * ours


@contextlib.asynccontextmanager
async def running(role: str, argument: str) -> AsyncIterator[Process]:
    """Run one of the processes."""
    module = "tests.benchmarks.latency_processes"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, role, argument, stdin=PIPE, stdout=PIPE
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def line_of(process: Process) -> str:
    """Read what *process* says next."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().strip()


def order(process: Process, line: str) -> None:
    """Tell *process* what to do next."""
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")


async def test_a_closed_connection_stops_the_motor_like_it_cancels_a_handler() -> None:
    """From the client's FIN to the stop byte: at most twice grpclib's own share."""
    handler_s, stop_s = [], []
    async with (
        running("board", "-") as board,
        running("server", await line_of(board)) as server,
        running("client", await line_of(server)) as client,
    ):
        for _ in range(SERVED_REPEATS):
            order(client, "call reference")
            assert await line_of(server) == "begun"
            order(client, "close")
            closed_s = float(await line_of(client))
            handler_s.append(float(await line_of(server)) - closed_s)

            order(client, "call m")
            assert await line_of(board) == "begun"
            order(client, "close")
            closed_s = float(await line_of(client))
            stop_s.append(float(await line_of(board)) - closed_s)

    handler = report("client FIN -> handler cancelled (grpclib)", handler_s)
    stop = report("client FIN -> stop byte at the far end", stop_s)

    assert stop <= 2 * handler
