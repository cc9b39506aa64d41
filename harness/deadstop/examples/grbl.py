"""A motor on the X axis of a controller that speaks GRBL's G-code.

A count is a millimetre: ``counts_per_rev`` is the way that one revolution makes.
"""

from typing import Any, Final

from typing_extensions import override

from arduino_actuators.errors import DeviceError
from arduino_actuators.operations import run_with_operation
from deadstop.examples.motor import ExampleMotor
from deadstop.examples.talk import LineTalk

__all__ = ["BrokenGrblMotor", "GrblMotor"]

FEED_HOLD: Final = b"!"  # ends a jog, and forgets those that were to come
BAUD: Final = 115_200


class GrblMotor(ExampleMotor):
    """Jogs (``$J=``), because a jog can be ended without losing the position."""

    async def _connect(self, path: str) -> None:
        self._talk = LineTalk()
        await self._talk.open(path, BAUD)

    async def _disconnect(self) -> None:
        await self._talk.close()

    async def _begin(self, counts_s: float, counts: float) -> None:
        jog = f"$J=G91 G21 X{counts:.3f} F{counts_s * 60:.1f}"
        answer = await self._talk.ask_line(jog)
        if answer != "ok":
            raise DeviceError(f"{jog!r} was answered with {answer}")

    async def _is_under_way(self) -> bool:
        return (await self._report())[0] not in ("Idle", "Alarm")

    async def _position_counts(self) -> float:
        fields = dict(field.partition(":")[::2] for field in (await self._report())[1:])
        return float(fields["MPos"].split(",")[0])

    async def _report(self) -> list[str]:
        return (await self._talk.ask_report()).strip("<>").split("|")

    def _send_stop(self) -> None:
        self._talk.send_at_once(FEED_HOLD)


class BrokenGrblMotor(GrblMotor):
    """Waits until the machine is idle, whatever becomes of its operation."""

    @override
    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **_: Any) -> None:
        """Turn to the end."""
        await self._open()
        await self._move(abs(rpm), revolutions)
