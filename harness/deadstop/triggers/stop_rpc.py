"""`stop-rpc`: another client asks the component to stop."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

_STOP: Final = "stop"


def _strike(other: Caller, struck: CallOrder) -> None:
    other.start(CallOrder(_STOP, struck.component, "stop"))


TRIGGER: Final = Trigger(
    name="stop-rpc",
    summary="another client calls stop()",
    ends=Ends.COMPONENT,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.OTHER_CALLER,
    strike=_strike,
    call=_STOP,
)
