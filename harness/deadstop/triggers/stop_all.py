"""`stop-all` and `stop-all-dropped`: another client asks the whole robot to stop.

The server asks each component for its `stop`, and nothing is cancelled. A client that
has asked and then leaves, with the stops under way, has asked all the same.

Not of a module: there viam-server asks each component, which is what `stop-rpc` does.
"""

from typing import TYPE_CHECKING, Any, Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Trigger

if TYPE_CHECKING:
    from grpclib.client import Channel

__all__ = ["TRIGGERS"]

_ROBOT: Final = ""  # it has no name, and so none that a component could have
_STOP_ALL: Final = "stop-all"
_DROPPED: Final = "stop-all-dropped"
_MOMENTS: Final = IN_MOTION - {Moment.BEFORE_FIRST_BYTE}


class _Robot:
    """The robot behind *channel*, as a client sees it."""

    def __init__(self, channel: "Channel") -> None:
        # Imported here: only callers load the SDK.
        from viam.proto.robot import (  # noqa: PLC0415
            RobotServiceStub,
            StopAllRequest,
        )

        self._stop_all: Any = RobotServiceStub(channel).StopAll
        self._request = StopAllRequest()

    async def stop_all(self) -> None:
        """Ask, and wait for the answer."""
        await self._stop_all(self._request)

    async def drop_stop_all(self) -> None:
        """Ask, and leave as soon as the server says that it is at it."""
        async with self._stop_all.open() as stream:
            await stream.send_message(self._request, end=True)
            await stream.recv_initial_metadata()
            await stream.cancel()


def _ask(other: Caller, order: CallOrder) -> None:
    assert other.channel is not None  # noqa: S101 - gRPC hosting only
    other.start(order, _Robot(other.channel))


TRIGGERS: Final = (
    Trigger(
        name="stop-all",
        summary="another client calls StopAll(): the whole robot is to stop",
        ends=Ends.COMPONENTS,
        moments=_MOMENTS,
        actor=Actor.OTHER_CALLER,
        strike=lambda other, _: _ask(other, CallOrder(_STOP_ALL, _ROBOT, "stop_all")),
        call=_STOP_ALL,
        in_module=False,
    ),
    Trigger(
        name="stop-all-dropped",
        summary="another client calls StopAll() and leaves half way (RST_STREAM)",
        ends=Ends.COMPONENTS,
        moments=_MOMENTS,
        actor=Actor.OTHER_CALLER,
        strike=lambda other, _: _ask(
            other, CallOrder(_DROPPED, _ROBOT, "drop_stop_all")
        ),
        call=_DROPPED,
        in_module=False,
    ),
)
