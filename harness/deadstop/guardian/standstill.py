"""What has to be said to a board until it confirms that it stands; without I/O."""

from dataclasses import dataclass, field
from typing import Final

from arduino_actuators.wire import (
    AxisReport,
    HostDecoder,
    Reply,
    WireError,
    encode_command,
    state,
)
from arduino_actuators.wire.table import AxisState

__all__ = ["STOP_ALL", "Standstill"]

STOP_ALL: Final = b"!"
_SEQUENCE: Final = 256
# An answer to somebody else's question may still be on the line: one is not enough.
_ANSWERS: Final = 2


@dataclass(slots=True)
class Standstill:
    """Stops every axis of one board, and asks until each one stands.

    Send what `next_bytes` returns and feed it what comes back, again and again, until
    `confirmed`. The stop byte goes before every question: half a frame that somebody
    left on the line cannot swallow it, and nothing that comes late can start anew.

    Attributes:
        axes: the letters of the board's axes, at least one.
        told: what the board said last; empty if it said nothing.
    """

    axes: str
    told: str = ""
    _seq: int = 0
    _asked: str = ""
    _stood: dict[str, int] = field(default_factory=dict)
    _decoder: HostDecoder = field(default_factory=HostDecoder)

    @property
    def confirmed(self) -> bool:
        """Whether each axis has said, after the stop, that it stands undriven."""
        return not self._moving

    @property
    def _moving(self) -> str:
        stood = self._stood
        return "".join(one for one in self.axes if stood.get(one, 0) < _ANSWERS)

    def next_bytes(self) -> bytes:
        """Return what to send now: the stop, and a question to what may still move."""
        moving = self._moving
        if not moving:
            return STOP_ALL
        self._seq = (self._seq + 1) % _SEQUENCE
        # In turn, so that an axis that never answers does not hide the others.
        self._asked = moving[self._seq % len(moving)]
        return STOP_ALL + encode_command(state(self._seq, self._asked))

    def feed(self, data: bytes) -> bool:
        """Take what the board said; return whether the question was answered."""
        answered = False
        for item in self._decoder.feed(data):
            if isinstance(item, Reply) and item.seq == self._seq and self._asked:
                try:
                    report = AxisReport.from_reply(item)
                except WireError:
                    continue  # to another question with the same number
                self._take(self._asked, report)
                self._asked = ""
                answered = True
        return answered

    def _take(self, axis: str, report: AxisReport) -> None:
        self.told = f"axis {axis} is {report.state.value}"
        # A faulted axis has its drive off, and may still be coasting.
        coasts = report.state is AxisState.FAULTED and report.speed_cps
        driven = report.state not in (AxisState.IDLE, AxisState.FAULTED)
        still = not (coasts or driven or report.duty_permille)
        self._stood[axis] = self._stood.get(axis, 0) + 1 if still else 0
