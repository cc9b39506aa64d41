"""A clocked board behind a pseudo-terminal, kept in step with the real clock.

The one loop for every simulation: `LoopbackBoard` runs it in a thread of the judge's,
`AvrBoard` in a process of its own.
"""

import contextlib
import os
import select
import time
import tty
from collections.abc import Callable
from typing import Final

from deadstop.boards.clocked import ClockedBoard

__all__ = ["PacedPort"]

# What the host has written beyond this waits in the kernel, where the host can still
# take it back: the depth of a 16550's transmit FIFO.
_LINE_BYTES: Final = 16


class PacedPort:
    """A pseudo-terminal with a clocked board at its far end.

    Simulated time never runs ahead of CLOCK_MONOTONIC, and no error adds up: every
    turn brings the board to the instant at which the turn began. So it lags by the
    length of a turn at most, and a byte is never offered to the board before the
    instant at which the host wrote it.
    """

    def __init__(self, board: ClockedBoard, *, least_turn_s: float = 0.0) -> None:
        """Open a pseudo-terminal for *board*; `run` brings it to life.

        Args:
            board: powered on just now.
            least_turn_s: how long to let it lag before it is brought to the present,
                for a board that has something to do all the time. What the host
                writes and what the owner asks begin a turn at once. Less than the
                line's buffer lasts (16 bytes: 1.4 ms at 115,200 baud), or it runs dry.
        """
        self._board = board
        self._least_turn_s = least_turn_s
        self._wake_s = float("inf")
        self._worst_lateness_s = 0.0
        self._spoken_to = False
        self._master: int | None = None
        self._slave = -1
        self._path = ""
        self.plug()

    @property
    def path(self) -> str:
        """The slave of the pseudo-terminal, also once it is closed."""
        return self._path

    @property
    def worst_lateness_s(self) -> float:
        """By how much a turn came late for what was due in it, at worst so far."""
        return self._worst_lateness_s

    def run(self, inbox: int, attend: Callable[[bool], bool]) -> None:
        """Keep the board in step until told to end.

        Args:
            inbox: a descriptor; the loop wakes up while it can be read.
            attend: called at the end of each turn, when the board has just been
                brought to the present, with whether *inbox* can be read; False ends
                the loop.

        Raises:
            BoardError: the simulation failed; what *attend* raises comes through too.
        """
        called = False
        while True:
            self._turn()
            if not attend(called):
                return
            called = self._sleep(inbox)

    def plug(self) -> None:
        """Open a new pseudo-terminal in place of the one there was, if any."""
        self.hang_up()
        # The board holds the slave open too: without that, reading the master fails
        # with EIO whenever no host has the port open, and select would spin on it.
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path = os.ttyname(self._slave)

    def hang_up(self) -> None:
        """Close the pseudo-terminal; a second call does nothing."""
        if self._master is not None:
            os.close(self._master)
            os.close(self._slave)
            self._master = None

    def _turn(self) -> None:
        board = self._board
        data = self._read() if self._spoken_to else b""
        now_s = time.monotonic()  # after the read: nothing is heard before it is said
        self._worst_lateness_s = max(self._worst_lateness_s, now_s - self._wake_s)
        board.advance(now_s)
        if data:
            board.put(data)
        self._write(board.take())

    def _sleep(self, inbox: int) -> bool:
        """Sleep until something is due or said; return whether *inbox* can be read."""
        # select and not asyncio: epoll's timeout is rounded up to a millisecond,
        # which is twelve bytes at 115,200 baud.
        sources = [inbox]
        if self._master is not None and self._room_bytes > 0:
            sources.append(self._master)
        self._wake_s = max(
            self._board.next_wake_s, self._board.now_s + self._least_turn_s
        )
        wait_s = max(0.0, self._wake_s - time.monotonic())
        readable, _, _ = select.select(
            sources, [], [], None if wait_s == float("inf") else wait_s
        )
        self._spoken_to = self._master in readable
        return inbox in readable

    @property
    def _room_bytes(self) -> int:
        return _LINE_BYTES - self._board.queued_bytes

    def _read(self) -> bytes:
        if self._master is not None:
            with contextlib.suppress(BlockingIOError):  # the host has taken it back
                return os.read(self._master, self._room_bytes)
        return b""

    def _write(self, data: bytes) -> None:
        if data and self._master is not None:
            with contextlib.suppress(BlockingIOError):  # nobody reads: lost, as on wire
                os.write(self._master, data)
