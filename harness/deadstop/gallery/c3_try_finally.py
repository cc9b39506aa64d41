"""Correct: plain asyncio, `try` and `finally`; no operation at all."""

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish

__all__ = ["TryFinallyMotor"]


class TryFinallyMotor(WireMotor):
    """Whatever ends the body, `finally` stops the motor."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; leaving this before the target stops the motor."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        finally:
            if not turn.over:
                await finish(talk.halt())
