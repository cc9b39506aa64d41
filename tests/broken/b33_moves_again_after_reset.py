"""B33: its board was reset on the way, and it begins again by itself."""

from typing import Any

from arduino_actuators.errors import BoardResetError
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; if the board forgets it, ask once more."""
        try:
            await super().go_for(rpm, revolutions, **kwargs)
        except BoardResetError:
            await super().go_for(rpm, revolutions, **kwargs)
