"""B36: its stop waits in line behind every question that was asked before.

Alone it stops in time: only many calls at once show it (`client-drop-many`).
"""

import asyncio
from typing import Any

from arduino_actuators.link import LiveMotion
from deadstop.gallery.plain_motor import PlainMotor

SETTLES_S = 0.04  # what it gives the line after each question


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have the line free."""
        super().__init__(*args, **kwargs)
        self._line = asyncio.Lock()

    async def get_position(self, **kwargs: Any) -> float:
        """Ask to the end, though nobody may be there to hear the answer."""
        asking = asyncio.ensure_future(self._ask(kwargs))
        return await asyncio.shield(asking)

    async def _ask(self, kwargs: dict[str, Any]) -> float:
        async with self._line:
            position_rev = await super().get_position(**kwargs)
            await asyncio.sleep(SETTLES_S)
            return position_rev

    async def halt(self, motion: LiveMotion) -> None:
        """Stop, as soon as the line is free."""
        async with self._line:
            await super().halt(motion)
