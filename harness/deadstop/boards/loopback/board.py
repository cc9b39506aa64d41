"""The twin behind a pseudo-terminal, in a thread of its own, on the real clock."""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from arduino_actuators.wire import DEFAULT_BAUD, BootCause
from deadstop.boards import BoardClosedError, BoardCrashedError
from deadstop.boards.closable import Closable
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.witness import Observe
from deadstop.boards.pacing import PacedPort

__all__ = ["LoopbackBoard"]

_ANSWER_WITHIN_S: Final = 5.0  # of the thread; it needs less than a millisecond


class LoopbackBoard(Closable):
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
        self._twin = ClockedLoopback(
            config, t_s=time.monotonic(), observe=observe, baud=baud
        )
        self._port = PacedPort(self._twin)
        self._requests: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._error: BaseException | None = None
        self._closing = False
        self._closed = False
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._thread = threading.Thread(
            target=self._run, name=f"loopback-board {self.path}", daemon=True
        )
        self._thread.start()

    @property
    def path(self) -> str:
        """The slave of the pseudo-terminal."""
        return self._port.path

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return self._twin.axes

    @property
    def worst_lateness_s(self) -> float:
        """By how much the thread came late for what was due, at worst so far.

        The twin's own stamps do not suffer from it; what the host reads does.
        """
        return self._port.worst_lateness_s

    def at_rest(self) -> bool:
        """Whether every drive is off and every true shaft still.

        Raises:
            BoardCrashedError: nobody knows any more.
        """
        self.check()
        return self._twin.at_rest()

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """
        return self._twin.shaft_position_rev(axis)

    def reset(self, cause: BootCause) -> None:
        """Reset the board; a line half sent stays half sent."""
        self._ask(lambda: self._twin.reset(cause))

    def unplug(self) -> None:
        """Close the pseudo-terminal; the board goes on by itself."""

        def act() -> None:
            self._port.hang_up()
            self._twin.unplug()

        self._ask(act)

    def mute(self, *, silent: bool) -> None:
        """Let it send nothing while *silent*."""
        self._ask(lambda: self._twin.mute(silent=silent))

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go.

        Raises:
            KeyError: naming the axes there are.
        """
        self._twin.shaft_position_rev(axis)  # refused here, and not as a crash there
        self._ask(lambda: self._twin.jam_shaft(axis, jammed=jammed))

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever.

        Raises:
            KeyError: naming the axes there are.
            BoardError: it has none.
        """
        self._twin.encoder_of(axis)
        self._ask(lambda: self._twin.break_encoder(axis))

    def check(self) -> None:
        """Raise what ended the thread, if anything did.

        Raises:
            BoardCrashedError: from the exception that did.
        """
        if self._error is not None:
            raise BoardCrashedError(
                f"loopback board {self.path} crashed: {self._error!r}; "
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
        self._port.hang_up()
        self._twin.close()
        os.close(self._woken)
        os.close(self._waker)
        self.check()

    # Requests: what touches the twin is done in its thread, between two turns.

    def _ask(self, act: Callable[[], None]) -> None:
        """Have *act* done now; from the board's own thread, right after this turn.

        Raises:
            BoardClosedError: after `close`.
            BoardCrashedError: if the thread has failed.
        """
        if self._closed:
            raise BoardClosedError(f"loopback board {self.path} is closed")
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
            self._port.run(self._woken, self._attend)
        except BaseException as error:  # noqa: BLE001 - kept for check() and close()
            self._error = error
        for _act, done in self._requests:
            done.set_exception(BoardClosedError(f"{self.path} ended meanwhile"))

    def _attend(self, called: bool) -> bool:
        if called:
            os.read(self._woken, 64)
        while self._requests:
            act, done = self._requests.popleft()
            try:
                act()
            except BaseException as error:
                done.set_exception(error)
                raise
            done.set_result(None)
        return not self._closing
