"""The client's half of a session: the SDK's own, whose heartbeats can cease."""

import asyncio
from typing import Final

from grpclib.client import Channel
from viam.proto.robot import RobotServiceStub
from viam.rpc.dial import DialOptions
from viam.sessions_client import SessionsClient

__all__ = ["Session"]

_HOST: Final = "127.0.0.1"


class Session(SessionsClient):
    """The session of the calls that are made over one channel.

    The SDK's client beats from a thread of its own, over a connection of its own.
    """

    def __init__(self, channel: Channel, port: int) -> None:
        """Make the calls over *channel*, which leads to *port*, the session's."""
        options = DialOptions(insecure=True, disable_webrtc=True)
        super().__init__(channel, f"{_HOST}:{port}", options)
        self._silent = False

    async def open(self) -> None:
        """Start the session and its heartbeats; each call that moves names it."""
        await self.metadata

    async def expire_after(self, after_s: float) -> None:
        """Let the heartbeats cease so that it expires in so many seconds.

        That is one window after the last. All connections stay open.
        """
        window = self._heartbeat_interval
        assert window is not None  # noqa: S101 - it is open
        await asyncio.sleep(after_s - window.total_seconds())
        self._silent = True
        await super()._heartbeat_tick(self.client)

    async def _heartbeat_tick(self, client: RobotServiceStub) -> None:
        if not self._silent:
            await super()._heartbeat_tick(client)
