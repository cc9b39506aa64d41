"""`sigterm`: the component's process is asked to end; it has to stop before it does."""

import signal
from typing import Final

from deadstop.triggers.base import IN_MOTION, Actor, Ends, HostFate, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="sigterm",
    summary="the component's process is asked to end (SIGTERM)",
    ends=Ends.EVERYTHING,
    moments=IN_MOTION,
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.signal_host(signal.SIGTERM),
    host=HostFate.ENDS,
    unaskable="the component's process has ended",
    needs_process=True,
)
