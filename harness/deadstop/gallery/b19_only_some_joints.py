"""B19: its joints move by themselves, and the stop forgets the last one."""

from collections.abc import Sequence

from arduino_actuators.link import LiveMotion
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
        motions: dict[PlainMotor, LiveMotion] = {}
        try:
            for motor, way_rev in zip(self.motors, ways_rev, strict=True):
                assert isinstance(motor, PlainMotor)
                motions[motor] = await motor.begin(RPM, way_rev)
            for motion in motions.values():
                await motion.wait_ended()
        except BaseException:
            for motor, motion in list(motions.items())[:-1]:
                await motor.halt(motion)
            raise
