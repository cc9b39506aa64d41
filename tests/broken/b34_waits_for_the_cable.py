"""B34: its port was unplugged on the way, and it waits for it, for ever."""

import asyncio
from typing import Any

from arduino_actuators.errors import LinkLostError, RigError
from arduino_actuators.operations import Operation, run_with_operation
from deadstop.gallery.plain_motor import PlainMotor

LOOK_AGAIN_S = 0.05


class BrokenMotor(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; if the link is lost, look for it again and again."""
        operation = kwargs[Operation.ARG_NAME]
        try:
            await super().go_for(rpm, revolutions, **kwargs)
        except LinkLostError:
            while True:
                try:
                    await self._axis.connect()
                except RigError:
                    await operation.run_until_cancelled(asyncio.sleep(LOOK_AGAIN_S))
                else:
                    raise
