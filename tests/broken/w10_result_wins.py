"""W10: cancelled in the turn of its arrival, it goes on to correct its position.

Window: from the arrival being told until the waiter wakes, 1 step.
Mistake: so as to lose no result, the wait swallows a cancellation that comes with one.
Precedent: asyncio.wait_for before Python 3.12 (CPython gh-86296).
Caught by: stays-stopped. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from arduino_actuators.link import LiveMotion
from tests.broken.w00_steady import SteadyMotor, finish

T = TypeVar("T")

LAST_REV = 0.02
LAST_RPM = 30.0
SETTLES_IN_S = 0.02
MOTION_WITHIN_S = 60.0


async def wait_for(awaitable: Awaitable[T], within_s: float) -> T:
    """Wait, but not for longer than *within_s*."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def release(*_: object) -> None:
        if not over.done():
            over.set_result(None)

    waiting = asyncio.ensure_future(awaitable)
    waiting.add_done_callback(release)
    timer = loop.call_later(within_s, release)
    try:
        await over
    except asyncio.CancelledError:
        if over.cancelled():  # else there is a result
            waiting.cancel()
            raise
    finally:
        timer.cancel()
    if not waiting.done():
        waiting.cancel()
        raise TimeoutError
    return waiting.result()


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn nearly to the target, let it settle, and correct the rest."""
        target = await self.target_counts(revolutions)
        near = self.short_of(target, revolutions, LAST_REV)
        await self.carry_out(await self.way_to(near, rpm))
        await asyncio.sleep(SETTLES_IN_S)
        await self.carry_out(await self.way_to(target, LAST_RPM))

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end, in bounded time."""
        try:
            await motion.start()
            self.require_there(await wait_for(motion.wait_ended(), MOTION_WITHIN_S))
        except BaseException:
            await finish(self.halt(motion))
            raise
