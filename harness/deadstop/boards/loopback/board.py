"""The twin behind a pseudo-terminal, in a thread of its own, on the real clock."""

import contextlib
import os
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

from arduino_actuators.wire import DEFAULT_BAUD, BootCause
from deadstop.boards import BoardClosedError, BoardCrashedError
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.core import BoardCore
from deadstop.boards.loopback.wires import Wire
from deadstop.boards.loopback.witness import Observe
from deadstop.plant import Motor

__all__ = ["LoopbackBoard"]

# What the host has written beyond this waits in the kernel, where the host can still
# take it back: the depth of a 16550's transmit FIFO.
_LINE_BYTES: Final = 16
# Lines beyond this are lost, as the firmware's transmit buffer would lose them; the
# host sees the gap in the event numbers.
_SENDING_BYTES: Final = 4096
_ANSWER_WITHIN_S: Final = 5.0  # of the thread; it needs less than a millisecond


class LoopbackBoard:
    """A board at the far end of a pseudo-terminal; powered until `close`.

    Bytes cross the line at the baud rate, and the controller runs at the instants so
    computed, whatever the scheduler does; the stamps it gives are these instants.
    """

    def __init__(
        self,
        config: BoardConfig | None = None,
        *,
        observe: Observe,
        baud: int = DEFAULT_BAUD,
    ) -> None:
        """Power up.

        Args:
            config: what the board is; None for one with the axes ``ab``.
            observe: called with each event for the trace, in the board's thread; it
                must be quick, and an exception from it is a crash of the board.
            baud: bits/s of the line; the host's own setting is not looked at.
        """
        self._config = config or BoardConfig()
        self._motors = {axis: Motor(self._config.motor) for axis in self._config.axes}
        self._from_host = Wire(baud)
        self._to_host = Wire(baud)
        self._requests: deque[tuple[Callable[[float], None], Future[None]]] = deque()
        self._error: BaseException | None = None
        self._closing = False
        self._closed = False
        self._worst_lateness_s = 0.0
        self._master: int | None
        # The board holds the slave open too: without that, reading the master fails
        # with EIO whenever no host has the port open, and select would spin on it.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path = os.ttyname(self._slave)
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._core = BoardCore(
            self._config,
            self._motors,
            t_s=time.monotonic(),
            send=self._send,
            observe=observe,
        )
        self._thread = threading.Thread(
            target=self._run, name=f"loopback-board {self._path}", daemon=True
        )
        self._thread.start()

    @property
    def path(self) -> str:
        """The slave of the pseudo-terminal."""
        return self._path

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return self._config.axes

    @property
    def worst_lateness_s(self) -> float:
        """By how much the thread was late for its latest instant so far.

        The twin's own stamps do not suffer from it; what the host reads does.
        """
        return self._worst_lateness_s

    def at_rest(self) -> bool:
        """Whether every drive is off and every true shaft still.

        Raises:
            BoardCrashedError: nobody knows any more.
        """
        self.check()
        return self._core.at_rest

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """
        return self._motor(axis).position_rev

    def reset(self, cause: BootCause) -> None:
        """Reset the board; a line half sent stays half sent."""

        def act(now_s: float) -> None:
            self._to_host.cut()
            self._core.reset(cause, now_s)

        self._ask(act)

    def unplug(self) -> None:
        """Close the pseudo-terminal; the board goes on by itself."""
        self._ask(lambda _now_s: self._hang_up())

    def mute(self, *, silent: bool) -> None:
        """Let it send nothing while *silent*."""

        def act(_now_s: float) -> None:
            self._core.mute = silent

        self._ask(act)

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go."""
        motor = self._motor(axis)

        def act(_now_s: float) -> None:
            motor.jammed = jammed

        self._ask(act)

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever."""
        motor = self._motor(axis)
        self._ask(lambda _now_s: motor.break_encoder())

    def check(self) -> None:
        """Raise what ended the thread, if anything did.

        Raises:
            BoardCrashedError: from the exception that did.
        """
        if self._error is not None:
            raise BoardCrashedError(
                f"loopback board {self._path} crashed: {self._error!r}; "
                "discard what was measured with it"
            ) from self._error

    def close(self) -> None:
        """Power off, end the thread, close the port; a second call does nothing.

        Raises:
            BoardCrashedError: if the thread had failed; all is released even so.
        """
        if self._closed:
            return
        self._closed = True
        self._closing = True
        self._wake()
        self._thread.join()
        self._hang_up()
        os.close(self._woken)
        os.close(self._waker)
        self.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _motor(self, axis: str) -> Motor:
        try:
            return self._motors[axis]
        except KeyError:
            raise KeyError(f"no axis {axis!r}; this board has {self.axes!r}") from None

    # Requests: what touches the core is done in its thread, between two turns.

    def _ask(self, act: Callable[[float], None]) -> None:
        """Have *act* done now; from the board's own thread, right after this turn.

        Raises:
            BoardClosedError: after `close`.
            BoardCrashedError: if the thread has failed.
        """
        if self._closed:
            raise BoardClosedError(f"loopback board {self._path} is closed")
        self.check()
        done: Future[None] = Future()
        self._requests.append((act, done))
        self._wake()
        if threading.current_thread() is not self._thread:
            done.result(_ANSWER_WITHIN_S)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # full: it is awake already
            os.write(self._waker, b"w")

    # The thread.

    def _run(self) -> None:
        try:
            while not self._closing:
                self._sleep_until(self._turn())
        except BaseException as error:  # noqa: BLE001 - kept for check() and close()
            self._error = error
        for _act, done in self._requests:
            done.set_exception(BoardClosedError(f"{self._path} ended meanwhile"))

    def _turn(self) -> float:
        """Catch up with the present; return when to be back."""
        now_s = time.monotonic()
        self._listen(now_s)
        while self._from_host.next_s <= now_s:
            t_s, byte = self._from_host.take()
            self._core.receive(byte, t_s)
        self._core.advance(now_s)
        while self._requests:
            act, done = self._requests.popleft()
            try:
                act(now_s)
            except BaseException as error:
                done.set_exception(error)
                raise
            done.set_result(None)
        self._speak(now_s)
        return min(self._core.next_wake_s, self._from_host.next_s, self._to_host.next_s)

    def _sleep_until(self, wake_s: float) -> None:
        # select and not asyncio: epoll's timeout is rounded up to a millisecond,
        # which is twelve bytes at 115,200 baud.
        sources = [self._woken]
        if self._master is not None and len(self._from_host) < _LINE_BYTES:
            sources.append(self._master)
        wait_s = max(0.0, wake_s - time.monotonic())
        readable, _, _ = select.select(
            sources, [], [], None if wait_s == float("inf") else wait_s
        )
        if not readable:
            lateness_s = time.monotonic() - wake_s
            self._worst_lateness_s = max(self._worst_lateness_s, lateness_s)
        if self._woken in readable:
            os.read(self._woken, 64)

    def _listen(self, now_s: float) -> None:
        room_bytes = _LINE_BYTES - len(self._from_host)
        if self._master is None or room_bytes <= 0:
            return
        with contextlib.suppress(BlockingIOError):  # nothing there
            self._from_host.put(now_s, os.read(self._master, room_bytes))

    def _send(self, t_s: float, data: bytes) -> None:
        if len(self._to_host) + len(data) <= _SENDING_BYTES:
            self._to_host.put(t_s, data)

    def _speak(self, now_s: float) -> None:
        data = bytearray()
        while self._to_host.next_s <= now_s:
            data += self._to_host.take()[1]
        if data and self._master is not None:
            with contextlib.suppress(BlockingIOError):  # nobody reads: lost, as on wire
                os.write(self._master, data)

    def _hang_up(self) -> None:
        if self._master is not None:
            os.close(self._master)
            os.close(self._slave)
            self._master = None
        self._from_host.cut()
