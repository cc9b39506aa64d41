"""Correct: one lock lets one motion at a time have the wire; no stop waits for it."""

import asyncio
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import (
    CutShortError,
    WireMotor,
    finish,
)


class LockProtectedMotor(WireMotor):
    """A newer motion stops the older one, and begins when that lets the lock go."""

    def __init__(self, *args: Any) -> None:
        """Have nothing under way."""
        super().__init__(*args)
        self.wire = asyncio.Lock()
        self.asked = 0  # how many motions have been asked for

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn, with the lock held; stop the motor before it is let go."""
        self.asked += 1
        mine = self.asked
        talk = await self.ready()
        if self.wire.locked():
            await talk.halt()
        async with self.wire:
            if mine != self.asked:
                raise CutShortError("a newer motion was asked for")
            turn = talk.turn()
            try:
                await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
                self.require_arrived(await turn.wait_end())
            finally:
                if not turn.end.done():
                    await finish(talk.halt())
