"""The board protocol with blocking calls, for components that use threads, or none."""

import asyncio
import threading
import time
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
from deadstop.gallery.talk import (
    ANSWER_WITHIN_S,
    LEASE_MS,
    STILL_WITHIN_S,
    BoardError,
    end_of,
)
from deadstop.gallery.wire_motor import WireMotor

__all__ = ["BlockingMotor", "BlockingTalk"]

READ_S: Final = 0.002


class BlockingTalk:
    """One axis of one board; any thread may call anything, and is made to wait."""

    def __init__(self, port: str, axis: str) -> None:
        """Take *axis* of the board on *port*; opens nothing."""
        self.axis = axis
        self.motion = 0  # the newest number in use
        self.ends: dict[int, AxisNotice] = {}  # of motions, by number
        self._port = port
        self._serial: Any = None
        self._session = False
        self._seq = 0
        self._stills = 0  # how often the board told of a standstill
        self._lines = HostDecoder()
        self._replies: list[Reply | Refusal] = []
        self._lock = threading.RLock()  # the port's input

    def open(self) -> None:
        """Open the port and introduce this host, unless both is done.

        Raises:
            BoardError: the port is gone, or the board does not answer.
        """
        with self._lock:
            try:
                if self._serial is None:
                    self._serial = serial.serial_for_url(
                        self._port, baudrate=115200, timeout=READ_S, exclusive=True
                    )
            except serial.SerialException as error:
                raise BoardError(f"cannot open {self._port}: {error}") from error
            self._read(0.0)
            if not self._session:
                self._session = True
                self.ask(Verb.HELLO, PROTOCOL_VERSION)
                self.motion = self.report().newest

    @property
    def is_open(self) -> bool:
        """Whether the port is open."""
        return self._serial is not None

    def close(self) -> None:
        """Close the port."""
        with self._lock:
            if self._serial is not None:
                self._serial.close()
            self._serial = None
            self._session = False

    def ask(self, verb: Verb, *args: str | int) -> Reply:
        """Send one command and return the board's answer.

        Raises:
            BoardError: it was refused, not answered, or the board is gone.
        """
        with self._lock:
            self._seq = (self._seq + 1) % 256
            self._replies.clear()
            self._write(encode_command(Command(self._seq, verb, args)))
            until_s = time.monotonic() + ANSWER_WITHIN_S
            while time.monotonic() < until_s:
                self.listen()
                for reply in self._replies:
                    if reply.seq != self._seq:
                        continue
                    if isinstance(reply, Refusal):
                        raise BoardError(f"refused: {reply.code.word}")
                    return reply
        raise BoardError(f"no answer to {verb}")

    def report(self) -> AxisReport:
        """Ask where the axis is and what it does."""
        return AxisReport.from_reply(self.ask(Verb.STATE, self.axis))

    def begin(self, verb: Verb, *values: int) -> int:
        """Begin a motion, and return its number once the board has accepted it."""
        self.motion = number = self.motion % MAX_MOTION + 1
        self.ask(verb, self.axis, number, LEASE_MS, *values)
        return number

    def renew(self, number: int) -> None:
        """Renew the lease of a motion; one that is just over needs none."""
        if number not in self.ends:
            try:
                self.ask(Verb.KEEP, self.axis, number)
            except BoardError:
                if not self._session:
                    raise

    def halt(self) -> None:
        """Stop at once, and return once the board says that the axis stands still.

        Raises:
            BoardError: it did not come in time; the axis may still be moving.
        """
        stills = self._stills
        self._write(stop_byte(self.axis))
        until_s = time.monotonic() + STILL_WITHIN_S
        while self._stills == stills:
            if time.monotonic() > until_s:
                raise BoardError(f"axis {self.axis} may still be moving")
            self.listen()

    def listen(self, within_s: float = READ_S) -> None:
        """Read what the board says, for at most *within_s*.

        Raises:
            BoardError: the port is closed or gone, or the board was reset.
        """
        self._read(within_s)
        if not self._session:
            raise BoardError("the board was reset")

    def _read(self, within_s: float) -> None:
        with self._lock:
            if self._serial is None:
                raise BoardError("the port is closed")
            try:
                self._serial.timeout = within_s
                data = self._serial.read(max(1, self._serial.in_waiting))
            except (OSError, TypeError, serial.SerialException) as error:
                self.close()
                raise BoardError(f"the port is gone: {error}") from error
            for item in self._lines.feed(data):
                match item:
                    case Reply() | Refusal():
                        self._replies.append(item)
                    case Event(event=BoardEvent.BOOT):
                        self._session = False
                        self.ends.clear()  # numbers begin anew
                    case Event():
                        self._told(item)
                    case _:
                        pass  # for people, or garbled

    def _told(self, event: Event) -> None:
        end = end_of(event, self.axis)
        if end is not None:
            self.ends.setdefault(end.motion, end)
            self._stills += end.cause is not Cause.SUPERSEDED

    def _write(self, data: bytes) -> None:
        port = self._serial
        if port is None:
            raise BoardError("the port is closed")
        try:
            port.write(data)
        except (OSError, serial.SerialException) as error:
            self.close()
            raise BoardError(f"the port is gone: {error}") from error


class BlockingMotor(WireMotor):
    """A `WireMotor` whose calls to the board block, each in a thread; no `go_for`."""

    def __init__(self, name: str, port: str, axis: str, counts_per_rev: int) -> None:
        """Move *axis* of the board on *port*; opens nothing."""
        super().__init__(name, port, axis, counts_per_rev)
        self.line = BlockingTalk(port, axis)

    async def connect(self) -> BlockingTalk:
        """Return the open line to the board."""
        if self.closed:
            raise BoardError("the motor is closed")
        await asyncio.to_thread(self.line.open)
        return self.line

    async def report(self) -> AxisReport:
        """Ask the board for the state of the axis."""
        return await asyncio.to_thread((await self.connect()).report)

    async def stop(self, **_: Any) -> None:
        """Stop at once; return once the shaft stands still."""
        await asyncio.to_thread((await self.connect()).halt)

    async def close(self) -> None:
        """Stop what moves, then give the port back."""
        if self.closed:
            return
        self.closed = True
        try:
            if self.line.is_open:
                await asyncio.to_thread(self.line.halt)
        finally:
            self.line.close()
