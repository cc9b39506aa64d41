"""The line between the component's port and the board, and the harness in between.

What the tap is on the real clock: it hands on, tells, and can hold back what the board
sends. It is also what passes the board's time together with the loop's.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback.witness import Observe
from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import Fact, LinkDecoder, LinkKind, escaped
from deadstop.trace import Event, Scalar, Source
from deadstop.virtual.clock import VirtualLoop
from deadstop.virtual.faults import Faults, Way
from deadstop.virtual.ports import PORTS, VirtualPort

__all__ = ["VirtualLine"]

# What the board sends comes to the host in frames of full-speed USB, once in a
# millisecond (USB 2.0, 8.4.3), as from an Uno's 16U2.
_FRAME_S: Final = 0.001


class VirtualLine:
    """One board at the end of one serial port of virtual time."""

    def __init__(
        self,
        name: str,
        loop: VirtualLoop,
        board: ClockedBoard,
        observe: Observe,
        decode: Callable[[], LinkDecoder] = DeadstopDecoder,
    ) -> None:
        """Plug *board* into the port ``deadstop://NAME`` of this process.

        Args:
            name: of the port.
            loop: whose time it is.
            board: powered on at the loop's present.
            observe: hears each event.
            decode: makes the decoder for this link's wire format.
        """
        self.board = board
        self.faults = Faults(self._tell, decode)
        self.port = PORTS[name] = VirtualPort(name, loop, self)
        self._loop = loop
        self._observe = observe
        self._decoder = decode()
        self._frame = bytearray()  # what has come from the board since the last one
        self._frame_s = math.inf  # when that is handed on
        self._plugged = True
        self._kept = bytearray()
        self._holding = False
        self._wanted: Callable[[Fact], bool] | None = None

    @property
    def path(self) -> str:
        """The serial port to give to the component."""
        return f"deadstop://{self.port.name}"

    # Time (deadstop.virtual.clock.World).

    @property
    def next_wake_s(self) -> float:
        """When the next frame can bring something from the board."""
        late_s = self.faults.next_s
        if self._frame:
            return min(self._frame_s, late_s)
        wake_s = self.board.next_wake_s
        if wake_s == math.inf:
            return late_s
        return min(math.ceil(wake_s / _FRAME_S) * _FRAME_S, late_s)

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*."""
        late_s = self.faults.next_s
        if late_s <= t_s:
            self._advance(late_s)
            way, data = self.faults.take_late()
            if way is Way.TO_BOARD:
                self.board.put(data)
            else:
                self._from_board(data, late_s)
        self._advance(t_s)

    def _advance(self, t_s: float) -> None:
        self.board.advance(t_s)
        data = self.board.take()
        if data:
            if not self._frame:
                self._frame_s = math.ceil(t_s / _FRAME_S) * _FRAME_S
            self._frame += data
        if self._frame_s <= t_s:
            self._frame_s = math.inf
            data = self.faults.pass_on(Way.FROM_BOARD, bytes(self._frame), t_s)
            self._frame.clear()
            if data:
                self._from_board(data, t_s)

    # The port's far end (deadstop.virtual.ports.Line).

    def opened(self) -> None:
        """Tell that the component has opened the port."""
        self._tell(LinkKind.OPENED, self._loop.time(), uncertain_ms=0.0)

    def closed(self) -> None:
        """Tell that it has closed the port."""
        self._kept.clear()
        self._tell(LinkKind.CLOSED, self._loop.time())

    def send(self, data: bytes) -> None:
        """Put *data* on the line, behind what is crossing it."""
        t_s = self._loop.time()
        if not data:
            return
        self._tell(LinkKind.TX, t_s, **_shown(data))
        facts = self._decoder.from_component(data)
        for fact in facts:
            self._tell(fact.kind, t_s, **fact.data)
        if self._is_wanted(facts):
            self._holding = True
            self._tell(LinkKind.HELD, t_s, by="message to the board")
        if t_s > self.board.now_s:
            self.advance(t_s)
        data = self.faults.pass_on(Way.TO_BOARD, data, t_s)
        if data:
            self.board.put(data)

    @property
    def unsent_bytes(self) -> int:
        """How many bytes have not crossed the line."""
        return self.board.queued_bytes + self.faults.late_bytes(Way.TO_BOARD)

    def _from_board(self, data: bytes, t_s: float) -> None:
        facts = self._decoder.from_board(data)
        begins = self._is_wanted(facts)
        self._holding = self._holding or begins
        is_open = self._plugged and self.port.is_open
        if self._holding and is_open:
            self._kept += data
        elif is_open:
            self.port.receive(data)
        self._tell(
            LinkKind.RX,
            t_s,
            **_shown(data),
            held=self._holding,
            lost_bytes=0 if is_open else len(data),
        )
        for fact in facts:
            self._tell(fact.kind, t_s, **fact.data)
        if begins:
            self._tell(LinkKind.HELD, t_s, by="message from the board")

    # For the judge, as the tap has it.

    def hold_when(self, wanted: Callable[[Fact], bool]) -> None:
        """Hold, once, from the first message that is *wanted*."""
        self._wanted = wanted

    def release(self) -> None:
        """Hand on what was held; also ends the waiting of `hold_when`."""
        self._wanted = None
        if self._holding:
            self._holding = False
            data = bytes(self._kept)
            self._kept.clear()
            self.port.receive(data)
            self._tell(LinkKind.RELEASED, self._loop.time(), released_bytes=len(data))

    def unplug(self) -> None:
        """Take the component's port away, for good."""
        if self._plugged:
            self._plugged = False
            self.port.unplug()
            self._kept.clear()
            self.faults.drop_late()
            self._tell(
                LinkKind.UNPLUGGED,
                self._loop.time(),
                side="component",
                why="on purpose",
            )

    def _is_wanted(self, facts: Sequence[Fact]) -> bool:
        if self._wanted is not None and any(map(self._wanted, facts)):
            self._wanted = None
            return True
        return False

    def _tell(self, kind: LinkKind, t_s: float, /, **data: Scalar) -> None:
        self._observe(Event(t_s, Source.LINK, kind.value, data))


def _shown(data: bytes) -> dict[str, Scalar]:
    return {"hex": data.hex(), "text": escaped(data)}
