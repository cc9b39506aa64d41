"""`client-deadline`: the call's deadline passes, at the client and at the server.

The server's timer ends the handler, and less than 1 ms later the client's RST_STREAM
arrives: two cancellations.
"""

from dataclasses import replace
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers._deadlines import sent_timeout_s
from deadstop.triggers.base import AIMED, Ends, Trigger

__all__ = ["TRIGGER"]


def _prepare(_: Caller, order: CallOrder, ends_after_s: float | None) -> CallOrder:
    return replace(order, args={**order.args, "timeout": ends_after_s})


TRIGGER: Final = Trigger(
    name="client-deadline",
    summary="the client's deadline passes (two cancellations within 1 ms)",
    ends=Ends.CALL,
    moments=AIMED,
    prepare=_prepare,
    strikes_after_s=sent_timeout_s,
    timed=True,
)
