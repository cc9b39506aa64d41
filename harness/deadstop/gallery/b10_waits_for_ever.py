"""B10: it waits for ever for the acknowledgement of its stop.

A stop byte is answered by an event and not by `=`, so here it never comes; with any
stop it would not when a single byte is lost.
"""

import asyncio

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; stop when cancelled, and leave once that is acknowledged."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        finally:
            if not turn.over:
                talk.stop_now()
                await finish(self.acknowledged())

    async def acknowledged(self) -> None:
        """Wait for the answer, however long that takes."""
        await asyncio.Event().wait()
