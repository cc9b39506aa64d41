"""What the tap can be made to do to a component's messages, so that laws are broken.

For `deadstop run --prove-red`: a harness that has not been seen to go red on a rig has
proven nothing there.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from deadstop.link.board_end import CLOSED, BoardEnd
from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import Fact, LinkDecoder, LinkKind
from deadstop.link.tap import Tap
from deadstop.trace import Event

__all__ = ["LinkHarm", "harmed"]


# Since the last stop: one of what does not move yet is confirmed within a few ms.
OVER_S: Final = 0.05


class LinkHarm(StrEnum):
    """One harm, done all the time."""

    STOPS_LOST = "stops-lost"  # no stop of the component's gets to the board
    MOTION_LATE = "motion-late"  # its first motion gets there long after its stop


def harmed(
    harm: LinkHarm | None,
    board_path: str,
    baud: int,
    observe: Callable[[Event], None],
    decode: Callable[[], LinkDecoder] = DeadstopDecoder,
    *,
    board_fd: int = -1,
) -> Tap:
    """Return a tap that does *harm*; with None one that does none.

    What the harness itself injects gets through in any case.
    """
    if harm is None:
        return Tap(board_path, baud, observe, decode, board_fd=board_fd)
    ends: Final = {LinkHarm.STOPS_LOST: _WithoutStops, LinkHarm.MOTION_LATE: _Late}

    def board_end(path: str, baud: int, fd: int) -> BoardEnd:
        return ends[harm](path, baud, fd, decode())

    if harm is LinkHarm.STOPS_LOST:
        return Tap(
            board_path,
            baud,
            observe,
            lambda: _Deaf(decode()),
            board_fd=board_fd,
            board_end=board_end,
        )
    return Tap(
        board_path, baud, observe, decode, board_fd=board_fd, board_end=board_end
    )


def _kinds(facts: Sequence[Fact]) -> frozenset[LinkKind]:
    return frozenset(fact.kind for fact in facts)


class _Deaf:
    """A decoder that does not tell of stops: they never reach the wire."""

    def __init__(self, decoder: LinkDecoder) -> None:
        self._decoder = decoder

    def from_component(self, data: bytes) -> Sequence[Fact]:
        """Return what *data* says besides stops."""
        facts = self._decoder.from_component(data)
        return [fact for fact in facts if fact.kind is not LinkKind.STOP]

    def from_board(self, data: bytes) -> Sequence[Fact]:
        """Return what *data* says."""
        return self._decoder.from_board(data)


class _WithoutStops(BoardEnd):
    """Drops every read in which there is a stop, with whatever else is in it."""

    def __init__(self, path: str, baud: int, fd: int, decoder: LinkDecoder) -> None:
        super().__init__(path, baud, fd)
        self._decoder = decoder

    def write(self, data: bytes) -> None:
        """Write *data*, unless a stop is in it."""
        if LinkKind.STOP in _kinds(self._decoder.from_component(data)):
            data = b""
        super().write(data)


class _Late(BoardEnd):
    """Keeps the first motion back, until all that is about its stop is over."""

    def __init__(self, path: str, baud: int, fd: int, decoder: LinkDecoder) -> None:
        super().__init__(path, baud, fd)
        self._decoder = decoder
        self._kept = b""
        self._kept_once = False
        self._timer: threading.Timer | None = None

    def write(self, data: bytes) -> None:
        """Write *data*, or keep it back."""
        kinds = _kinds(self._decoder.from_component(data))
        if not self._kept_once and LinkKind.MOTION in kinds:
            self._kept, data = data, b""
            self._kept_once = True
        elif self._kept and LinkKind.STOP in kinds:
            self._give_up()
            self._timer = threading.Timer(OVER_S, self._release)
            self._timer.start()
        super().write(data)

    def close(self, why: str = CLOSED) -> None:
        """Close the port; what was kept back is dropped."""
        self._give_up()
        super().close(why)

    def _give_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def _release(self) -> None:
        # In a thread of its own: the link has been quiet for a while, so that a whole
        # frame goes out at once, between two others.
        kept, self._kept = self._kept, b""
        with contextlib.suppress(OSError):
            os.write(self.fd, kept)
