"""B8: its stop sets a flag, and no byte leaves."""

from arduino_actuators.link import LiveMotion
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    _stop_wanted = False

    async def halt(self, motion: LiveMotion) -> None:
        """Note that somebody wanted a stop."""
        self._stop_wanted = True
