"""How fast a board's clock runs, of this machine's: asked for a while at its port."""

import os
import select
import time
from typing import Final

from arduino_actuators.wire import QUERY
from deadstop.boards.serial.board_clock import Drift
from deadstop.boards.serial.witness import ReportWitness
from deadstop.errors import LinkFaultError
from deadstop.link.decoder import LinkKind
from deadstop.trace import Event, Source

__all__ = ["measure_drift"]

# An exchange is sure to a millisecond or so: over so long that is 0.03 %.
WATCHED_S: Final = 3.0
_ANSWERED_WITHIN_S: Final = 1.0
_READ_BYTES: Final = 4096


def _unseen(_event: Event) -> None:
    pass


def measure_drift(
    fd: int, axes: str, baud: int, watched_s: float = WATCHED_S
) -> Drift | None:
    """Ask the board at *fd* what its clock says, again and again.

    Args:
        fd: its port, which nobody else reads meanwhile.
        axes: the letters of its axes.
        baud: of the line.
        watched_s: for how long.

    Returns:
        What was found; None if the board does not tell its clock.

    Raises:
        LinkFaultError: the port fails.
    """
    witness = ReportWitness(axes, 1, baud, _unseen)
    until_s = time.monotonic() + watched_s
    try:
        while (asked_s := time.monotonic()) < until_s:
            witness.asks(asked_s)
            os.write(fd, QUERY)
            if not _hear_answer(fd, witness, asked_s):
                break
    except OSError as error:
        raise LinkFaultError(f"asking for the board's clock: {error}") from error
    return witness.drift


def _hear_answer(fd: int, witness: ReportWitness, asked_s: float) -> bool:
    """Read until the question of *asked_s* is answered; False if it never is."""
    while (left_s := asked_s + _ANSWERED_WITHIN_S - time.monotonic()) > 0:
        if select.select([fd], [], [], left_s)[0]:
            data = os.read(fd, _READ_BYTES)
            t_s = time.monotonic()
            if not data:
                return False
            rx = {"hex": data.hex()}
            witness.hear(Event(t_s, Source.LINK, LinkKind.RX.value, rx))
        if witness.wait_answer(asked_s - 1e-9, 0.0):
            return True
    return False
