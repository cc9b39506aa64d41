"""B20: stopped, it goes home."""

from arduino_actuators.link import LiveMotion
from arduino_actuators.wire import Verb
from deadstop.gallery.plain_motor import PlainMotor

SPEED_CPS = 4000


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def halt(self, motion: LiveMotion) -> None:
        """Stop, and then go where it is out of the way."""
        await super().halt(motion)
        home = await self.begin_with(Verb.GOTO, 0, SPEED_CPS)
        await home.wait_ended()
