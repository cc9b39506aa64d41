"""W0: right in every turn of the loop; those that are wrong in one are built on it.

`go_for` with asyncio alone: no operation, the task itself is cancelled. That is all it
is right about: a `timeout=` and a `close` in mid-motion are PlainMotor's.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable
from typing import Any

from arduino_actuators.link import LiveMotion, MotionEnd
from arduino_actuators.motion_outcome import require_arrived
from arduino_actuators.wire import Verb
from deadstop.gallery.plain_motor import LEASE_MS, PlainMotor


async def finish(work: Awaitable[None]) -> None:
    """See *work* to its end, however often the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    task.result()


class SteadyMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Whatever the step of the loop before which it is cancelled, it stops."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, and stop when cancelled."""
        target = await self.target_counts(revolutions)
        await self.carry_out(await self.way_to(target, rpm))

    async def target_counts(self, revolutions: float) -> int:
        """Ask where the shaft is, and return where it is to go."""
        link = await self._axis.connect()
        report = await link.state(self._config.axis)
        return report.position_counts + self._config.counts(revolutions)

    async def way_to(self, target_counts: int, rpm: float) -> LiveMotion:
        """Describe a motion; nothing is sent, and no turn of the loop given away."""
        link = await self._axis.connect()
        speed_cps = round(self._config.counts(abs(rpm)) / 60)
        values = (target_counts, speed_cps)
        return link.motion(Verb.GOTO, self._config.axis, LEASE_MS, *values)

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end; stop if anything comes between."""
        try:
            await motion.start()
            self.require_there(await motion.wait_ended())
        except BaseException:
            await finish(self.halt(motion))
            raise

    def require_there(self, end: MotionEnd) -> None:
        """Raise unless the target was reached."""
        at_rev = self._config.revolutions(end.position_counts)
        require_arrived(f"motor {self.name!r}: go_for()", end, at_rev)

    def short_of(self, target_counts: int, way_rev: float, last_rev: float) -> int:
        """Return what lies *last_rev* before the target on a way of *way_rev*."""
        last = self._config.counts(last_rev)
        return target_counts - round(math.copysign(last, way_rev))
