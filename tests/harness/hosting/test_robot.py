"""The robot-wide stop and the sessions of our server, over a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.events import RecvRequest, listen
from grpclib.exceptions import GRPCError
from typing_extensions import override
from viam.components.motor import Motor
from viam.proto.component.motor import GoForRequest, MotorServiceStub
from viam.proto.robot import (
    ResourceNamesRequest,
    RobotServiceStub,
    SendSessionHeartbeatRequest,
    StartSessionRequest,
    StartSessionResponse,
    StopAllRequest,
)
from viam.rpc.server import Server

from deadstop.hosting.robot import Robot
from deadstop.hosting.sessions import WINDOW_S

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(30)]


WITHIN_S: Final = 5.0


class SlowMotor(Motor):
    """Its stop takes until it is let go on, and says what became of it."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        """Have been asked for nothing; a stop ends with *error*, if any."""
        super().__init__(name)
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended = asyncio.Event()
        self.log: list[str] = []
        self._error = error

    @override
    async def stop(self, **_: Any) -> None:
        self.log.append("asked")
        self.asked.set()
        outcome = "cancelled"
        try:
            await self.go_on.wait()
            outcome = "stopped"
            if self._error is not None:
                raise self._error
        finally:
            self.log.append(outcome)
            self.ended.set()

    @override
    async def go_for(self, rpm: float, revolutions: float, **_: Any) -> None: ...
    @override
    async def go_to(
        self, rpm: float, position_revolutions: float, **_: Any
    ) -> None: ...
    @override
    async def set_power(self, power: float, **_: Any) -> None: ...
    @override
    async def set_rpm(self, rpm: float, **_: Any) -> None: ...
    @override
    async def reset_zero_position(self, offset: float, **_: Any) -> None: ...
    @override
    async def get_position(self, **_: Any) -> float:
        return 0.0

    @override
    async def get_properties(self, **_: Any) -> Motor.Properties:
        return Motor.Properties(position_reporting=True)

    @override
    async def is_powered(self, **_: Any) -> tuple[bool, float]:
        return False, 0.0

    @override
    async def is_moving(self) -> bool:
        return False


class Bench:
    """Motors behind the SDK's server, and what their sessions left."""

    def __init__(self, channel: Channel) -> None:
        """Reach them over *channel*."""
        self.channel = channel
        self.robot = RobotServiceStub(channel)
        self.expired: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()

    async def drop_stop_all(self, first: SlowMotor) -> None:
        """Ask the robot to stop, and leave when *first* has been asked."""
        async with self.robot.StopAll.open() as stream:
            await stream.send_message(StopAllRequest(), end=True)
            await first.asked.wait()
            await stream.cancel()

    async def move(self, name: str, session: str = "") -> None:
        """Move a motor, in a session if there is one."""
        metadata = {"viam-sid": session} if session else {}
        request = GoForRequest(name=name)
        await MotorServiceStub(self.channel).GoFor(request, metadata=metadata)

    async def open_session(self) -> str:
        """Start a session; it lives for one window."""
        started: StartSessionResponse = await self.robot.StartSession(
            StartSessionRequest()
        )
        return started.id


@asynccontextmanager
async def served(*motors: SlowMotor, ours: bool = True) -> AsyncIterator[Bench]:
    """Serve *motors*, with *ours* or the SDK's own robot, and connect to them."""
    server = Server(list(motors))._server  # noqa: SLF001 - as the host does
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        bench = Bench(Channel("127.0.0.1", port))
        robot = Robot({one.name: one for one in motors}, bench.expired.put_nowait)

        async def route(event: RecvRequest) -> None:
            method = robot.method_of(event)

            async def call(stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
                await method(stream)

            event.method_func = call

        if ours:
            listen(server, RecvRequest, route)
        await server.start(sock=listening)
        try:
            async with asyncio.timeout(WITHIN_S):
                yield bench
        finally:
            bench.channel.close()
            server.close()
            await server.wait_closed()


async def test_the_sdks_own_stop_of_all_ends_with_its_caller() -> None:
    """Why there is one of ours: the stop is cancelled, the other is never asked."""
    left, right = SlowMotor("left"), SlowMotor("right")
    async with served(left, right, ours=False) as bench:
        await bench.drop_stop_all(left)
        await left.ended.wait()

    assert left.log == ["asked", "cancelled"]
    assert right.log == []


async def test_every_component_is_stopped_though_the_caller_has_left() -> None:
    """And none waits for another."""
    left, right = SlowMotor("left"), SlowMotor("right")
    async with served(left, right) as bench:
        await bench.drop_stop_all(left)
        await right.asked.wait()
        await bench.robot.ResourceNames(ResourceNamesRequest())  # the drop came first
        right.go_on.set()
        left.go_on.set()
        await left.ended.wait()
        await right.ended.wait()

    assert left.log == right.log == ["asked", "stopped"]


async def test_a_stop_that_raises_is_told_when_all_have_ended() -> None:
    """By the name of its component; the others are stopped."""
    left, right = SlowMotor("left", ValueError("no wire")), SlowMotor("right")
    async with served(left, right) as bench:
        left.go_on.set()
        right.go_on.set()
        with pytest.raises(GRPCError, match="failed to stop left: ValueError: no wire"):
            await bench.robot.StopAll(StopAllRequest())

    assert right.log == ["asked", "stopped"]


async def test_a_silent_session_loses_what_it_moved_last_and_nothing_else() -> None:
    """What another has moved since is the other's."""
    motors = [SlowMotor(name) for name in ("left", "right", "idle")]
    async with served(*motors) as bench:
        session = await bench.open_session()
        await bench.move("left", session)
        await bench.move("right", session)
        await bench.move("right")
        assert await bench.expired.get() == ("left",)

        with pytest.raises(GRPCError, match="SESSION_EXPIRED") as refused:
            await bench.move("left", session)
        assert refused.value.status is Status.INVALID_ARGUMENT
        with pytest.raises(GRPCError, match="SESSION_EXPIRED"):
            await bench.robot.SendSessionHeartbeat(
                SendSessionHeartbeatRequest(id=session)
            )
        await bench.open_session()
        assert await bench.expired.get() == ()  # it has moved nothing


async def test_a_session_lives_as_long_as_its_heart_beats() -> None:
    """And ends one window after the last beat."""
    async with served(SlowMotor("left")) as bench:
        session = await bench.open_session()
        await bench.move("left", session)
        for _ in range(15):
            await asyncio.sleep(WINDOW_S / 10)
            await bench.robot.SendSessionHeartbeat(
                SendSessionHeartbeatRequest(id=session)
            )
        assert bench.expired.empty()

        assert await bench.expired.get() == ("left",)
