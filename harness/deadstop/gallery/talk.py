"""The board protocol as a small driver speaks it, for the components of the gallery.

No queue, no repeats, no operations: bytes go out at once, lines come in by callback.
"""

import asyncio
from typing import Any, Final

import serial

from arduino_actuators.wire import (
    MAX_MOTION,
    PROTOCOL_VERSION,
    AxisNotice,
    AxisReport,
    BoardEvent,
    Cause,
    Command,
    Event,
    HostDecoder,
    Refusal,
    Reply,
    Verb,
    encode_command,
    stop_byte,
)

__all__ = ["LEASE_MS", "RENEW_S", "BoardError", "Talk", "Turn", "end_of"]

ANSWER_WITHIN_S: Final = 0.5
STILL_WITHIN_S: Final = 1.0
LEASE_MS: Final = 300
RENEW_S: Final = 0.06  # PROTOCOL.md, section 3: a lease of 300 ms, every 60 ms
_ENDS: Final = frozenset({BoardEvent.ARRIVED, BoardEvent.STOPPED, BoardEvent.FAULT})


class BoardError(Exception):
    """The board refused, did not answer, was reset or is gone."""


def end_of(event: Event, axis: str) -> AxisNotice | None:
    """Return how a motion on *axis* ended, if *event* says that one did."""
    if event.event not in _ENDS:
        return None
    notice = AxisNotice.from_event(event)
    return notice if notice.axis == axis else None


def _told_elsewhere(done: "asyncio.Future[Any]") -> None:
    """Let asyncio know that an error which nobody fetched here is not lost."""
    if not done.cancelled():
        done.exception()


