"""`server-deadline`: the call's deadline passes at the server, and not at the client.

The server hears of a deadline as a time-out, cut to whole milliseconds, and above 10 s
to whole seconds: there a client that waits for 10.9 s has its call ended after 10. Only
the server's timer ends the handler then, with one cancellation, and the client waits to
be told. So that a short motion shows it, here the client waits longer than it says.
"""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers._deadlines import PatientDeadline, sent_timeout_s
from deadstop.triggers.base import AIMED, Ends, Trigger

__all__ = ["TRIGGER"]


def _prepare(caller: Caller, order: CallOrder, ends_after_s: float | None) -> CallOrder:
    if ends_after_s is not None:
        caller.deadlines[order.id] = PatientDeadline.from_timeout(ends_after_s)
    return order


TRIGGER: Final = Trigger(
    name="server-deadline",
    summary="the deadline passes at the server alone (one cancellation)",
    ends=Ends.CALL,
    moments=AIMED,
    prepare=_prepare,
    strikes_after_s=sent_timeout_s,
    timed=True,
)
