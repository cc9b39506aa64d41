"""`host-freeze`: the component's process is frozen until the board has stopped."""

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
    name="host-freeze",
    summary="the component's process is frozen (SIGSTOP) until all is still",
    ends=Ends.EVERYTHING,
    moments=STARVING,
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.signal_host(signal.SIGSTOP),
    stopper=Stopper.LEASE,
    host=HostFate.FROZEN,
    needs_process=True,
)
