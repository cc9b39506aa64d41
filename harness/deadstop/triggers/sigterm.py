"""`sigterm` and `sigterm-twice`: the component's process is asked to end.

The SDK's server closes at the first signal, which cancels its calls, and leaves by
SystemExit at the second. Whoever is asked to end has to stop first what it set in
motion.
"""

import signal
from typing import Final

from deadstop.triggers.base import IN_MOTION, Actor, Ends, HostFate, Trigger

__all__ = ["TRIGGERS"]

_ENDED: Final = "the component's process has ended"

TRIGGERS: Final = (
    Trigger(
        name="sigterm",
        summary="the component's process is asked to end (SIGTERM)",
        ends=Ends.EVERYTHING,
        moments=IN_MOTION,
        actor=Actor.JUDGE,
        harm=lambda hands, _: hands.terminate_host(),
        host=HostFate.ENDS,
        unaskable=_ENDED,
        needs_process=True,
    ),
    Trigger(
        name="sigterm-twice",
        summary="the component's process is asked to end, and asked again at once",
        ends=Ends.EVERYTHING,
        moments=IN_MOTION,
        actor=Actor.JUDGE,
        harm=lambda hands, _: hands.terminate_host(times=2),
        host=HostFate.ENDS,
        exit_codes=frozenset({0, 128 + signal.SIGTERM}),
        unaskable=_ENDED,
        needs_process=True,
    ),
)
