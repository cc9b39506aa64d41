"""The harness's place in the middle of the link: it hands bytes on, and tells."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

from deadstop.errors import LinkFaultError
from deadstop.link.board_end import BoardEnd
from deadstop.link.component_end import ComponentEnd
from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import Fact, LinkDecoder, LinkKind, in_full
from deadstop.trace import Event, Scalar, Source

__all__ = ["Tap"]

READ_BYTES: Final = 4096  # a tty hands out no more at once (Linux, N_TTY_BUF_SIZE)
CLOSED_LOOK_S: Final = 0.005  # nothing tells that a pty was opened: look this often
WRITTEN_WITHIN_S: Final = 0.5  # 90 frames of 64 bytes at 115200 baud
JOINED_WITHIN_S: Final = 2.0
_BOARD_EVENTS: Final = select.EPOLLIN
# Edge-triggered: a pty that nobody has open reports its hang-up for ever.
_COMPONENT_EVENTS: Final = select.EPOLLIN | select.EPOLLET
_HUNG_UP: Final = select.EPOLLHUP | select.EPOLLERR


class Tap:
    """A pseudo-terminal for the component, joined to the board's serial path.

    One thread hands bytes on both ways, the moment they can be read; only then are
    they decoded and told to *observe*. What the board does not take stays in the
    component's own port, as on a plain link, where its `tcflush` can still drop it.
    What the component does not take is kept, up to 64 KiB, so that a hung one does
    not hide the board; what no longer fits is lost, as in a real port, which is told.

    While nobody has the component's port open, bytes from the board are lost. Its
    opening does not reset a real board by DTR, as it would on a plain link. A process
    forked while the tap is open shares its descriptors, so `unplug` then goes
    unnoticed: fork first, or exec.
    """

    def __init__(
        self,
        board_path: str,
        baud: int,
        observe: Callable[[Event], None],
        decode: Callable[[], LinkDecoder] = DeadstopDecoder,
        *,
        board_fd: int = -1,
        board_end: Callable[[str, int, int], BoardEnd] = BoardEnd,
    ) -> None:
        """Prepare; `start` opens both ends.

        Args:
            board_path: the board's serial port, or the pty of a simulated one.
            baud: of the board's port; a pty ignores it.
            observe: hears each event, in the tap's thread, or a caller's for what it
                did. The link waits: it must be quick, and not call `close`.
            decode: makes the decoder for this link's wire format.
            board_fd: the master of a pty whose port the board has; the caller's.
            board_end: makes the board's end, from its path, baud and that master.
        """
        self._board = board_end(board_path, baud, board_fd)
        self._observe = observe
        self._decoder = decode()  # only the tap's thread feeds it
        self._lock = threading.Lock()  # the descriptors and all that is queued
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)
        self._epoll: select.epoll
        self._wake = -1
        self._component = ComponentEnd()
        self._open = False  # somebody has the component's port open
        self._hung_up = False  # it was closed; what was written before may be unread
        self._readable = False  # the component's port may hold bytes
        self._looked_s = 0.0
        self._awaited: set[int] = set()  # descriptors that had no room
        self._holding = self._ending = False
        self._wanted: Callable[[Fact], bool] | None = None
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> str:
        """The serial port to give to the component.

        Raises:
            RuntimeError: the tap was not started.
        """
        if not self._component.path:
            raise RuntimeError("a tap has a path only once it was started")
        return self._component.path

    def start(self) -> None:
        """Open both ends and begin to hand on.

        Raises:
            BoardAbsentError: there is no such port, or it cannot be opened.
            RigBusyError: another process has it open.
        """
        self._board.open()
        self._component.open()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)
        self._epoll.register(self._board.fd, _BOARD_EVENTS)
        self._epoll.register(self._component.fd, _COMPONENT_EVENTS)
        self._epoll.poll(0)  # the hang-up that we made ourselves
        self._looked_s = time.monotonic()
        self._thread.start()

    def close(self) -> None:
        """End the thread and close everything; harmless when already closed.

        Raises:
            LinkFaultError: *observe* does not return; the descriptors stay open.
        """
        if self._wake < 0:
            self._board.close()
            return
        self._ending = True
        os.eventfd_write(self._wake, 1)
        self._thread.join(JOINED_WITHIN_S)
        if self._thread.is_alive():
            raise LinkFaultError(
                f"the tap on {self._board.path} did not end within "
                f"{JOINED_WITHIN_S:g} s: its listener does not return"
            )
        with self._lock:
            self._cut()
            self._component.release()
            self._board.close()
            self._epoll.close()
            os.close(self._wake)
            self._wake = -1

    def check(self) -> None:
        """Raise what went wrong, if anything did.

        Raises:
            LinkFaultError: the board's side failed, or an event could not be told.
        """
        if self._error is not None:
            text = f"link to {self._board.path}: {self._error}"
            raise LinkFaultError(text) from self._error

    # For the judge; from any thread

    def inject(self, data: bytes, within_s: float = WRITTEN_WITHIN_S) -> None:
        """Write *data* to the board at once, on behalf of the harness.

        What was queued towards the board is dropped. The tap's thread has no part
        in it: this works even when that hangs.

        Raises:
            LinkFaultError: they could not be written within *within_s*.
        """
        with self._lock:
            try:
                dropped_bytes = self._board.drop_queued()
                if dropped_bytes:
                    dropped_bytes += self._component.drop_unread()
                self._board.write_now(data, within_s)
            except OSError as error:
                raise LinkFaultError(
                    f"{data!r} was not sent to {self._board.path}: {error.strerror}; "
                    "the motor may still be moving: cut motor power"
                ) from error
            t_s = time.monotonic()
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)
        self._tell(LinkKind.INJECTED, t_s, **in_full(data), dropped_bytes=dropped_bytes)

    def slip_in(self, data: bytes) -> None:
        """Write *data* behind what is queued for the board, and tell nothing of it.

        Raises:
            OSError: the port is gone.
        """
        with self._lock:
            self._send_to_board(data)

    def hold(self) -> None:
        """Keep back what the board sends, in order, until `release`."""
        with self._lock:
            self._holding = True
        self._tell(LinkKind.HELD, by="hold")

    def hold_when(self, wanted: Callable[[Fact], bool]) -> None:
        """Hold, once, from the first message that is *wanted*.

        One from the board is itself held, with the rest of the chunk that completed
        it. Behind one from the component all that comes is held: its answer is.

        Args:
            wanted: called for each message either way, in the tap's thread, until
                it first says True. Replaces one that still waits.
        """
        self._wanted = wanted

    def release(self) -> None:
        """Hand on what was held; also ends the waiting of `hold_when`."""
        self._wanted = None
        with self._lock:
            held, self._holding = self._holding, False
            released_bytes = self._component.kept
            self._send_kept()
        if held:
            self._tell(LinkKind.RELEASED, released_bytes=released_bytes)

    def unplug(self) -> None:
        """Take the component's port away, as if its cable was pulled; for good."""
        with self._lock:
            was_there = self._component.fd >= 0
            self._cut()
        if was_there:
            self._tell(LinkKind.UNPLUGGED, side="component", why="on purpose")

    # The tap's thread

    def _run(self) -> None:
        try:
            while not self._ending:
                self._turn()
        except Exception as error:  # noqa: BLE001 - of any: the component must see it
            self._error = self._error or error
            with self._lock:
                self._cut()
                self._board.close(str(error))
            self._tell(LinkKind.UNPLUGGED, side="board", why=str(error))

    def _turn(self) -> None:
        timeout_s = None
        if self._readable and not self._board.queued:
            timeout_s = 0.0
        elif not self._open and self._component.fd >= 0:
            timeout_s = CLOSED_LOOK_S
        for fd, events in self._epoll.poll(timeout_s):
            hung_up = bool(events & _HUNG_UP)
            if fd == self._wake:
                os.eventfd_read(fd)
            elif fd == self._board.fd:
                with self._lock:
                    self._send_to_board(b"")  # what is queued, if anything
                if hung_up or events & select.EPOLLIN:
                    self._from_board(hung_up=hung_up)
            elif fd == self._component.fd:
                self._readable = True
                self._hung_up = self._hung_up or hung_up
                with self._lock:
                    self._send_kept()
        if self._readable and not self._board.queued:
            self._from_component()
        if not self._open:
            self._look()

    def _from_component(self) -> None:
        with self._lock:
            data = self._component.read(READ_BYTES)
            t_s = time.monotonic()
            if data:
                self._send_to_board(data)
        if not data:
            self._readable = False
            if self._hung_up:
                self._closed(t_s)
            return
        if not self._open:
            self._opened(t_s)
        self._tell(LinkKind.TX, t_s, **in_full(data))
        facts = self._decode(self._decoder.from_component, data)
        for fact in facts:
            self._tell(fact.kind, t_s, **fact.data)
        if self._is_wanted(facts):
            with self._lock:
                self._holding = True
            self._tell(LinkKind.HELD, by="message to the board")

    def _from_board(self, *, hung_up: bool) -> None:
        with self._lock:
            data = self._board.read(READ_BYTES)
        t_s = time.monotonic()
        if not data:
            if hung_up:
                raise LinkFaultError("the board's side was unplugged")
            return
        if not self._open:
            self._look()
        # The one case in which the bytes wait for the decoder.
        awaited = self._wanted is not None
        facts = self._decode(self._decoder.from_board, data) if awaited else ()
        begins = self._is_wanted(facts)
        with self._lock:
            self._holding = held = self._holding or begins
            lost_bytes = self._send_to_component(data)
        self._tell(LinkKind.RX, t_s, **in_full(data), held=held, lost_bytes=lost_bytes)
        if lost_bytes and self._open:
            self._tell(LinkKind.OVERFLOW, t_s, lost_bytes=lost_bytes)
        if not awaited:
            facts = self._decode(self._decoder.from_board, data)
        for fact in facts:
            self._tell(fact.kind, t_s, **fact.data)
        if begins:
            self._tell(LinkKind.HELD, t_s, by="message from the board")

    # The component's port

    def _look(self) -> None:
        """See whether somebody has opened the component's port."""
        t_s = time.monotonic()
        with self._lock:
            if self._component.unused:
                self._looked_s = t_s
                return
        self._opened(t_s)

    def _opened(self, t_s: float) -> None:
        with self._lock:
            self._open = self._component.fd >= 0
        uncertain_ms = round(max(t_s - self._looked_s, 0.0) * 1e3, 3)
        self._tell(LinkKind.OPENED, t_s, uncertain_ms=uncertain_ms)

    def _closed(self, t_s: float) -> None:
        self._hung_up = False
        if not self._open:  # opened and closed since the last look
            self._opened(t_s)
        with self._lock:
            self._open = False
            self._component.drop_kept()
            self._looked_s = t_s
        self._tell(LinkKind.CLOSED, t_s)

    def _cut(self) -> None:
        """Close the component's port; it sees an unplug. The lock is held."""
        if self._component.fd >= 0:
            self._epoll.unregister(self._component.fd)
            self._awaited.discard(self._component.fd)
            self._component.close()
            self._open = self._readable = self._hung_up = False

    def _send_to_component(self, data: bytes) -> int:
        """Hand on or keep *data*; return how many of its bytes are lost."""
        if not self._open:
            return len(data)
        lost_bytes = self._component.keep(data)
        self._send_kept()
        return lost_bytes

    def _send_kept(self) -> None:
        fd = self._component.fd
        if fd >= 0 and not self._holding:
            self._component.send_kept()
            self._await_room(fd, _COMPONENT_EVENTS, wait=self._component.kept > 0)

    def _send_to_board(self, data: bytes) -> None:
        self._board.write(data)
        self._await_room(self._board.fd, _BOARD_EVENTS, wait=self._board.queued > 0)

    def _await_room(self, fd: int, events: int, *, wait: bool) -> None:
        """Have the thread woken, or no longer, when *fd* can be written."""
        if wait != (fd in self._awaited):
            self._awaited ^= {fd}
            self._epoll.modify(fd, events | (select.EPOLLOUT if wait else 0))

    def _decode(
        self, decode: Callable[[bytes], Sequence[Fact]], data: bytes
    ) -> Sequence[Fact]:
        with self._surviving():
            return decode(data)
        return ()

    def _is_wanted(self, facts: Sequence[Fact]) -> bool:
        wanted = self._wanted
        with self._surviving():
            if wanted is not None and any(map(wanted, facts)):
                self._wanted = None
                return True
        return False

    def _tell(
        self, kind: LinkKind, t_s: float | None = None, /, **data: Scalar
    ) -> None:
        stamp_s = time.monotonic() if t_s is None else t_s
        with self._surviving():
            self._observe(Event(stamp_s, Source.LINK, kind.value, data))

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """Note what a decoder or listener raises for `check`; the link goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a stop must still get through
            self._error = self._error or error
