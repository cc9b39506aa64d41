"""Takes an arm back to where a case began, before the next one begins.

A simulated arm is a new one for each case; a real one stands where the last case left
it, and would creep from case to case until a limit switch ends that.
"""

import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from arduino_actuators.wire import (
    AxisReport,
    BoardEvent,
    Cause,
    Limits,
    StopCategory,
    halt,
    keep,
    limits,
    line,
    state,
    zero,
)
from deadstop.boards.serial.talk import Talk
from deadstop.errors import LinkFaultError

__all__ = ["declare_zero", "go_to"]

# Slowly: nobody strikes here, and it is the way back from what may have gone wrong.
_SPEED_SHARE: Final = 4
_LEASE_MS: Final = 1000  # on a busy machine, too
_KEPT_EVERY_S: Final = 0.1
_ARRIVED_WITHIN_S: Final = 30.0
_MOTIONS: Final = 65_535


def go_to(
    talk: Talk, axes: str, targets_counts: Sequence[int], ending: threading.Event
) -> None:
    """Move the joints together, straight, to *targets_counts*; there is a session.

    Args:
        talk: with the board.
        axes: the letters of its three axes.
        targets_counts: as the board counts.
        ending: set by another thread, it stops them.

    Raises:
        LinkFaultError: the board refuses, or does not arrive; it is stopped then.
    """
    try:
        motion = _begin(talk, axes, targets_counts)
        until_s = time.monotonic() + _ARRIVED_WITHIN_S
        while talk.wait_event(BoardEvent.ARRIVED, _KEPT_EVERY_S) is None:
            _require_going(talk, until_s, ending)
            _feed(talk, axes[0], motion)
    except BaseException:
        talk.ask(partial(halt, category=StopCategory.REMOVE_POWER))
        raise


def _begin(talk: Talk, axes: str, targets_counts: Sequence[int]) -> int:
    """Begin to move, and return the motion's number."""
    top = Limits.from_reply(talk.ask(partial(limits, axis=axes[0])))
    used = [
        AxisReport.from_reply(talk.ask(partial(state, axis=axis))).newest
        for axis in axes
    ]
    motion = max(used) % _MOTIONS + 1
    a_counts, b_counts, c_counts = targets_counts
    command = partial(
        line,
        motion=motion,
        lease_ms=_LEASE_MS,
        targets=(a_counts, b_counts, c_counts),
        speed_cps=max(top.max_speed_cps // _SPEED_SHARE, 1),
        accel_cps2=max(top.accel_cps2 // _SPEED_SHARE, 1),
    )
    talk.ask(command)
    return motion


def _feed(talk: Talk, axis: str, motion: int) -> None:
    """Renew the lease, unless the motion has just come to its end."""
    try:
        talk.ask(partial(keep, axis=axis, motion=motion))
    except LinkFaultError as error:
        report = AxisReport.from_reply(talk.ask(partial(state, axis=axis)))
        if report.cause is not Cause.ARRIVED:
            raise _not_back(talk, f"the board ended it ({report.cause})") from error


def _require_going(talk: Talk, until_s: float, ending: threading.Event) -> None:
    if ending.is_set():
        why = "it was told to stop"
    elif time.monotonic() > until_s:
        why = f"it did not arrive within {_ARRIVED_WITHIN_S:g} s"
    else:
        return
    raise _not_back(talk, why)


def _not_back(talk: Talk, why: str) -> LinkFaultError:
    return LinkFaultError(
        f"the arm at {talk.name} is not back at where the last case began: {why}"
    )


def declare_zero(talk: Talk, axes: str) -> None:
    """Have the board, which must be at rest, call its present positions 0.

    Raises:
        LinkFaultError: it refuses, or does not answer.
    """
    for axis in axes:
        talk.ask(partial(zero, axis=axis, position_counts=0))
