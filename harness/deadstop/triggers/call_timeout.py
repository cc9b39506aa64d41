"""`call-timeout`: a direct call with ``timeout=``, positive, zero, negative or NaN."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers.base import AIMED, Ends, Hosting, Trigger

__all__ = ["EXPIRED", "TRIGGER"]


def _with_timeout(order: CallOrder, timeout_s: float | None) -> CallOrder:
    return replace(order, args={**order.args, "timeout": timeout_s})


TRIGGER: Final = Trigger(
    name="call-timeout",
    summary="a direct call's timeout= passes",
    ends=Ends.CALL,
    moments=AIMED,
    hosting=Hosting.DIRECT,
    prepare=lambda _, order, ends_after_s: _with_timeout(order, ends_after_s),
    timed=True,
)


def _fixed(timeout_s: float) -> Callable[[Caller, CallOrder, float | None], CallOrder]:
    return lambda _, order, __: _with_timeout(order, timeout_s)


EXPIRED: Final = tuple(
    Trigger(
        name=f"call-timeout-{name}",
        summary=f"a direct call with timeout={timeout_s}: nothing may move",
        ends=Ends.CALL,
        moments=frozenset({Moment.BEFORE_FIRST_BYTE}),
        hosting=Hosting.DIRECT,
        prepare=_fixed(timeout_s),
        timed=True,
        expired=True,
    )
    for name, timeout_s in (("zero", 0.0), ("negative", -1.0), ("nan", math.nan))
)
