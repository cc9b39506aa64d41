"""`preempt`: another client starts a newer motion on the same actuator."""

from dataclasses import replace
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

_NEWER: Final = "newer"


def _strike(other: Caller, newer: CallOrder) -> None:
    other.start(replace(newer, id=_NEWER))


TRIGGER: Final = Trigger(
    name="preempt",
    summary="another client starts a newer motion on the same actuator",
    ends=Ends.COMPONENT,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.OTHER_CALLER,
    strike=_strike,
    call=_NEWER,
    takes_over=True,
)
