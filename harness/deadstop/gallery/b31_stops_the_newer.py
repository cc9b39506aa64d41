"""B31: an old operation's stop hits the newer one."""

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; unless the target is reached stop whatever turns."""
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        except BaseException:
            await finish(talk.halt())
            raise
