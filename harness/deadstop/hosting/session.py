"""The client's half of a session: the SDK's own, whose heartbeats can cease."""

import asyncio
from collections.abc import Callable
from typing import Final

from grpclib.client import Channel
from grpclib.events import SendRequest
from viam.proto.robot import RobotServiceStub
from viam.rpc.dial import DialOptions
from viam.sessions_client import SessionsClient

__all__ = ["Session"]

_HOST: Final = "127.0.0.1"


class Session(SessionsClient):
    """The session of the calls that are made over one channel.

    The SDK's client beats from a thread of its own, over a connection of its own. At
    the end only the beats cease: both connections stay open.
    """

    def __init__(
        self,
        channel: Channel,
        port: int,
        expires_after_s: float,
        ceased: Callable[[], object],
    ) -> None:
        """Make the calls over *channel* the session's.

        Args:
            channel: to the server.
            port: which is there.
            expires_after_s: how long after the first call; not before one window.
            ceased: called when it has sent its last heartbeat.
        """
        options = DialOptions(insecure=True, disable_webrtc=True)
        super().__init__(channel, f"{_HOST}:{port}", options)
        self._expires_after_s = expires_after_s
        self._ceased = ceased
        self._opened = False
        self._silent = False
        self._end: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the session and its heartbeats; each call that moves names it."""
        await self.metadata
        self._opened = True

    async def _send_request(self, event: SendRequest) -> None:
        await super()._send_request(event)
        if self._opened and self._end is None:
            self._end = asyncio.get_running_loop().create_task(self._fall_silent())

    async def _fall_silent(self) -> None:
        """Send the last heartbeat, one window before the session is to expire."""
        window = self._heartbeat_interval
        assert window is not None  # noqa: S101 - it is open
        await asyncio.sleep(self._expires_after_s - window.total_seconds())
        self._silent = True
        await super()._heartbeat_tick(self.client)
        self._ceased()

    async def _heartbeat_tick(self, client: RobotServiceStub) -> None:
        if not self._silent:
            await super()._heartbeat_tick(client)
