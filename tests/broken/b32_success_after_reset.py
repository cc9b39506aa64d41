"""B32: its board was reset on the way, and it says that it is done."""

import contextlib
from typing import Any

from arduino_actuators.errors import BoardResetError
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; a motion that has ended is one that is done."""
        with contextlib.suppress(BoardResetError):
            await super().go_for(rpm, revolutions, **kwargs)
