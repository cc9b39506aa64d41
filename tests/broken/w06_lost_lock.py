"""W6: cancelled while it takes a free lock, it leaves the lock taken for ever.

Window: from asking for the lock until the waiter wakes, 3 steps.
Mistake: `asyncio.wait` does not cancel what it waits for, so the lock is still taken.
Caught by: next-works. Exposed by: outer-cancel, client-cancel, any one cancellation.
"""

import asyncio
from typing import Any

from tests.broken.w00_steady import SteadyMotor

BUSY_AFTER_S = 0.2


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nobody moving."""
        super().__init__(*args, **kwargs)
        self._lock = asyncio.Lock()

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, unless somebody else does."""
        target = await self.target_counts(revolutions)
        await self._take()
        try:
            await self.carry_out(await self.way_to(target, rpm))
        finally:
            self._lock.release()

    async def _take(self) -> None:
        taking = asyncio.create_task(self._lock.acquire())
        _, late = await asyncio.wait([taking], timeout=BUSY_AFTER_S)
        if late:
            taking.cancel()
            raise RuntimeError("somebody else moves this motor")
