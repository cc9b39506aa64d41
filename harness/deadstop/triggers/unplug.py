"""`unplug`: the component's port is taken away while it moves, for good.

No stop can reach the board any more: its own lease has to end the motion. The call
must come back with an error, and the component must still be able to close.

Not before the first byte: nothing was sent, so there is no lease to wait for.
"""

from typing import Final

from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Stopper, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="unplug",
    summary="the component's port is taken away: the board's lease must stop",
    ends=Ends.BOARD,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.JUDGE,
    harm=lambda hands, struck: hands.unplug(struck.component),
    stopper=Stopper.LEASE,
    unaskable="the component's port was taken away for good",
)
