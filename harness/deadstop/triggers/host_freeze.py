"""`host-freeze`: the component's process is frozen until the board has stopped."""

import signal
from typing import Final

from deadstop.triggers.base import STARVING, Actor, Ends, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="host-freeze",
    summary="the component's process is frozen (SIGSTOP) until all is still",
    ends=Ends.CONNECTION,
    moments=STARVING,
    actor=Actor.JUDGE,
    host_signal=signal.SIGSTOP,
)
