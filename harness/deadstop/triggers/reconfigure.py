"""`reconfigure`: the component is made anew while it moves.

As the SDK's `Module` does it when a configuration changes: it awaits the component's
`stop`, then its `close`, and makes another on the same port, which takes its place. No
call is cancelled. The old instance has to end its motion and let go of the port; the
new one has to work.
"""

from typing import Final

from deadstop.caller import CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Hands, Trigger

__all__ = ["TRIGGER"]

_RECONFIGURE: Final = "reconfigure"


def _harm(hands: Hands, struck: CallOrder) -> None:
    hands.call_in_host(CallOrder(_RECONFIGURE, struck.component, _RECONFIGURE))


TRIGGER: Final = Trigger(
    name="reconfigure",
    summary="the component is made anew on the same port: stop(), close(), a new one",
    ends=Ends.COMPONENT,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.JUDGE,
    harm=_harm,
    call=_RECONFIGURE,
    in_steps=True,
    keeps_position=False,  # the new one may count from where it is
)
