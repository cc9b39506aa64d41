"""`client-drop-many`: a connection drops while many calls are under way on it.

Beside those of the motion, each of its components is being asked the harmless things
that a dashboard polls. Every one of the calls is cancelled, and all at once: what they
wait for in common (a lock, the line to the board) must not come between the struck one
and its stop.
"""

import asyncio
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.subjects import subject_of
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGER"]

# Of each component. With the motion's own they stay below the 100 streams that HTTP/2
# wants every server to allow at least (RFC 9113, section 6.5.2).
_POLLS: Final = 12


def _strike(caller: Caller, _: CallOrder) -> None:
    for name, resource in caller.resources.items():
        subject = subject_of(str(getattr(resource, "API", "")))
        methods = [*filter(None, [subject.position]), *subject.states]
        for number in range(_POLLS):
            method = methods[number % len(methods)]
            caller.start(CallOrder(f"{name}.poll#{number + 1}", name, method))
    # Each writes its request in its first turn, which comes before this one.
    assert caller.channel is not None  # noqa: S101 - gRPC hosting only
    asyncio.get_running_loop().call_soon(caller.channel.close)


TRIGGER: Final = Trigger(
    name="client-drop-many",
    summary="a connection with many calls under way drops (FIN)",
    ends=Ends.CONNECTION,
    moments=IN_MOTION | {Moment.IDLE},
    strike=_strike,
)
