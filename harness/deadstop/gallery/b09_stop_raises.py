"""B9: its stop raises before it has sent anything."""

from arduino_actuators.link import LiveMotion
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def halt(self, motion: LiveMotion) -> None:
        """Log what is stopped, with a mistake, and then stop."""
        self.logger.info("stopping %s", motion.title)  # type: ignore[attr-defined]
        await super().halt(motion)
