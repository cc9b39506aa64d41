"""Correct: plain asyncio, `try` and `finally`; no operation at all."""

import asyncio
from typing import Any

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish, require_time


class TryFinallyMotor(WireMotor):
    """Whatever ends the body, `finally` stops the motor."""

    async def go_for(
        self,
        rpm: float,
        revolutions: float,
        *,
        timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Turn; leaving this before the target stops the motor."""
        require_time(timeout)
        async with asyncio.timeout(timeout):
            talk = await self.ready()
            turn = talk.turn()
            try:
                await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
                self.require_arrived(await turn.wait_end())
            finally:
                if not turn.over:
                    await finish(talk.halt())
