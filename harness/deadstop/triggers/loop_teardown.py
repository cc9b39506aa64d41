"""`loop-teardown`: the event loop of the component's process ends under the motion.

The main coroutine returns, and `asyncio.run` cancels every task of the loop that is
left, all at once and each only once; cleanup must still run. Nobody sends a signal,
closes the server or asks for anything.
"""

from typing import Final

from deadstop.triggers.base import IN_MOTION, Actor, Ends, HostFate, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="loop-teardown",
    summary="the component's event loop ends: asyncio.run cancels every task",
    ends=Ends.EVERYTHING,
    moments=IN_MOTION,
    actor=Actor.JUDGE,
    harm=lambda hands, _: hands.end_host_loop(),
    host=HostFate.ENDS,
    unaskable="the component's process has ended",
    in_module=False,
)
