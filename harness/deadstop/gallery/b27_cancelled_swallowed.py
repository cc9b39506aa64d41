"""B27: it stops when it is cancelled, and then says that all went well."""

import asyncio

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn, and stop when cancelled."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        except asyncio.CancelledError:
            if not turn.over:
                await finish(talk.halt())
