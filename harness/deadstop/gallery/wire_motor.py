"""What the gallery's motors with a wire of their own share: all but the move itself.

A motor answers, stops and closes the same way however it moves. How it notices that
nobody wants the motion any more is each one's own.
"""

import asyncio
import contextlib
import math
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Self

from viam.components.motor import Motor
from viam.proto.app.robot import ComponentConfig
from viam.utils import struct_to_dict

from arduino_actuators.wire import UNDER_WAY, AxisNotice, AxisReport, BoardEvent
from deadstop.gallery.talk import BoardError, Talk

__all__ = ["CutShortError", "WireMotor", "finish"]

FULL_DUTY_PERMILLE: Final = 1000


class CutShortError(Exception):
    """The motion was over before its target."""


async def finish(work: Coroutine[Any, Any, None]) -> None:
    """See *work* to its end, however often the caller is cancelled meanwhile."""
    task = asyncio.get_running_loop().create_task(work)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})
    task.result()


class WireMotor(Motor):
    """One axis of a board, spoken to directly; how it moves is left to the subclass."""

    def __init__(self, name: str, port: str, axis: str, counts_per_rev: int) -> None:
        """Move *axis* of the board on *port*; opens nothing."""
        super().__init__(name)
        self.talk = Talk(port, axis)
        self.counts_per_rev = counts_per_rev
        self.closed = False

    @classmethod
    def new(cls, config: ComponentConfig, _: object) -> Self:
        """Make one from its attributes."""
        wanted = struct_to_dict(config.attributes)
        counts = int(wanted["counts_per_rev"])  # type: ignore[arg-type]
        return cls(config.name, str(wanted["port"]), str(wanted["axis"]), counts)

    async def ready(self) -> Talk:
        """Return the open line to the board."""
        if self.closed:
            raise BoardError("the motor is closed")
        await self.talk.open()
        return self.talk

    def way(self, rpm: float, revolutions: float) -> tuple[int, int]:
        """Return way and speed as the board wants them: counts, and counts a second."""
        counts = round(
            math.copysign(revolutions, rpm * revolutions) * self.counts_per_rev
        )
        return counts, max(1, round(abs(rpm) * self.counts_per_rev / 60))

    def require_arrived(self, end: AxisNotice) -> None:
        """Raise unless the target was reached.

        Raises:
            CutShortError: something else ended the motion.
        """
        if end.event is not BoardEvent.ARRIVED:
            raise CutShortError(f"go_for was ended by: {end.cause or end.fault}")

    async def go_for(
        self,
        rpm: float,
        revolutions: float,
        *,
        timeout: float | None = None,
        **_: Any,
    ) -> None:
        """Turn by *revolutions* at *rpm*; ends as if cancelled after *timeout*."""
        _require_time(timeout)
        async with asyncio.timeout(timeout):
            await self.move(rpm, revolutions)

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn, and stop the motor if this is cancelled; each in its own way."""
        raise NotImplementedError

    async def stop(self, **_: Any) -> None:
        """Stop at once; return once the shaft stands still."""
        await (await self.ready()).halt()

    async def close(self) -> None:
        """Stop what moves, then give the port back."""
        if self.closed:
            return
        self.closed = True
        try:
            if self.talk.is_open:
                await self.talk.halt()
        finally:
            self.talk.close()

    async def report(self) -> AxisReport:
        """Ask the board for the state of the axis."""
        return await (await self.ready()).report()

    async def go_to(
        self, rpm: float, position_revolutions: float, **kwargs: Any
    ) -> None:
        """Turn to a position."""
        at_rev = await self.get_position()
        await self.go_for(abs(rpm), position_revolutions - at_rev, **kwargs)

    async def get_position(self, **_: Any) -> float:
        """Return the position in revolutions."""
        return (await self.report()).position_counts / self.counts_per_rev

    async def is_moving(self) -> bool:
        """Whether the shaft moves, or may."""
        return (await self.report()).state in UNDER_WAY

    async def is_powered(self, **_: Any) -> tuple[bool, float]:
        """Whether drive is applied, and the duty cycle."""
        duty_permille = (await self.report()).duty_permille
        return duty_permille != 0, duty_permille / FULL_DUTY_PERMILLE

    async def get_properties(self, **_: Any) -> Motor.Properties:
        """It tells its position."""
        return Motor.Properties(position_reporting=True)

    async def get_status(self, **_: Any) -> Mapping[str, Any]:
        """Tell where it is."""
        return {"position_rev": await self.get_position()}

    async def reset_zero_position(self, offset: float, **_: Any) -> None:
        """Not of this motor: it counts from where it was switched on."""
        raise NotImplementedError

    async def set_power(self, power: float, **_: Any) -> None:
        """Not of this motor: it makes finite moves only."""
        raise NotImplementedError

    async def set_rpm(self, rpm: float, **_: Any) -> None:
        """Not of this motor: it makes finite moves only."""
        raise NotImplementedError


def _require_time(timeout: float | None) -> None:
    """Refuse a call whose time is over before it begins.

    Raises:
        TimeoutError: *timeout* is 0 or negative.
        ValueError: it is not a number.
    """
    if timeout is None:
        return
    if math.isnan(timeout):
        raise ValueError("timeout is nan; give seconds")
    if timeout <= 0:
        raise TimeoutError(f"timeout is {timeout:g}: no time to move")
