"""`client-half-close`: the client shuts its sending side and goes on listening."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers._connection import transport_of
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGER"]


def _strike(caller: Caller, _: CallOrder) -> None:
    transport_of(caller).write_eof()


TRIGGER: Final = Trigger(
    name="client-half-close",
    summary="the client shuts its sending side (FIN, still listening)",
    ends=Ends.CONNECTION,
    moments=IN_MOTION | {Moment.IDLE},
    strike=_strike,
)
