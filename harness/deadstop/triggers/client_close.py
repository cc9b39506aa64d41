"""`client-close`: the client closes its channel; FIN reaches the server."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGER"]


def _strike(caller: Caller, _: CallOrder) -> None:
    if caller.channel is not None:
        caller.channel.close()


TRIGGER: Final = Trigger(
    name="client-close",
    summary="the client closes its channel (FIN)",
    ends=Ends.CONNECTION,
    moments=IN_MOTION | {Moment.IDLE},
    strike=_strike,
)
