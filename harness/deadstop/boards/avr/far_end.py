"""The inside of the process in which simulated boards run, one after another.

It serves the judge at the other end of a socket, and ends with it. Messages are those
of `deadstop.boards.avr.process`.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from arduino_actuators.wire import BootCause
from deadstop.boards.avr.pins import ShieldName
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.pacing import PacedPort
from deadstop.trace import Event, Scalar

__all__ = ["MakeBoard", "serve"]

MakeBoard: TypeAlias = Callable[
    [str, ShieldName, Callable[[Event], None]], ClockedBoard
]

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
# What a USB frame takes on its way to a real board. The CPU's timers never rest: a turn
# for each of their interrupts would cost a third of a core.
LEAST_TURN_S: Final = 0.001
REQUESTS_BYTES: Final = 4096  # at once; one is shorter than a hundred


class _Judge:
    """The channel to the judge."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unread = b""

    def fileno(self) -> int:
        return self._sock.fileno()

    def receive(self) -> Iterator[list[Any]]:
        """Wait for requests and yield them.

        Raises:
            EOFError: the judge has gone.
        """
        data = self._sock.recv(REQUESTS_BYTES)
        if not data:
            raise EOFError
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def send(self, *message: object) -> None:
        text = json.dumps(message, separators=(",", ":"), allow_nan=False)
        self._sock.sendall(text.encode() + b"\n")


class _Powered:
    """One board from power-on to power-off."""

    def __init__(
        self, judge: _Judge, elf: str, shield: ShieldName, make: MakeBoard
    ) -> None:
        self._judge = judge
        self._events: list[tuple[float, str, str, dict[str, Scalar]]] = []
        self._board = make(elf, shield, self._observe)
        self._port = PacedPort(self._board, least_turn_s=LEAST_TURN_S)
        self._on = True

    @property
    def path(self) -> str:
        return self._port.path

    def run(self) -> None:
        """Pace the board until it is powered off."""
        try:
            self._port.run(self._judge.fileno(), self._attend)
        finally:
            self._port.hang_up()
            self._board.close()

    def answer(self, number: int, value: Scalar) -> None:
        """Answer a request, after all that has happened until now."""
        self._tell()
        self._judge.send("answer", self._port.worst_lateness_s, number, value)

    def _observe(self, event: Event) -> None:
        self._events.append((event.t_s, event.source, event.kind, dict(event.data)))

    def _tell(self) -> None:
        if self._events:
            self._judge.send("events", self._port.worst_lateness_s, self._events)
            self._events.clear()

    def _attend(self, called: bool) -> bool:
        self._tell()
        if called:
            for number, word, *args in self._judge.receive():
                self.answer(number, self._obey(word, *args))
        return self._on

    def _obey(self, word: str, *args: Any) -> Scalar:  # noqa: ANN401 - of our own judge
        board = self._board
        match word, *args:
            case ("at-rest",):
                return board.at_rest()
            case "shaft-position", axis:
                return board.shaft_position_rev(axis)
            case "reset", cause:
                board.reset(BootCause(cause))
            case ("unplug",):
                self._port.hang_up()
                board.unplug()
            case ("replug",):
                self._port.plug()
                return self._port.path
            case "mute", silent:
                board.mute(silent=silent)
            case "jam-shaft", axis, jammed:
                board.jam_shaft(axis, jammed=jammed)
            case "break-encoder", axis:
                board.break_encoder(axis)
            case ("power-off",):
                self._on = False
            case _:
                raise ValueError(f"unknown request {word!r} with {args!r}")
        return None


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask for that
        sys.exit(1)


def serve(make: MakeBoard) -> None:
    """Power boards on as the judge asks, until it goes away.

    The program's arguments are the number of its end of the socket, and the judge's
    process id.

    Args:
        make: makes a board, powered from now on, from the path of a firmware, the
            name of a shield and the function that is called with each event.
    """
    _die_with(int(sys.argv[2]))
    judge = _Judge(socket.socket(fileno=int(sys.argv[1])))
    gc.freeze()  # what is here now stays: no pause is spent on looking through it
    try:
        while True:
            for number, *request in judge.receive():
                match request:
                    case ["power-on", elf, shield]:
                        powered = _Powered(judge, elf, shield, make)
                        powered.answer(number, powered.path)
                        powered.run()
                    case _:
                        raise ValueError(f"{request!r} was asked of no board")
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the judge is gone
