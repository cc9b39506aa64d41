"""`outer-cancel`: a task that called the component is cancelled from outside."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers.base import Ends, Hosting, Trigger

__all__ = ["TRIGGER"]


def _strike(caller: Caller, struck: CallOrder) -> None:
    if (task := caller.running(struck.id)) is not None:
        task.cancel()


TRIGGER: Final = Trigger(
    name="outer-cancel",
    summary="the task that made a direct call is cancelled",
    ends=Ends.CALL,
    hosting=Hosting.DIRECT,
    strike=_strike,
)
