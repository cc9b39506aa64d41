"""`client-goaway` and `client-garbage`: what a client's HTTP/2 ends with.

A proxy that shuts down says GOAWAY; a client that runs wild, or a middlebox, sends what
is no HTTP/2. Either ends every call of the connection, and a server may cancel them
more than once: for the frame, and again for the connection that it closes.
"""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers._connection import transport_of
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGERS"]

# RFC 9113, 4.1: length (24 bits), type, flags, stream. 6.8: GOAWAY is type 7, on stream
# 0; it names the last stream that was served, here none, and why: 0, no error.
_GOAWAY: Final = bytes([0, 0, 8, 7, 0, 0, 0, 0, 0]) + bytes(8)
# 6.1: DATA (type 0) on stream 0 is an error of the whole connection.
_GARBAGE: Final = bytes([0, 0, 4, 0, 0, 0, 0, 0, 0]) + b"\xde\xad\xbe\xef"


def _goaway(caller: Caller, _: CallOrder) -> None:
    transport_of(caller).write(_GOAWAY)


def _garbage(caller: Caller, _: CallOrder) -> None:
    transport_of(caller).write(_GARBAGE)


TRIGGERS: Final = (
    Trigger(
        name="client-goaway",
        summary="the client says GOAWAY: it will take nothing more",
        ends=Ends.CONNECTION,
        moments=IN_MOTION | {Moment.IDLE},
        strike=_goaway,
    ),
    Trigger(
        name="client-garbage",
        summary="the client sends a frame that HTTP/2 does not allow",
        ends=Ends.CONNECTION,
        moments=IN_MOTION | {Moment.IDLE},
        strike=_garbage,
    ),
)
