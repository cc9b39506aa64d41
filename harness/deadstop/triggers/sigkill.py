"""`sigkill`: the component's process is killed; only the board can stop."""

import signal
from typing import Final

from deadstop.triggers.base import (
    STARVING,
    Actor,
    Ends,
    HostFate,
    Stopper,
    Trigger,
)

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="sigkill",
    summary="the component's process is killed (SIGKILL): the board's lease must stop",
    ends=Ends.EVERYTHING,
    moments=STARVING,
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.signal_host(signal.SIGKILL),
    stopper=Stopper.LEASE,
    host=HostFate.KILLED,
    unaskable="the component's process was killed",
    needs_process=True,
)
