"""Correct: a worker thread moves, with blocking calls, and looks at a stop flag."""

import asyncio
import contextlib
import threading
import time
from typing import Final

from arduino_actuators.wire import Verb
from deadstop.gallery.blocking_talk import BlockingMotor
from deadstop.gallery.talk import RENEW_S

LOOK_S: Final = 0.002


class WorkerThreadMotor(BlockingMotor):
    """Nobody leaves before the thread has stopped the motor."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn in a thread; set its flag when nobody wants it any more."""
        await self.connect()
        stop = threading.Event()
        work = asyncio.get_running_loop().run_in_executor(
            None, self.turn, stop, *self.way(rpm, revolutions)
        )
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({work})
            work.result()  # a stop that was not confirmed is louder
            raise

    def turn(self, stop: threading.Event, counts: int, speed_cps: int) -> None:
        """Turn, in the worker thread."""
        if stop.is_set():
            return
        number = self.line.begin(Verb.MOVE, counts, speed_cps)
        renewed_s = time.monotonic()
        while number not in self.line.ends:
            if stop.wait(LOOK_S):
                if self.line.motion == number:
                    self.line.halt()
                return
            self.line.listen()
            if time.monotonic() - renewed_s > RENEW_S:
                renewed_s = time.monotonic()
                self.line.renew(number)
        self.require_arrived(self.line.ends[number])
