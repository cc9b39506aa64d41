"""B12: a second cancellation, while it cleans up, and the stop is forgotten."""

import asyncio
from typing import Any

from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; when cancelled, see where it is, then stop."""
        motion = await self.begin(rpm, revolutions)
        try:
            await motion.wait_ended()
        except asyncio.CancelledError:
            await self.get_position()  # a second cancellation ends it here
            await self.halt(motion)
            raise
