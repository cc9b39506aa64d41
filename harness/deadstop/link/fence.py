"""The envelope of a real board: what goes beyond it never leaves this machine.

A component's bytes go through as they come, but for the last one of each frame: that
one waits until the frame has been read. Behind a frame that asks for too much comes, in
its place, a new frame's beginning, so that the board drops this one, and a stop byte.
"""

import re
import time
from collections.abc import Callable
from typing import Final

from arduino_actuators.wire import BoardDecoder, Command, Received
from arduino_actuators.wire.table import MOTION_VERBS, Verb
from deadstop.link.board_end import BoardEnd
from deadstop.rig.envelope import Envelope

__all__ = ["Fence", "fenced"]

# Ends of a frame; the rest of what was read stays together.
_PIECES: Final = re.compile(rb"[^\r\n]*[\r\n]|[^\r\n]+")
_INSTEAD: Final = b":!"


class Fence(BoardEnd):
    """A board's end that nothing beyond the envelope gets through.

    What the harness itself injects does. Once something was refused, no motion of the
    component's gets through any more.
    """

    def __init__(
        self,
        path: str,
        baud: int,
        master: int,
        envelope: Envelope,
        refused: Callable[[str], None],
    ) -> None:
        """Prepare; *refused* is told, in words, what was asked for too much."""
        super().__init__(path, baud, master)
        self._envelope = envelope
        self._refused = refused
        self._decoder = BoardDecoder()
        self._begun_s: dict[str | None, float] = {}  # the motion of an axis
        self._broken = False

    def write(self, data: bytes) -> None:
        """Write what of *data* is within the envelope; stops are, always."""
        super().write(b"".join(map(self._allowed, _PIECES.findall(data))))

    def _allowed(self, piece: bytes) -> bytes:
        for item in self._decoder.feed(piece):
            if isinstance(item, Received) and (why := self._beyond(item.command)):
                if not self._broken:
                    self._broken = True
                    self._refused(why)
                return piece.rstrip(b"\r\n") + _INSTEAD
        return piece

    def _beyond(self, command: Command) -> str:
        verb = command.verb.value
        if command.verb in MOTION_VERBS:
            self._begun_s[command.axis] = time.monotonic()
        if command.verb in MOTION_VERBS | {Verb.VIA, Verb.KEEP} and self._broken:
            return f"`{verb}` after what had been refused"
        if command.verb is Verb.KEEP:
            begun_s = self._begun_s.get(command.axis) or self._begun_s.get(None)
            fed_s = time.monotonic() - begun_s if begun_s else 0.0
            if fed_s > self._envelope.motion_s:
                return (
                    f"a motion of {fed_s:.1f} s, and {self._envelope.motion_s:g} s are "
                    "allowed"
                )
            return ""
        beyond = self._envelope.beyond(command)
        axis = f" of axis {command.axis}" if command.axis else ""
        return f"`{verb}`{axis} asked for {beyond}" if beyond else ""


def fenced(
    envelope: Envelope, refused: Callable[[str], None]
) -> Callable[[str, int, int], BoardEnd]:
    """Return what makes the board's end of a tap, within *envelope*."""

    def board_end(path: str, baud: int, master: int) -> BoardEnd:
        return Fence(path, baud, master, envelope, refused)

    return board_end
