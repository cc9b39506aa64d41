"""B18: it reports the target as its position, wherever it stopped."""

from typing import Any

from arduino_actuators.operations import run_with_operation
from deadstop.gallery.plain_motor import PlainMotor


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    _target_rev = 0.0

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn as it should, and note where that will lead."""
        self._target_rev += revolutions
        await super().go_for(rpm, revolutions, **kwargs)

    async def get_position(self, **_: Any) -> float:
        """Return where it was told to go."""
        return self._target_rev
