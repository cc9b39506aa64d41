"""`session-expiry`: the client falls silent, and the server stops what it moved.

The client's heartbeats cease, with its connections open and its call under way. One
window later the session is over: then this strikes, and the server itself asks the
session's components for their `stop`. Nothing is cancelled.

It is aimed with the reference's clock, and not before the first window can have passed.
Not in virtual time: the SDK's client sends its heartbeats from a thread. Not of a
module: its sessions are viam-server's, which asks each component as `stop-rpc` does.
"""

from typing import Final

from deadstop.moments import Moment
from deadstop.triggers.base import AIMED, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="session-expiry",
    summary="the client's heartbeats cease: the server calls stop()",
    ends=Ends.COMPONENTS,
    moments=AIMED - {Moment.ACCELERATING},
    actor=Actor.SERVER,
    strikes_after_s=None,
    timed=True,
    call="session-expiry",
    needs_process=True,
    in_session=True,
    in_module=False,
)
