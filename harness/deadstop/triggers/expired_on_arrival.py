"""`expired-on-arrival`: the deadline is past before the server sees the call."""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers._deadlines import PatientDeadline
from deadstop.triggers.base import Ends, Trigger

__all__ = ["TRIGGER"]


def _prepare(caller: Caller, order: CallOrder, _: float | None) -> CallOrder:
    caller.deadlines[order.id] = PatientDeadline.from_timeout(0.0)
    return order


TRIGGER: Final = Trigger(
    name="expired-on-arrival",
    summary="the deadline is past before the call arrives: nothing may move",
    ends=Ends.CALL,
    moments=frozenset({Moment.BEFORE_FIRST_BYTE}),
    prepare=_prepare,
    timed=True,
    expired=True,
)
