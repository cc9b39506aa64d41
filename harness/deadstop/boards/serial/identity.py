"""Which firmware answers at a port: proved before anything moves."""

import hashlib
import os
import select
import time
from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from typing import Final

from arduino_actuators.wire import (
    PROTOCOL_VERSION,
    BoardEvent,
    BootNotice,
    Event,
    HostDecoder,
    HostItem,
    Identity,
    Refusal,
    Reply,
    WireError,
    encode_command,
    hello,
    zero,
)
from deadstop.errors import BoardAbsentError, LinkFaultError
from deadstop.link.decoder import escaped
from deadstop.resources import resource_folder
from deadstop.rig import SerialBoardConfig

__all__ = ["Talk", "own_build", "prove_identity"]

_ASKED_EVERY_S: Final = 0.5  # a repeat is harmless (PROTOCOL.md, section 2)
_ANSWERED_WITHIN_S: Final = 3.0
_READ_BYTES: Final = 4096
_KEPT_BYTES: Final = 120  # of what something else says, for the complaint


class Talk:
    """A short talk with a board, before a tap has its port."""

    def __init__(self, fd: int, name: str) -> None:
        """Talk through *fd*; *name* is the port's, for complaints."""
        self.heard = b""
        self._fd = fd
        self._name = name
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
        frame = encode_command(hello(seq := os.getpid() % 256))
        until_s = time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            self._write(frame)
            found = self._answer(seq, min(_ASKED_EVERY_S, left_s))
            if isinstance(found, Reply):
                return self._identity(found)
            if isinstance(found, Refusal):
                raise BoardAbsentError(
                    f"the board at {self._name} refuses `hello` ({found.code.word}): "
                    "it has another firmware; flash Deadstop's"
                )
        raise BoardAbsentError(
            f"nothing at {self._name} answered `hello` within {within_s:g} s"
            f"{self.told}; is it the right port and baud, and is Deadstop's "
            "firmware on the board?"
        )

    def declare_zero(self, axes: str) -> None:
        """Have the board, which must be at rest, call its present positions 0.

        Raises:
            LinkFaultError: it refuses, or does not answer.
        """
        for number, axis in enumerate(axes, start=1):
            seq = (os.getpid() + number) % 256
            self._write(encode_command(zero(seq, axis, 0)))
            if not isinstance(self._answer(seq, _ANSWERED_WITHIN_S), Reply):
                raise LinkFaultError(
                    f"the board at {self._name} did not take the position of axis "
                    f"{axis!r} for 0{self.told}; is its shaft at rest?"
                )

    def _identity(self, reply: Reply) -> Identity:
        try:
            return Identity.from_reply(reply)
        except WireError as error:
            raise BoardAbsentError(
                f"what answers at {self._name} is not Deadstop's firmware: {error}"
            ) from error

    @property
    def told(self) -> str:
        """What was heard, as the end of a complaint; "" if that is nothing."""
        if not self.heard:
            return ""
        return f"; it said: {escaped(self.heard[:_KEPT_BYTES])}"

    def _answer(self, seq: int, within_s: float) -> HostItem | None:
        return self._first(
            lambda item: isinstance(item, Reply | Refusal) and item.seq == seq, within_s
        )

    def _first(
        self, wanted: Callable[[HostItem], bool], within_s: float
    ) -> HostItem | None:
        until_s = time.monotonic() + within_s
        while True:
            while self._items:
                if wanted(item := self._items.pop(0)):
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
            raise LinkFaultError(f"{self._name}: {error}") from error
        if not data:
            raise LinkFaultError(f"{self._name}: the far end has closed it")
        self.heard = (self.heard + data)[-_READ_BYTES:]
        self._items += self._decoder.feed(data)

    def _write(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except OSError as error:
            raise LinkFaultError(f"{self._name}: {error}") from error


def prove_identity(
    told: Identity, config: SerialBoardConfig, build: str, name: str
) -> None:
    """See that a board is the one that a rig expects.

    Raises:
        BoardAbsentError: it is another one, or has another build.
    """
    wanted = Identity(PROTOCOL_VERSION, f"{config.shield}-shield", build, config.axes)
    if told == wanted:
        return
    what = "another board" if told.board != wanted.board else "another firmware"
    if (told.board, told.axes) == (wanted.board, wanted.axes):
        what = "another build of the firmware"
    raise BoardAbsentError(
        f"at {name} is {what}: {_named(told)}, and the rig "
        f"wants {_named(wanted)}; flash that, or name the build that is wanted as "
        "`build` in [board]"
    )


def _named(one: Identity) -> str:
    return f"{one.board} {one.build} (axes {one.axes}, protocol {one.version})"


def own_build(sources: Traversable | None = None) -> str:
    """Return what the boot notice of Deadstop's own firmware tells of its build.

    It is what `firmware/Makefile` computes: a digest of everything that is compiled.
    """
    folder = (sources or resource_folder("firmware")) / "controller"
    digest = hashlib.sha256()
    for file in _in_order(folder):
        digest.update(file.read_bytes())
    return f"fw-{digest.hexdigest()[:8]}"


def _in_order(folder: Traversable) -> Iterator[Traversable]:
    files = {file.name: file for file in folder.iterdir()}
    for ending in (".ino", ".cpp", ".h"):
        yield from (files[name] for name in sorted(files) if name.endswith(ending))