class Talk:
    """One axis of one board, from the event loop that opened it."""

    def __init__(self, port: str, axis: str) -> None:
        """Take *axis* of the board on *port*; opens nothing."""
        self.axis = axis
        self.motion = 0  # the newest number in use
        self.lost: BoardError | None = None  # what ended the session
        self._port = port
        self._serial: Any = None
        self._session = False
        self._seq = 0
        self._lines = HostDecoder()
        self._answers: dict[int, asyncio.Future[Reply]] = {}
        self._waiting: dict[asyncio.Future[AxisNotice], int] = {}
        self._opening = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the port is open."""
        return self._serial is not None

    async def open(self) -> None:
        """Open the port and introduce this host, unless both is done.

        Raises:
            BoardError: the port is gone, or the board does not answer.
        """
        async with self._opening:
            if self._serial is None:
                try:
                    self._serial = serial.serial_for_url(
                        self._port, baudrate=115200, timeout=0, exclusive=True
                    )
                except serial.SerialException as error:
                    raise BoardError(f"cannot open {self._port}: {error}") from error
                loop = asyncio.get_running_loop()
                loop.add_reader(self._serial.fileno(), self._read)
            if not self._session:
                self.lost = None
                await self.ask(Verb.HELLO, PROTOCOL_VERSION)
                self.motion = (await self.report()).newest
                self._session = True

    def close(self) -> None:
        """Close the port; whoever waits hears of it."""
        self._fail(BoardError("the port was closed"))
        if self._serial is not None:
            asyncio.get_running_loop().remove_reader(self._serial.fileno())
            self._serial.close()
            self._serial = None

    async def ask(self, verb: Verb, *args: str | int) -> Reply:
        """Send one command and return the board's answer.

        Raises:
            BoardError: it was refused, not answered, or the board is gone.
        """
        self._seq = (self._seq + 1) % 256
        seq = self._seq
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_told_elsewhere)
        self._answers[seq] = answer
        try:
            self.write(encode_command(Command(seq, verb, args)))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await answer
        except TimeoutError:
            raise BoardError(f"no answer to {verb}") from None
        finally:
            self._answers.pop(seq, None)

    async def report(self) -> AxisReport:
        """Ask where the axis is and what it does."""
        return AxisReport.from_reply(await self.ask(Verb.STATE, self.axis))

    def stop_now(self) -> "asyncio.Future[AxisNotice]":
        """Send the stop byte, before anything else; return the standstill to come."""
        still = self._wait_for(0)
        self.write(stop_byte(self.axis))
        return still

    async def confirmed(self, still: "asyncio.Future[AxisNotice]") -> None:
        """Wait for the board's word that the axis stands still.

        Raises:
            BoardError: it did not come in time; the axis may still be moving.
        """
        try:
            async with asyncio.timeout(STILL_WITHIN_S):
                await asyncio.shield(still)
        except TimeoutError:
            raise BoardError(f"axis {self.axis} may still be moving") from None

    async def halt(self) -> None:
        """Stop at once, and return once the board says that the axis stands still."""
        await self.confirmed(self.stop_now())

    def turn(self) -> "Turn":
        """Take the number of the next motion; nothing is sent."""
        self.motion = self.motion % MAX_MOTION + 1
        return Turn(self, self.motion, self._wait_for(self.motion))

    def write(self, data: bytes) -> None:
        """Send *data* in this turn of the loop.

        Raises:
            BoardError: the port is closed, or gone.
        """
        if self._serial is None:
            raise self.lost or BoardError("the port is closed")
        try:
            self._serial.write(data)
        except (OSError, serial.SerialException) as error:
            self._gone(error)
            raise BoardError(f"the port is gone: {error}") from error

    def _wait_for(self, motion: int) -> "asyncio.Future[AxisNotice]":
        future: asyncio.Future[AxisNotice] = asyncio.get_running_loop().create_future()
        self._waiting[future] = motion
        future.add_done_callback(_told_elsewhere)
        return future

    def _read(self) -> None:
        try:
            data = self._serial.read(4096)
        except (OSError, serial.SerialException) as error:
            self._gone(error)
            return
        for item in self._lines.feed(data):
            match item:
                case Reply() | Refusal():
                    self._answered(item)
                case Event(event=BoardEvent.BOOT):
                    self._session = False
                    self._fail(BoardError("the board was reset"))
                case Event():
                    self._told(item)
                case _:
                    pass  # for people, or garbled

    def _answered(self, item: Reply | Refusal) -> None:
        answer = self._answers.get(item.seq)
        if answer is None or answer.done():
            return  # nobody waits for it any more
        if isinstance(item, Reply):
            answer.set_result(item)
        else:
            answer.set_exception(BoardError(f"refused: {item.code.word}"))

    def _told(self, event: Event) -> None:
        end = end_of(event, self.axis)
        if end is None:
            return
        for future, motion in list(self._waiting.items()):
            # A stop (0) is answered by a standstill, not by a newer motion's start.
            stands = motion == 0 and end.cause is not Cause.SUPERSEDED
            if motion == end.motion or stands:
                del self._waiting[future]
                if not future.done():
                    future.set_result(end)

    def _gone(self, error: Exception) -> None:
        self.close()
        self._fail(BoardError(f"the port is gone: {error}"))

    def _fail(self, error: BoardError) -> None:
        self.lost = error
        self._session = False
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(error)
        for future in self._waiting:
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()


class Turn:
    """One motion of a `Talk`, from its number to its end."""

    def __init__(
        self, talk: Talk, number: int, end: "asyncio.Future[AxisNotice]"
    ) -> None:
        """Know *number*, and *end*, which is to come."""
        self.number = number
        self.end = end
        self._talk = talk

    @property
    def over(self) -> bool:
        """Whether it has ended, or a newer one has taken its place."""
        return self.end.done() or self._talk.motion != self.number

    async def begin(self, verb: Verb, *values: int) -> None:
        """Ask for it, and return once the board has accepted it."""
        axis = self._talk.axis
        await self._talk.ask(verb, axis, self.number, LEASE_MS, *values)

    async def renew(self) -> None:
        """Renew its lease; a motion that is just over needs none."""
        try:
            await self._talk.ask(Verb.KEEP, self._talk.axis, self.number)
        except BoardError:
            if self._talk.lost is not None:
                raise

    async def wait_end(self) -> AxisNotice:
        """Renew the lease until the board says how it ended.

        Raises:
            BoardError: the board was reset, or is gone.
        """
        while not self.end.done():
            await asyncio.wait({self.end}, timeout=RENEW_S)
            if not self.end.done():
                await self.renew()
        return self.end.result()
