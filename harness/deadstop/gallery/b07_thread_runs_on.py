"""B7: a worker thread moves, and nobody tells it to stop."""

import asyncio
import threading

from deadstop.gallery.c4_worker_thread import WorkerThreadMotor


class BrokenMotor(WorkerThreadMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn in a thread; a cancellation ends the waiting for it, and no more."""
        await self.connect()
        never = threading.Event()
        await asyncio.to_thread(self.turn, never, *self.way(rpm, revolutions))
