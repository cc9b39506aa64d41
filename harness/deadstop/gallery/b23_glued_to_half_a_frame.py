"""B23: it stops amid a frame, with a checksum over both, and the board drops it all.

It writes its renewals in two parts, to have less to do when one is due, and its running
checksum begins anew at a line end only.
"""

import asyncio
from typing import Any, Final

from arduino_actuators.wire import StopCategory, Verb, crc16
from deadstop.gallery.talk import LEASE_MS, RENEW_S, Talk
from deadstop.gallery.wire_motor import WireMotor, finish

SEQ: Final = 200  # far from those of the talk


class Writer:
    """Writes frames, part by part."""

    def __init__(self, talk: Talk) -> None:
        """Write to the board of *talk*."""
        self._talk = talk
        self._line = b""

    def begin(self, text: str) -> None:
        """Write the beginning of a frame."""
        self._line += text.encode("ascii")
        self._talk.write(text.encode("ascii"))

    def end(self) -> None:
        """Write the checksum of the line, and end it."""
        self._talk.write(b"*%04x\n" % crc16(self._line))
        self._line = b""


class BrokenMotor(WireMotor):
    """Right but for one thing."""

    async def move(self, rpm: float, revolutions: float) -> None:
        """Turn; stop by a frame, which names the motion that it means."""
        talk = await self.ready()
        turn = talk.turn()
        writer = Writer(talk)
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            number = SEQ
            while not turn.end.done():
                number = SEQ + (number - SEQ + 1) % 50
                writer.begin(f":{number} keep {talk.axis} {turn.number}")
                await asyncio.wait({turn.end}, timeout=RENEW_S)
                writer.end()
            self.require_arrived(turn.end.result())
        finally:
            if not turn.over:
                stop = f"{talk.axis} {turn.number} {StopCategory.REMOVE_POWER}"
                writer.begin(f":{SEQ + 50} stop {stop}")
                writer.end()
                await finish(self.see_end(turn.end))

    async def see_end(self, end: "asyncio.Future[Any]") -> None:
        """Wait for the standstill: without renewals the board stops by itself."""
        async with asyncio.timeout(2 * LEASE_MS / 1000):
            await asyncio.shield(end)
