"""B18, on an arm: it says that it is where it was told to go."""

from collections.abc import Sequence
from typing import Any

from viam.proto.component.arm import JointPositions

from arduino_actuators.link import LiveLine
from tests.broken.plain_arm import PlainArm


class BrokenArm(PlainArm, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    target: Sequence[float] | None = None

    async def begin(self, degrees: Sequence[float]) -> LiveLine:
        """Start to move, and take the target for the position."""
        line = await super().begin(degrees)
        self.target = tuple(degrees)
        return line

    async def get_joint_positions(self, **kwargs: Any) -> JointPositions:
        """Tell where it ought to be."""
        if self.target is None:
            return await super().get_joint_positions(**kwargs)
        return JointPositions(values=self.target)
