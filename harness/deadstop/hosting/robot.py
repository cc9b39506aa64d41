"""The robot-wide half of the server: the stop of all, and sessions.

viam-server has both, and they are its own: the SDK's `RobotService` knows no sessions,
and its `StopAll` awaits one component's `stop` after the other in the handler itself.
A call that is dropped half way cancels the stop that it is at, and leaves the others
moving; so does one component whose stop never ends. That would be no fault of the
component under test, and is not put to its account. Here, as in viam-server since
July 2026 (RSDK-14270: `context.WithoutCancel` in `StopAll`), a stop that was asked
for goes on without whoever asked.

In two ways it is not as in viam-server. That cancels the operations that run before it
asks for the stops; here a component has to obey its `stop` alone, as with the SDK's own
server, and as when a session ends. And that waits for each stop before the next; here
all are asked at once, so that each verdict is about one component.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Final, TypeAlias

from grpclib.const import Status
from grpclib.events import RecvRequest
from grpclib.exceptions import GRPCError
from viam.components.component_base import ComponentBase
from viam.proto.robot import StopAllResponse

from deadstop.hosting.sessions import Sessions

__all__ = ["Robot", "StopError", "Stops"]

_STOP_ALL: Final = "/viam.robot.v1.RobotService/StopAll"

Method: TypeAlias = Callable[[Any], Coroutine[Any, Any, None]]


class StopError(Exception):
    """A component's `stop` raised; the message names each that did, and why."""


class Stops:
    """Components that are asked to stop together, each in a task of its own."""

    def __init__(self, components: Iterable[ComponentBase]) -> None:
        """Ask those of *components* that can be stopped, when it is time."""
        self._stops = {
            component.name: stop
            for component in components
            if callable(stop := getattr(component, "stop", None))
        }
        self._tasks: set[asyncio.Task[list[str]]] = set()

    def begin(self) -> "asyncio.Future[list[str]]":
        """Ask all, whoever waits for that; the result says what went wrong."""
        task = asyncio.get_running_loop().create_task(self._ask())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return asyncio.shield(task)

    async def _ask(self) -> list[str]:
        async with asyncio.TaskGroup() as group:
            stops = [
                group.create_task(_stop(name, stop))
                for name, stop in self._stops.items()
            ]
        return [stop.result() for stop in stops]

    async def stop(self) -> None:
        """Ask all, and wait for them.

        Raises:
            StopError: a `stop` raised.
        """
        require_stopped(await self.begin())


async def _stop(name: str, stop: Callable[[], Awaitable[None]]) -> str:
    """Await *stop*; return what went wrong, or nothing."""
    try:
        await stop()
    except Exception as error:  # noqa: BLE001 - the others are to be waited for
        return f"{name}: {type(error).__name__}: {error}"
    return ""


def require_stopped(errors: Iterable[str]) -> None:
    """Raise unless every stop went well.

    Raises:
        StopError: one did not.
    """
    told = "; ".join(filter(None, errors))
    if told:
        raise StopError(told)


class Robot:
    """What is asked of the robot as a whole, and not of a component."""

    def __init__(
        self,
        components: Mapping[str, ComponentBase],
        expired: Callable[[tuple[str, ...]], object],
    ) -> None:
        """Serve *components*.

        Args:
            components: all that are served, by name; whoever has it may change it.
            expired: called with the names of those that a session moved last, when its
                heartbeats have ceased; there may be none.
        """
        self._components = components
        self._asked: list[Stops] = []
        self._sessions = Sessions(expired)
        self._methods: dict[str, Method] = {
            _STOP_ALL: self._stop_all,
            **self._sessions.methods,
        }

    def stops_of(self, names: Iterable[str]) -> Stops:
        """Return the components of these names, as far as there are such."""
        known = self._components.keys() & set(names)
        return Stops(self._components[name] for name in known)

    def method_of(self, event: RecvRequest) -> Method:
        """Return what serves a request: its own method, or what it is to be."""
        own = self._methods.get(event.method_name)
        return own or self._sessions.watched(event)

    async def _stop_all(self, stream: Any) -> None:  # noqa: ANN401 - grpclib's Stream
        await stream.recv_message()
        stops = Stops(self._components.values())
        self._asked.append(stops)  # goes on, whoever still waits for it
        stopped = stops.begin()
        # From here on it can be dropped, and a client can know that.
        await stream.send_initial_metadata()
        try:
            require_stopped(await stopped)
        except StopError as error:
            raise GRPCError(Status.UNKNOWN, f"failed to stop {error}") from error
        await stream.send_message(StopAllResponse())
