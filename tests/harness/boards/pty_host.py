"""A blocking host at a board's port, and waits for what a board does on its own."""

import time
from typing import Final

import serial

from arduino_actuators.wire import (
    BoardEvent,
    BootCause,
    BootNotice,
    Command,
    Event,
    HostDecoder,
    HostItem,
    Reply,
    encode_command,
)
from deadstop.boards import Board
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Trace

__all__ = [
    "PATIENCE_S",
    "Host",
    "check_until_crashed",
    "read_until_hung_up",
    "wait_for_kind",
    "wait_until_at_rest",
]

PATIENCE_S: Final = 10.0  # generous: the machine may be busy


class Host:
    """A blocking host at the end of the port."""

    def __init__(self, path: str) -> None:
        """Open the port."""
        self.port = serial.Serial(path, 115_200, timeout=0.02)
        self._decoder = HostDecoder()
        self.heard: list[HostItem] = []

    def listen_for(
        self, wanted: type[HostItem], event: BoardEvent | None = None
    ) -> HostItem:
        """Read until such an item comes; it is taken out of what was heard."""
        give_up_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_s:
            for item in self.heard:
                if isinstance(item, wanted) and (
                    event is None or (isinstance(item, Event) and item.event is event)
                ):
                    self.heard.remove(item)
                    return item
            self.heard += self._decoder.feed(self.port.read(64))
        raise AssertionError(f"no {event or wanted} in {self.heard}")

    def listen_for_boot(self, cause: BootCause) -> None:
        """Read until the board says that it booted so; skip earlier boots."""
        told = None
        while told is not cause:
            boot = self.listen_for(Event, BoardEvent.BOOT)
            assert isinstance(boot, Event)
            told = BootNotice.from_event(boot).cause

    def ask(self, command: Command) -> Reply:
        """Send *command* and wait for its answer."""
        self.port.write(encode_command(command))
        reply = self.listen_for(Reply)
        assert isinstance(reply, Reply)
        assert reply.seq == command.seq
        return reply


def wait_until_at_rest(board: Board) -> None:
    """Give the shafts time to come to rest."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not board.at_rest():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)


def wait_for_kind(trace: Trace, kind: str) -> TraceEvent:
    """Return the first event of *kind*, now or soon."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        for event in trace:
            if event.kind == kind:
                return event
        time.sleep(0.005)
    raise AssertionError(f"no {kind!r} on the trace")


def read_until_hung_up(port: serial.Serial) -> None:
    """Read until the port fails."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        port.read(64)


def check_until_crashed(board: Board) -> None:
    """Ask until the board says that it has crashed."""
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        board.check()
        time.sleep(0.005)
