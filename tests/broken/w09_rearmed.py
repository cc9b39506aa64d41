"""W9: its keep-alive is armed anew after it was ended, and runs for ever.

Window: from the answer to a renewal until the callback that hears of it, 1 step, each
time that it renews.
Mistake: ends the timer and the renewal, but not a callback that is already due.
Caught by: cleanup-complete. Exposed by: outer-cancel, client-cancel, any one
cancellation.
"""

import asyncio

from arduino_actuators.link import LiveMotion
from deadstop.gallery.plain_motor import LEASE_MS
from tests.broken.w00_steady import SteadyMotor, finish

RENEW_EVERY_S = LEASE_MS / 1000 / 5


class BrokenMotor(SteadyMotor, register=False):  # type: ignore[no-untyped-call]
    """Right but for one turn."""

    _timer: asyncio.TimerHandle | None = None
    _renewal: asyncio.Future[None] | None = None

    async def carry_out(self, motion: LiveMotion) -> None:
        """Move to the end, and renew the lease by a timer of its own."""
        try:
            await motion.start()
            motion.end_renewal()
            self._arm(motion)
            self.require_there(await motion.wait_ended())
        except BaseException:
            self._disarm()
            await finish(self.halt(motion))
            raise
        self._disarm()

    def _arm(self, motion: LiveMotion) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(RENEW_EVERY_S, self._renew, motion)

    def _renew(self, motion: LiveMotion) -> None:
        self._renewal = asyncio.ensure_future(self._keep(motion))
        self._renewal.add_done_callback(lambda answer: self._renewed(motion, answer))

    async def _keep(self, motion: LiveMotion) -> None:
        await (await self._axis.connect()).keep(motion)

    def _renewed(self, motion: LiveMotion, answer: asyncio.Future[None]) -> None:
        if answer.cancelled():
            return
        if answer.exception() is not None:
            self.logger.debug("a renewal was lost; the next one counts as well")
        self._arm(motion)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._renewal is not None:
            self._renewal.cancel()
