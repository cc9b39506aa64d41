"""B29: `close` stops what moves, and keeps the port."""

from arduino_actuators.operations import CancelReason
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def close(self) -> None:
        """Stop."""
        await self.manager.cancel_running(CancelReason.SHUTDOWN)
