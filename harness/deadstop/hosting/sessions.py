"""The server's half of sessions: who has fallen silent loses what it set in motion.

As viam-server has it (`robot/session_manager.go`): a client starts a session, says so
with each call that moves something (the metadata `viam-sid`), and sends heartbeats. A
component belongs to the session of whoever moved it last. When no heartbeat has come
for the length of the window, the server itself asks the session's components to stop.
Nothing is cancelled: the call may run on, and its connection is open. A session is
nobody's in particular: whose connection it came over is not looked at.
"""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final, TypeAlias

from google.protobuf import descriptor_pool
from google.protobuf.duration_pb2 import Duration
from grpclib.const import Status
from grpclib.events import RecvRequest
from grpclib.exceptions import GRPCError
from viam.gen.common.v1.common_pb2 import safety_heartbeat_monitored
from viam.proto.robot import SendSessionHeartbeatResponse, StartSessionResponse
from viam.sessions_client import SESSION_METADATA_KEY

__all__ = ["WINDOW_S", "Sessions"]

# viam-server's default is 2 s (`config.DefaultSessionHeartbeatWindow`), and 30 ms to 1
# minute can be set: `network.sessions.heartbeat_window`. Shorter than most motions,
# and the SDK's client, which sends five in that time, has 160 ms to spare.
WINDOW_S: Final = 0.2
_SERVICE: Final = "/viam.robot.v1.RobotService"

Method: TypeAlias = Callable[[Any], Coroutine[Any, Any, None]]


class Sessions:
    """The sessions of one server."""

    def __init__(self, expired: Callable[[tuple[str, ...]], object]) -> None:
        """Call *expired* with the names of a session's components when it ends."""
        self.methods: dict[str, Method] = {
            f"{_SERVICE}/StartSession": self._start,
            f"{_SERVICE}/SendSessionHeartbeat": self._heartbeat,
        }
        self._expired = expired
        self._timers: dict[str, asyncio.TimerHandle] = {}  # of the sessions that live
        self._owners: dict[str, str] = {}  # by component: whose session moved it last

    def watched(self, event: RecvRequest) -> Method:
        """Return the method of a request, which may be of a session."""
        method: Method = event.method_func
        session = str(event.metadata.get(SESSION_METADATA_KEY, ""))
        if not (session or self._timers) or not _is_monitored(event.method_name):
            return method

        async def noted(stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
            if session:
                self._beat(session)
            receive = stream.recv_message

            async def received() -> Any:  # noqa: ANN401 - protobuf
                message = await receive()
                if message is not None and message.name:  # a stream says it once
                    self._owners[message.name] = session
                return message

            stream.recv_message = received
            await method(stream)

        return noted

    async def _start(self, stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
        request = await stream.recv_message()
        session = request.resume if request.resume in self._timers else ""
        if not session:
            session = str(uuid.uuid4())
            self._wind(session)
        window = Duration()
        window.FromTimedelta(timedelta(seconds=WINDOW_S))
        await stream.send_message(
            StartSessionResponse(id=session, heartbeat_window=window)
        )

    async def _heartbeat(self, stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
        self._beat((await stream.recv_message()).id)
        await stream.send_message(SendSessionHeartbeatResponse())

    def _beat(self, session: str) -> None:
        """Let *session* live on for another window.

        Raises:
            GRPCError: it has expired; by this message the SDK's client knows.
        """
        if session not in self._timers:
            raise GRPCError(Status.INVALID_ARGUMENT, "SESSION_EXPIRED")
        self._timers[session].cancel()
        self._wind(session)

    def _wind(self, session: str) -> None:
        loop = asyncio.get_running_loop()
        self._timers[session] = loop.call_later(WINDOW_S, self._expire, session)

    def _expire(self, session: str) -> None:
        del self._timers[session]
        names = tuple(name for name, owner in self._owners.items() if owner == session)
        for name in names:
            del self._owners[name]
        self._expired(names)


def _is_monitored(path: str) -> bool:
    """Whether the API says of the method at *path* that it moves something."""
    service, _, method = path.lstrip("/").partition("/")
    try:
        found = descriptor_pool.Default().FindServiceByName(service)
    except KeyError:  # an API that is not protobuf's own
        return False
    one = found.methods_by_name.get(method)
    return one is not None and one.GetOptions().Extensions[safety_heartbeat_monitored]
