"""B30: a cancelled motion leaves it busy, and it refuses the next one."""

from arduino_actuators.wire import Verb
from deadstop.gallery.wire_motor import WireMotor, finish


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    busy = False

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn, unless it does already."""
        if self.busy:
            raise RuntimeError("busy")
        self.busy = True
        talk = await self.ready()
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            self.require_arrived(await turn.wait_end())
        finally:
            if not turn.over:
                await finish(talk.halt())
        self.busy = False
