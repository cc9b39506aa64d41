"""B19: its joints move by themselves, and the stop forgets the last one."""

from collections.abc import Sequence
from typing import cast

from deadstop.gallery.arm_of_motors import DEG_PER_REV, RPM, ArmOfMotors
from deadstop.gallery.plain_motor import PlainMotor


class BrokenArm(ArmOfMotors):
    """Right but for one thing."""

    MOTOR = PlainMotor

    async def go(self, degrees: Sequence[float]) -> None:
        """Turn each motor to where it should be."""
        now = (await self.get_joint_positions()).values
        ways_rev = [
            (to - at) / DEG_PER_REV for at, to in zip(now, degrees, strict=True)
        ]
        motors = cast("Sequence[PlainMotor]", self.motors)
        moving = [
            (motor, await motor.begin(RPM, way_rev))
            for motor, way_rev in zip(motors, ways_rev, strict=True)
        ]
        try:
            for _, motion in moving:
                await motion.wait_ended()
        except BaseException:
            for motor, motion in moving[:-1]:
                await motor.halt(motion)
            raise
