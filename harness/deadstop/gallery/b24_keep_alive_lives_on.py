"""B24: its keep-alive outlives the operation, and goes on feeding the deadman."""

import asyncio
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.talk import RENEW_S, Turn
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    def __init__(self, *args: Any) -> None:
        """Have nothing to keep alive."""
        super().__init__(*args)
        self.keeper: asyncio.Task[None] | None = None

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; a task of its own renews the lease."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.keeper = asyncio.get_running_loop().create_task(self.keep(turn))
            self.require_arrived(await asyncio.shield(turn.end))
            self.keeper.cancel()
        finally:
            if not turn.over:
                await finish(talk.halt())

    async def keep(self, turn: Turn) -> None:
        """Renew the lease, for ever."""
        while self.talk.is_open:
            await turn.renew()
            await asyncio.sleep(RENEW_S)
