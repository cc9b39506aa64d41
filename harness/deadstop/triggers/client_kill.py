"""`client-kill`: the client's process is killed with SIGKILL, by the judge."""

from typing import Final

from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="client-kill",
    summary="the client's process is killed (SIGKILL)",
    ends=Ends.CONNECTION,
    moments=IN_MOTION | {Moment.IDLE},
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.kill_caller(),
    caller_lives=False,
    needs_process=True,
)
