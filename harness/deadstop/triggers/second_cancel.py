"""`second-cancel`: a cancellation, and more of them while the body cleans up.

As grpclib delivers them when a deadline and the client's reset coincide: the second in
the very next turn of the loop, another within a millisecond.
"""

import asyncio
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.triggers.base import Ends, Hosting, Trigger

__all__ = ["TRIGGER"]

_LATER_S: Final = 0.001  # measured between grpclib's two: 0.3 to 0.9 ms


def _strike(caller: Caller, struck: CallOrder) -> None:
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        if (task := caller.running(struck.id)) is not None:
            task.cancel()

    cancel()
    loop.call_soon(loop.call_soon, cancel)
    loop.call_later(_LATER_S, cancel)


TRIGGER: Final = Trigger(
    name="second-cancel",
    summary="a direct call is cancelled again while it cleans up",
    ends=Ends.CALL,
    hosting=Hosting.DIRECT,
    strike=_strike,
)
