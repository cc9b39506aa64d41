"""`client-reset`: the client's connection is torn down with a TCP RST."""

import socket
import struct
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.triggers._connection import transport_of
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGER"]

# l_onoff=1, l_linger=0: close() sends RST instead of FIN (socket(7)).
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


def _strike(caller: Caller, _: CallOrder) -> None:
    transport = transport_of(caller)
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


TRIGGER: Final = Trigger(
    name="client-reset",
    summary="the client's connection is reset (TCP RST)",
    ends=Ends.CONNECTION,
    moments=IN_MOTION | {Moment.IDLE},
    strike=_strike,
    in_module=False,
)
