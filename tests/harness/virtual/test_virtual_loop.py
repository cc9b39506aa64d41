"""The event loop on virtual time, and the connections in memory."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from deadstop.virtual.clock import (
    EPOCH_S,
    STEP_S,
    Owner,
    VirtualLoop,
    context_of,
)
from deadstop.virtual.refusal import DeadlockError, VirtualTimeError


def run(
    body: Callable[[VirtualLoop], Coroutine[Any, Any, object]],
) -> tuple[VirtualLoop, object]:
    """Run *body* on a new loop."""
    loop = VirtualLoop()
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return loop, runner.run(body(loop))
    finally:
        loop.close()


def test_an_hour_passes_in_no_time() -> None:
    """Nothing waits; the loop's clock says what was asked for."""
    began_s = time.monotonic()

    async def body(loop: VirtualLoop) -> float:
        await asyncio.sleep(3600)
        return loop.time()

    _, ended_s = run(body)

    assert ended_s == pytest.approx(EPOCH_S + 3600, abs=1e-3)
    assert time.monotonic() - began_s < 60


def test_timers_come_in_their_order() -> None:
    """Also those that were set later."""
    told: list[str] = []

    async def body(loop: VirtualLoop) -> None:
        loop.call_later(0.2, told.append, "late")
        loop.call_later(0.1, told.append, "early")
        loop.call_later(0.15, told.append, "cancelled").cancel()
        await asyncio.sleep(0.3)

    run(body)

    assert told == ["early", "late"]


def test_each_callback_takes_its_time_so_that_a_busy_loop_gets_on() -> None:
    """A loop of `sleep(0)` reaches its deadline."""

    async def body(loop: VirtualLoop) -> int:
        turns = 0
        until_s = loop.time() + 100 * STEP_S
        while loop.time() < until_s:
            await asyncio.sleep(0)
            turns += 1
        return turns

    _, turns = run(body)

    assert turns in range(99, 103)


def test_a_timeout_strikes_at_its_instant() -> None:
    """`asyncio.timeout` is asyncio's own."""

    async def body(loop: VirtualLoop) -> float:
        began_s = loop.time()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await loop.create_future()
        return loop.time() - began_s

    _, took_s = run(body)

    assert took_s == pytest.approx(0.5, abs=10 * STEP_S)


def test_a_deadlock_is_told_with_what_everyone_waits_for() -> None:
    """The task, the function and the line."""

    async def waits_for_godot(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(
        DeadlockError, match=r"waits_for_godot\) waits at .*test_virtual_loop\.py:\d+"
    ):
        run(waits_for_godot)


def test_what_is_the_judges_takes_no_time_and_is_no_step() -> None:
    """The component's course is the same with it and without."""

    async def body(loop: VirtualLoop) -> tuple[float, int]:
        began_s, steps = loop.time(), loop.steps
        for _ in range(50):
            loop.call_soon(lambda: None, context=context_of(Owner.JUDGE))
        await asyncio.sleep(0)
        return loop.time() - began_s, loop.steps - steps

    _, found = run(body)

    assert found == (pytest.approx(STEP_S), 1)


def test_an_owner_that_has_ended_runs_nothing_more() -> None:
    """As a process that has ended."""
    told: list[str] = []

    async def body(loop: VirtualLoop) -> None:
        client = context_of(Owner.CLIENT)
        loop.call_later(0.1, told.append, "host")
        loop.call_later(0.1, lambda: told.append("client"), context=client)
        judge = context_of(Owner.JUDGE)
        loop.call_soon(loop.end_owner, Owner.CLIENT, context=judge)
        await asyncio.sleep(0.2)

    run(body)

    assert told == ["host"]


def test_a_thread_is_refused_by_name() -> None:
    """And the way out is named, too."""

    async def body(_: VirtualLoop) -> None:
        await asyncio.to_thread(print, "never")

    with pytest.raises(VirtualTimeError, match=r"thread for print\(\).*--clock real"):
        run(body)


class Collecting(asyncio.Protocol):
    """Notes what a connection brings."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.told: list[object] = []
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Note it."""
        self.told.append(data)

    def eof_received(self) -> bool:
        """Note it; stay open for sending."""
        self.told.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note why."""
        self.told.append(type(exc).__name__)


def connected(
    act: Callable[[Any], None],
) -> list[object]:
    """Return what a server sees of a client that does *act*."""
    served: list[Collecting] = []

    def serve() -> Collecting:
        served.append(Collecting())
        return served[-1]

    async def body(loop: VirtualLoop) -> None:
        await loop.create_server(serve, "127.0.0.1", 8080)
        client, _ = await loop.create_connection(Collecting, "127.0.0.1", 8080)
        act(client)
        await asyncio.sleep(0.01)

    run(body)
    return served[0].told


def test_writes_of_one_turn_arrive_together_and_in_order() -> None:
    """As small segments on one machine do."""

    def act(client: Any) -> None:  # noqa: ANN401 - a transport
        client.write(b"one ")
        client.write(b"two")

    assert connected(act) == [b"one two"]


def test_closing_sends_what_was_written_and_then_the_end() -> None:
    """FIN comes behind the bytes."""

    def act(client: Any) -> None:  # noqa: ANN401
        client.write(b"last words")
        client.close()

    assert connected(act) == [b"last words", "eof"]


def test_a_reset_loses_what_was_not_read() -> None:
    """RST is an error at the other end, and overtakes."""

    def act(client: Any) -> None:  # noqa: ANN401
        import socket  # noqa: PLC0415
        import struct  # noqa: PLC0415

        client.write(b"lost")
        linger = struct.pack("ii", 1, 0)
        sock = client.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        client.abort()

    assert connected(act) == ["ConnectionResetError"]


def test_a_connection_to_the_outside_is_refused_by_address() -> None:
    """Nobody in this loop listens there: it would be a real one."""

    async def body(loop: VirtualLoop) -> None:
        await loop.create_connection(Collecting, "192.0.2.1", 23)

    with pytest.raises(VirtualTimeError, match=r"connecting to 192\.0\.2\.1:23"):
        run(body)
