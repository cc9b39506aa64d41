"""`client-freeze`: the client's process hangs, and its connection stays open.

Nothing reaches the component, and nothing can: a client that says nothing looks like
one that waits patiently. The motion goes on to its end, and that is right: the board's
deadman is fed by the component, and does not act either. Where such a motion has to be
stopped, it takes what hears of the client in another way: a session with heartbeats, or
a keepalive of the server (grpclib's asks after two hours).
"""

from typing import Final

from deadstop.triggers.base import AIMED, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

# The component learns of nothing: where in its talk with the board that happens makes
# no difference to it, so that stages of the motion are moments enough.
TRIGGER: Final = Trigger(
    name="client-freeze",
    summary="the client's process is frozen (SIGSTOP): only a session would tell",
    ends=Ends.NOTHING,
    moments=AIMED,
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.freeze_caller(),
    unfelt=(
        "the client hung with its connection open, which reaches no component: only "
        "a session or a keepalive could stop this motion"
    ),
    needs_process=True,
)
