"""`remove`: the component is taken out of service while it moves.

As the SDK's resource manager does it: its process awaits ``component.close()``, and
nothing but that. viam-server asks for a `stop` before it removes a resource, but a
module that shuts down does not; so `close` alone has to stop what moves.

Not before the first byte: a component that does nothing has nothing to end, and
whether it may be used again after its `close` is its own affair.
"""

from typing import Final

from deadstop.caller import CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Hands, Trigger

__all__ = ["TRIGGER"]

_REMOVE: Final = "remove"


def _harm(hands: Hands, struck: CallOrder) -> None:
    hands.call_in_host(CallOrder(_REMOVE, struck.component, "close"))


TRIGGER: Final = Trigger(
    name="remove",
    summary="the component is removed: its process awaits its close()",
    ends=Ends.COMPONENT,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.JUDGE,
    harm=_harm,
    call=_REMOVE,
    unaskable="the component was removed",
)
