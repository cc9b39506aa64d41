"""B28: it sends a stop after a motion that has ended by itself, too."""

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; in any case stop."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        finally:
            await finish(talk.halt())
