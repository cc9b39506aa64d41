"""B20: stopped, it goes home."""

from arduino_actuators.link import LiveLine
from tests.broken.plain_arm import PlainArm


class BrokenArm(PlainArm, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def halt(self, line: LiveLine) -> None:
        """Stop, and then go where an arm is out of the way."""
        await super().halt(line)
        home = await self.begin((0.0, 0.0, 0.0))
        await home.wait_ended()
