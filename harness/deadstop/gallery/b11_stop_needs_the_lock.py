"""B11: `go_for` holds the lock that `stop` needs."""

import asyncio
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    def __init__(self, *args: Any) -> None:
        """Have the wire free."""
        super().__init__(*args)
        self.wire = asyncio.Lock()

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn, with the lock held; when cancelled call `stop`."""
        talk = await self.ready()
        async with self.wire:
            turn = talk.turn()
            try:
                await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
                self.require_arrived(await turn.wait_end())
            finally:
                if not turn.over:
                    await finish(self.stop())

    async def stop(self, **_: Any) -> None:
        """Stop, as soon as the wire is free."""
        async with self.wire:
            await super().stop()
