"""`expired-on-arrival`: the deadline is past before the server sees the call."""

from typing import Final

from grpclib.metadata import Deadline

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import Ends, Trigger

__all__ = ["TRIGGER", "ExpiredOnArrival"]


class ExpiredOnArrival(Deadline):
    """A deadline that is far off for this client and past for the server.

    grpclib asks twice: once for the client's own timer, then for the header.
    """

    def __init__(self) -> None:
        """Answer with ample time first."""
        super().__init__(_timestamp=0.0)
        self._answers = iter((5.0,))

    def time_remaining(self) -> float:
        """Return 5 s for the local timer, 0 s for the wire."""
        return next(self._answers, 0.0)


def _prepare(caller: Caller, order: CallOrder, _: float | None) -> CallOrder:
    caller.deadline = ExpiredOnArrival()
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
