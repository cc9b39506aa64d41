"""Before any case: a real board is seen to stop, at low speed, in each of its ways.

By the stop command, by the one stop byte, and by itself when nobody feeds its lease.
Each motion is short and ends by itself, should nothing of that work.
"""

import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from arduino_actuators.wire import (
    AxisNotice,
    AxisReport,
    BoardEvent,
    Cause,
    Limits,
    StopCategory,
    goto,
    limits,
    move,
    state,
    stop,
)
from arduino_actuators.wire.table import AxisState
from deadstop.boards.serial.talk import Talk
from deadstop.errors import LinkFaultError, NotAtRestError
from deadstop.rig.envelope import Envelope

__all__ = ["StopProof", "Way", "describe", "prove_stops"]

SPEED_SHARE: Final = 10  # a tenth of what the board allows
ENDS_AFTER_S: Final = 2.0  # by itself
LEASE_MS: Final = 300
LONG_LEASE_MS: Final = 2000
UNDER_WAY_S: Final = 0.05
_ANSWERED_WITHIN_S: Final = 1.0
_STANDS_WITHIN_S: Final = 1.5
_LOOK_S: Final = 0.05  # whoever has pressed Ctrl-C does not wait longer than that
_MOTIONS: Final = 65_535
_MS: Final = 1e3


class Way(StrEnum):
    """A way to stop."""

    COMMAND = "command"
    BYTE = "byte"
    LEASE = "lease"


_CAUSES: Final = {
    Way.COMMAND: Cause.STOP,
    Way.BYTE: Cause.BYTE,
    Way.LEASE: Cause.LEASE,
}


@dataclass(frozen=True, slots=True)
class StopProof:
    """One stop that was seen.

    Attributes:
        took_s: from the stop, or from the last renewal of the lease, to the board's
            word that the drive is off, in seconds.
    """

    axis: str
    way: Way
    took_s: float


def describe(proofs: Sequence[StopProof]) -> str:
    """Return on one line what was seen, axis by axis."""
    axes = dict.fromkeys(proof.axis for proof in proofs)
    return "; ".join(
        f"axis {axis} stopped by "
        + ", ".join(
            f"{proof.way} in {proof.took_s * _MS:.0f} ms"
            for proof in proofs
            if proof.axis == axis
        )
        for axis in axes
    )


def prove_stops(
    talk: Talk, axes: Sequence[str], envelope: Envelope, ending: threading.Event
) -> tuple[StopProof, ...]:
    """Move each axis a little, and see it stop in each way; there is a session.

    Args:
        talk: with the board, whose axes are at rest.
        axes: those that will be moved.
        envelope: that this keeps to, too.
        ending: set by another thread, it ends that: what moves is stopped.

    Raises:
        LinkFaultError: one did not stop as it should; it stands now.
        NotAtRestError: one does not stand.
    """
    proofs = []
    for axis in axes:
        try:
            proofs += _Axis(talk, axis, envelope, ending).prove()
        except BaseException:
            _stop_everything(talk, axis)
            raise
    return tuple(proofs)


