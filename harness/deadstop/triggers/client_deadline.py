"""`client-deadline`: the call's deadline passes, at the client and at the server.

The server's timer ends the handler, and less than 1 ms later the client's RST_STREAM
arrives: two cancellations.
"""

import math
from dataclasses import replace
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers.base import AIMED, Ends, Trigger

__all__ = ["TRIGGER"]


# What grpclib sends of a time-out above 10 ms is whole milliseconds (its
# `encode_timeout`); below that, microseconds.
_MILLISECONDS_ABOVE_S: Final = 0.010


def _strikes_after_s(ends_after_s: float) -> float:
    per_s = 1e3 if ends_after_s > _MILLISECONDS_ABOVE_S else 1e6
    return math.floor(ends_after_s * per_s) / per_s


def _prepare(_: Caller, order: CallOrder, ends_after_s: float | None) -> CallOrder:
    return replace(order, args={**order.args, "timeout": ends_after_s})


TRIGGER: Final = Trigger(
    name="client-deadline",
    summary="the client's deadline passes (two cancellations within 1 ms)",
    ends=Ends.CALL,
    moments=AIMED,
    prepare=_prepare,
    strikes_after_s=_strikes_after_s,
    timed=True,
)
