"""`client-drop-many`: a connection drops while many calls are under way on it.

Beside the calls of the motion, the rig's components are being asked the harmless things
that a dashboard polls. Every one of the calls is cancelled, and all at once: what they
wait for in common (a lock, the line to the board) must not come between the struck one
and its stop.
"""

from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment
from deadstop.subjects import subject_of
from deadstop.triggers._connection import transport_of
from deadstop.triggers.base import IN_MOTION, Ends, Trigger

__all__ = ["TRIGGER"]

# Some 5 ms of a client's time. With the motion's own they stay below the 100 streams
# that HTTP/2 wants every server to allow (RFC 9113, section 6.5.2).
_POLLS: Final = 16
# By the time that the polls are under way, these are over.
_TOO_SHORT: Final = {Moment.BEFORE_FIRST_BYTE, Moment.MID_FRAME}


def _poll(caller: Caller, _: CallOrder) -> None:
    """Ask; each request leaves in the first turn of its call, which is the next."""
    questions = {name: _questions(one) for name, one in caller.resources.items()}
    names = list(questions)
    for number in range(_POLLS):
        turn, place = divmod(number, len(names))
        name = names[place]
        method = questions[name][turn % len(questions[name])]
        caller.start(CallOrder(f"poll#{number + 1}", name, method))


def _questions(resource: object) -> tuple[str, ...]:
    subject = subject_of(str(getattr(resource, "API", "")))
    return (*filter(None, [subject.position]), *subject.states)


def _drop(caller: Caller, _: CallOrder) -> None:
    # A FIN behind the last request. Closed with an answer unread, a socket resets.
    transport_of(caller).write_eof()


TRIGGER: Final = Trigger(
    name="client-drop-many",
    summary="a connection with many calls under way drops (FIN)",
    ends=Ends.CONNECTION,
    moments=(IN_MOTION | {Moment.IDLE}) - _TOO_SHORT,
    lead_in=_poll,
    strike=_drop,
)
