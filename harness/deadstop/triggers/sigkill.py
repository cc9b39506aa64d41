"""`sigkill`: the component's process is killed; only the board can stop."""

import signal
from typing import Final

from deadstop.triggers.base import STARVING, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="sigkill",
    summary="the component's process is killed (SIGKILL): the board's lease must stop",
    ends=Ends.CONNECTION,
    moments=STARVING,
    actor=Actor.JUDGE,
    host_signal=signal.SIGKILL,
)
