"""B15: nobody keeps the task that stops, and Python may collect it as garbage."""

import asyncio
import gc
import weakref
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    def __init__(self, *args: Any) -> None:
        """Have nobody who listens."""
        super().__init__(*args)
        self.listeners: weakref.WeakSet[asyncio.Future[None]] = weakref.WeakSet()

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; when cancelled start a task that stops."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        finally:
            if not turn.over:
                talk.stop_now().add_done_callback(self.tell)
                asyncio.get_running_loop().create_task(self.see_standstill())
                await asyncio.sleep(0)
                # Python does this whenever enough has been made; here at once, so that
                # every run shows it.
                gc.collect()

    async def see_standstill(self) -> None:
        """Wait for the standstill; only this task holds what it waits for."""
        still: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.listeners.add(still)
        await still

    def tell(self, _: object) -> None:
        """Tell all who listen that the shaft stands."""
        for listener in self.listeners:
            if not listener.done():
                listener.set_result(None)