class _Axis:
    """One axis, while it is tried."""

    def __init__(
        self, talk: Talk, axis: str, envelope: Envelope, ending: threading.Event
    ) -> None:
        self._talk = talk
        self._ending = ending
        self._axis = axis
        top = Limits.from_reply(talk.ask(partial(limits, axis=axis)))
        slow_cps = min(top.max_speed_cps / SPEED_SHARE, envelope.speed_cps)
        self._speed_cps = max(int(slow_cps), 1)
        way_counts = min(self._speed_cps * ENDS_AFTER_S, envelope.travel_counts)
        self._way_counts = max(int(way_counts), 1)
        report = self._state()
        self._motion = report.newest
        self._home_counts = report.position_counts
        talk.wait_boot(0.0)  # what was told of an earlier one is no news

    def prove(self) -> list[StopProof]:
        """Stop it in each way, forwards and backwards in turn, and take it back."""
        ways: tuple[tuple[Way, Callable[[], None]], ...] = (
            (Way.COMMAND, self._command),
            (Way.BYTE, self._byte),
            (Way.LEASE, lambda: None),
        )
        proofs = []
        for number, (way, act) in enumerate(ways):
            direction = -1 if number % 2 else 1
            proofs.append(
                StopProof(self._axis, way, self._stop_by(way, act, direction))
            )
        self._go_back()
        return proofs

    def _stop_by(self, way: Way, act: Callable[[], None], direction: int) -> float:
        lease_ms = LEASE_MS if way is Way.LEASE else LONG_LEASE_MS
        begun_s = time.monotonic()
        self._begin(direction, lease_ms)
        if way is not Way.LEASE:
            time.sleep(UNDER_WAY_S)
            begun_s = time.monotonic()
        act()
        within_s = _ANSWERED_WITHIN_S + (lease_ms / _MS if way is Way.LEASE else 0.0)
        notice = self._wait((BoardEvent.STOPPING, BoardEvent.ARRIVED), within_s)
        took_s = time.monotonic() - begun_s
        if notice is None or notice.cause is not _CAUSES[way]:
            told = (
                "nothing" if notice is None else f"{notice.event} {notice.cause or ''}"
            )
            raise LinkFaultError(
                f"pre-flight: axis {self._axis} of the board at {self._talk.name} did "
                f"not stop by {way} (the board told of {told}): no case is run"
            )
        self._require_standing()
        return took_s

    def _wait(
        self, events: Container[BoardEvent], within_s: float
    ) -> AxisNotice | None:
        """Wait for one of *events*; None if none comes.

        Raises:
            LinkFaultError: somebody has ended the pre-flight, or reset the board.
        """
        until_s = time.monotonic() + within_s
        notice = None
        while notice is None and time.monotonic() < until_s:
            if self._ending.is_set():
                raise LinkFaultError(
                    f"pre-flight: axis {self._axis} of the board at {self._talk.name} "
                    "was stopped: the run was told to end"
                )
            notice = self._talk.wait_axis(self._axis, events, _LOOK_S)
            if (boot := self._talk.wait_boot(0.0)) is not None:
                raise LinkFaultError(
                    f"pre-flight: the board at {self._talk.name} was reset "
                    f"({boot.cause.value}) while axis {self._axis} moved: no case is "
                    "run; of a brownout see to its supply"
                )
        return notice

    def _begin(self, direction: int, lease_ms: int) -> None:
        self._motion = self._motion % _MOTIONS + 1
        self._talk.ask(
            partial(
                move,
                axis=self._axis,
                motion=self._motion,
                lease_ms=lease_ms,
                delta_counts=direction * self._way_counts,
                speed_cps=self._speed_cps,
            )
        )
        started = (BoardEvent.STARTED,)
        if self._wait(started, _ANSWERED_WITHIN_S) is None:
            raise LinkFaultError(
                f"pre-flight: axis {self._axis} of the board at {self._talk.name} was "
                "told to move and did not begin to: is the motors' supply on?"
            )

    def _command(self) -> None:
        self._talk.ask(
            partial(
                stop,
                axis=self._axis,
                motion=self._motion,
                category=StopCategory.REMOVE_POWER,
            )
        )

    def _byte(self) -> None:
        self._talk.send(self._axis.upper().encode("ascii"))

    def _require_standing(self) -> None:
        until_s = time.monotonic() + _STANDS_WITHIN_S
        while (report := self._state()).state is not AxisState.IDLE:
            if time.monotonic() > until_s:
                raise NotAtRestError(
                    f"pre-flight: axis {self._axis} of the board at {self._talk.name} "
                    f"was stopped and is {report.state.value}: CUT ITS POWER"
                )
            time.sleep(UNDER_WAY_S)

    def _go_back(self) -> None:
        self._motion = self._motion % _MOTIONS + 1
        self._talk.ask(
            partial(
                goto,
                axis=self._axis,
                motion=self._motion,
                lease_ms=LONG_LEASE_MS,
                target_counts=self._home_counts,
                speed_cps=self._speed_cps,
            )
        )
        ends = (BoardEvent.ARRIVED, BoardEvent.STOPPED, BoardEvent.FAULT)
        self._wait(ends, LONG_LEASE_MS / _MS)
        self._require_standing()

    def _state(self) -> AxisReport:
        return AxisReport.from_reply(self._talk.ask(partial(state, axis=self._axis)))


def _stop_everything(talk: Talk, axis: str) -> None:
    """Stop, and see that it stands; its guardian is there besides.

    Raises:
        NotAtRestError: it does not.
    """
    try:
        talk.send(b"!")
        report = AxisReport.from_reply(talk.ask(partial(state, axis=axis)))
        until_s = time.monotonic() + _STANDS_WITHIN_S
        while report.state not in (AxisState.IDLE, AxisState.FAULTED):
            if time.monotonic() > until_s:
                break
            report = AxisReport.from_reply(talk.ask(partial(state, axis=axis)))
        else:
            return
    except LinkFaultError:
        pass
    raise NotAtRestError(
        f"pre-flight: axis {axis} of the board at {talk.name} was told to stop, and "
        "does not say that it stands: CUT ITS POWER"
    )
