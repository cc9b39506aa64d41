"""A stop that is confirmed: sent as a command, and waited for until standstill."""

import asyncio
from collections.abc import Iterable, Mapping

from arduino_actuators.errors import (
    CommandRefusedError,
    RigError,
    StopNotConfirmedError,
)
from arduino_actuators.link.channel import BoardChannel
from arduino_actuators.link.stops import PendingStops
from arduino_actuators.wire import (
    UNDER_WAY,
    AxisReport,
    ErrorCode,
    StopCategory,
    Verb,
    is_newer,
)

__all__ = ["StopConfirmation"]


class StopConfirmation:
    """One stop of some axes, until the board has said that they stand."""

    def __init__(
        self,
        channel: BoardChannel,
        motions: Mapping[str, int],
        category: StopCategory,
        within_s: float,
    ) -> None:
        """Describe it; *motions* are the axes, each with the number of its motion."""
        self._channel = channel
        self._left = dict(motions)
        self._category = category
        self._within_s = within_s

    async def wait(self, stops: PendingStops, named: Mapping[str, str]) -> None:
        """Send `stop` for each motion and wait until none moves its axes any more.

        Args:
            stops: hears how axes come to an end.
            named: which axes each frame stops, by the axis that it names.

        Raises:
            StopNotConfirmedError: the board did not say so of some of the axes.
        """
        try:
            with stops.expect_end(self._left) as ended:
                async with asyncio.timeout(self._within_s):
                    for axis, axes in named.items():
                        await self._command(axis, axes)
                    await self._wait_standing(ended)
        except TimeoutError:
            raise self._unconfirmed() from None
        except (RigError, CommandRefusedError) as error:
            raise self._unconfirmed(str(error)) from error

    async def _command(self, axis: str, axes: Iterable[str]) -> None:
        arguments = (axis, self._left[axis], self._category)
        try:
            await self._channel.command(
                Verb.STOP, *arguments, within_s=self._within_s, at_once=True
            )
        except CommandRefusedError as error:
            if error.code is not ErrorCode.STALE_MOTION:
                raise
            for each in axes:  # a newer motion has the axis: this one is over
                del self._left[each]

    async def _wait_standing(self, ended: Mapping[str, asyncio.Future[None]]) -> None:
        while True:
            for axis in tuple(self._left):
                if ended[axis].done() or await self._stands(axis):
                    del self._left[axis]
            if not self._left:
                return
            # The events tell; looking again half-way covers a lost one.
            waiting = [ended[axis] for axis in self._left]
            await asyncio.wait(waiting, timeout=self._within_s / 2)

    async def _stands(self, axis: str) -> bool:
        view = AxisReport.from_reply
        report = await self._channel.ask(view, Verb.STATE, axis)
        newer = is_newer(report.motion, self._left[axis])
        return newer or report.state not in UNDER_WAY

    def _unconfirmed(self, because: str = "") -> StopNotConfirmedError:
        return StopNotConfirmedError("".join(self._left), self._within_s, because)
