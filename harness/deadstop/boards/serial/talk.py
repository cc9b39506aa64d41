"""A short talk with a real board, while no tap has its port."""

import os
import select
import time
from collections.abc import Callable, Container
from typing import Final

from arduino_actuators.wire import (
    AxisNotice,
    BoardEvent,
    BootNotice,
    Command,
    Event,
    HostDecoder,
    HostItem,
    Identity,
    Refusal,
    Reply,
    WireError,
    encode_command,
    hello,
)
from deadstop.errors import BoardAbsentError, LinkFaultError
from deadstop.link.decoder import escaped

__all__ = ["Talk"]

SEQS: Final = 256
_ASKED_EVERY_S: Final = 0.5  # a repeat is harmless (PROTOCOL.md, section 2)
_ANSWERED_WITHIN_S: Final = 3.0
_READ_BYTES: Final = 4096
_KEPT_BYTES: Final = 120  # of what something else says, for the complaint
_ENDS: Final = (BoardEvent.STOPPED, BoardEvent.FAULT)


class Talk:
    """A short talk with a board, before a tap has its port."""

    def __init__(self, fd: int, name: str) -> None:
        """Talk through *fd*; *name* is the port's, for complaints."""
        self.name = name
        self.heard = b""
        self._fd = fd
        self._seq = time.monotonic_ns() % SEQS  # no repeat of somebody else's last
        self._decoder = HostDecoder()
        self._items: list[HostItem] = []

    def wait_boot(self, within_s: float) -> BootNotice | None:
        """Wait until the board says that it has booted; None if it does not."""
        found = self._first(
            lambda item: isinstance(item, Event) and item.event is BoardEvent.BOOT,
            within_s,
        )
        return BootNotice.from_event(found) if isinstance(found, Event) else None

    def say_hello(self, within_s: float = _ANSWERED_WITHIN_S) -> Identity:
        """Ask the board who it is; that stops every axis.

        Raises:
            BoardAbsentError: it does not answer, or not as Deadstop's firmware does.
            LinkFaultError: the port fails.
        """
        frame = encode_command(hello(seq := self._next_seq()))
        until_s = time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._write(frame)
            found = self._answer(seq, min(_ASKED_EVERY_S, left_s))
            if isinstance(found, Reply):
                return self._identity(found)
            if isinstance(found, Refusal):
                raise BoardAbsentError(
                    f"the board at {self.name} refuses `hello` ({found.code.word}): "
                    "it has another firmware; flash Deadstop's"
                )
        raise BoardAbsentError(
            f"nothing at {self.name} answered `hello` within {within_s:g} s"
            f"{self.told}; is it the right port and baud, and is Deadstop's "
            "firmware on the board?"
        )

    def ask(self, command: Callable[[int], Command]) -> Reply:
        """Have a command carried out, and return the answer.

        Args:
            command: makes it, from its SEQ.

        Raises:
            LinkFaultError: it is refused, or not answered.
        """
        asked = command(seq := self._next_seq())
        self._write(encode_command(asked))
        found = self._answer(seq, _ANSWERED_WITHIN_S)
        if isinstance(found, Reply):
            return found
        why = found.code.word if isinstance(found, Refusal) else "no answer"
        raise LinkFaultError(
            f"the board at {self.name} did not do {asked.verb.value!r}: {why}"
        )

    def wait_event(self, event: BoardEvent, within_s: float) -> Event | None:
        """Wait for an event; None if it does not come, or another end of a motion."""
        found = self._first(
            lambda item: isinstance(item, Event) and item.event in (event, *_ENDS),
            within_s,
        )
        wanted = isinstance(found, Event) and found.event is event
        return found if wanted and isinstance(found, Event) else None

    def wait_axis(
        self, axis: str, events: Container[BoardEvent], within_s: float
    ) -> AxisNotice | None:
        """Wait for one of *events* of an axis; None if none comes."""

        def wanted(item: HostItem) -> bool:
            return (
                isinstance(item, Event)
                and item.event in events
                and item.fields[:1] == (axis,)
            )

        found = self._first(wanted, within_s)
        return AxisNotice.from_event(found) if isinstance(found, Event) else None

    def send(self, data: bytes) -> None:
        """Send bytes that nobody answers, such as a stop byte.

        Raises:
            LinkFaultError: the port fails.
        """
        self._write(data)

    def _identity(self, reply: Reply) -> Identity:
        try:
            return Identity.from_reply(reply)
        except WireError as error:
            raise BoardAbsentError(
                f"what answers at {self.name} is not Deadstop's firmware: {error}"
            ) from error

    @property
    def told(self) -> str:
        """What was heard, as the end of a complaint; "" if that is nothing."""
        if not self.heard:
            return ""
        return f"; it said: {escaped(self.heard[:_KEPT_BYTES])}"

    def _next_seq(self) -> int:
        self._seq = (self._seq + 1) % SEQS
        return self._seq

    def _answer(self, seq: int, within_s: float) -> HostItem | None:
        return self._first(
            lambda item: isinstance(item, Reply | Refusal) and item.seq == seq, within_s
        )

    def _first(
        self, wanted: Callable[[HostItem], bool], within_s: float
    ) -> HostItem | None:
        until_s = time.monotonic() + within_s
        while True:
            for item in self._items:
                if wanted(item):
                    self._items.remove(item)
                    return item
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not select.select([self._fd], [], [], left_s)[0]:
                return None
            self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise LinkFaultError(f"{self.name}: {error}") from error
        if not data:
            raise LinkFaultError(f"{self.name}: the far end has closed it")
        self.heard = (self.heard + data)[-_READ_BYTES:]
        self._items += self._decoder.feed(data)

    def _write(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except OSError as error:
            raise LinkFaultError(f"{self.name}: {error}") from error
