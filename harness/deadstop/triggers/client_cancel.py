"""`client-cancel`: the client cancels its call; RST_STREAM reaches the server."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers.base import Ends, Trigger

__all__ = ["TRIGGER"]


def _strike(caller: Caller, struck: CallOrder) -> None:
    if (task := caller.running(struck.id)) is not None:
        task.cancel()


TRIGGER: Final = Trigger(
    name="client-cancel",
    summary="the client cancels its call (RST_STREAM)",
    ends=Ends.CALL,
    strike=_strike,
)
