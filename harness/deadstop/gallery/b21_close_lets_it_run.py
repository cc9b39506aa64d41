"""B21: `close` gives the port back, and what moves moves on."""

from arduino_actuators import ArduinoMotor
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def close(self) -> None:
        """Close the port, as if nothing could be under way."""
        await ArduinoMotor.close(self)
