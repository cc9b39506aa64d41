"""B35: the stream has broken, and what was taken from it is fed to the board on."""

import asyncio
import contextlib

from viam.components.arm import Arm

from arduino_actuators.errors import ActuatorError
from arduino_actuators.link import LiveLine
from tests.broken.plain_arm import PlainArm

EVERY_S = 0.03


class BrokenArm(PlainArm, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    feeder: asyncio.Task[None] | None = None
    taken: list[Arm.TrajectoryPoint]

    async def take(
        self, line: LiveLine | None, batch: list[Arm.TrajectoryPoint]
    ) -> LiveLine:
        """Move on to the end of *batch*, and keep it for the feeder."""
        self.taken = batch
        return await super().take(line, batch)

    async def halt(self, line: LiveLine) -> None:
        """Stop; whoever feeds the points is not told."""
        await super().halt(line)
        self.feeder = asyncio.get_running_loop().create_task(self.feed())

    async def feed(self) -> None:
        """Move on to each of the points taken, in its time."""
        for point in self.taken:
            await asyncio.sleep(EVERY_S)
            with contextlib.suppress(ActuatorError):
                await self.begin(point.positions)
