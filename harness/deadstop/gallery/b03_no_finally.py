"""B3: start, sleep, stop, with no try and no finally."""

import asyncio
import math
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn for as long as it should take; a cancellation skips the stop."""
        way_counts = self._config.counts(math.copysign(abs(rpm), rpm * revolutions))
        motion = await self.begin_with(Verb.SPIN, round(way_counts / 60))
        await asyncio.sleep(abs(revolutions / rpm) * 60)
        await self.halt(motion)
