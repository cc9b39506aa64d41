"""The host falls silent at every moment of a motion; the pins must go dead in time."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from arduino_actuators.wire import (
    AxisReport,
    AxisState,
    StopCategory,
    move,
    spin,
    stop,
)
from deadstop.deadman.host import DeadmanHost, RefusedError
from deadstop.deadman.results import (
    TOLERANCE_S,
    MomentResult,
    Spread,
    dead_in_time,
)

__all__ = ["DeadmanMoment", "Silence", "prove_moment"]

_WATCH_S: Final = 0.25
_COMES_WITHIN_S: Final = 3.0
_FEED_SHARE: Final = 0.4  # of the lease: one late renewal is no harm
_POLL_S: Final = 0.002
_ACCELERATES_S: Final = 0.2  # to the speed of the motion; four of the shortest leases
_CRUISES_S: Final = 0.1
# Of the motion's speed: with this much left of the ramp the lease runs out on it.
_ACCELERATING: Final = 0.4
_CRUISE: Final = 0.95
_DECELERATING: Final = 0.8


class DeadmanMoment(StrEnum):
    """Where in a motion the host falls silent."""

    BEFORE_FIRST_ACK = "before-first-ack"
    ACCELERATING = "accelerating"
    CRUISE = "cruise"
    DECELERATING = "decelerating"
    STOPPING = "category-1-stop"
    HOLDING = "holding"


class Silence(StrEnum):
    """How the host falls silent."""

    FROZEN = "host-frozen"  # between two frames; the link is as it was
    CUT = "link-cut"  # in the midst of a renewal, half of which arrives


class _Course:
    """One motion, up to its moment."""

    def __init__(self, host: DeadmanHost, axis: str, lease_ms: int) -> None:
        self._host = host
        self._axis = axis
        self._lease_ms = lease_ms
        limits = host.limits
        self._speed_cps = int(
            min(limits.max_speed_cps * 0.8, limits.accel_cps2 * _ACCELERATES_S)
        )
        ramp_s = self._speed_cps / limits.accel_cps2
        self._way_counts = int(self._speed_cps * (ramp_s + _CRUISES_S))

    def fall_silent(
        self, moment: DeadmanMoment, silence: Silence, phase_s: float
    ) -> float:
        """Bring the axis there and fall silent; return when the last renewal ended.

        Raises:
            RefusedError: the board does not let it come there.
        """
        host = self._host
        if moment is DeadmanMoment.BEFORE_FIRST_ACK:
            command = spin(
                host.seq(),
                self._axis,
                host.next_motion(),
                self._lease_ms,
                self._speed_cps,
            )
        else:
            self._come_to(moment)
            command = host.keep()
        last_s = host.put(command, ending_s=host.ending_at(phase_s, command))
        host.advance(last_s)
        if silence is Silence.CUT:
            if moment is DeadmanMoment.BEFORE_FIRST_ACK:
                host.advance(last_s + _POLL_S / 10)  # the answer has begun
                host.cut()
            else:
                host.advance(last_s + self._lease_ms / 2000)
                host.cut_in_the_midst_of(host.keep())
        return last_s

    def _come_to(self, moment: DeadmanMoment) -> None:
        host, axis, lease_ms = self._host, self._axis, self._lease_ms
        number = host.next_motion()
        speed_cps = self._speed_cps
        if moment is DeadmanMoment.DECELERATING:
            way_counts = self._way_counts
            host.ask(move(host.seq(), axis, number, lease_ms, way_counts, speed_cps))
        else:
            host.ask(spin(host.seq(), axis, number, lease_ms, speed_cps))
        if moment is DeadmanMoment.ACCELERATING:
            self._until(lambda r: r.speed_cps >= speed_cps * _ACCELERATING)
            return
        self._until(lambda r: r.speed_cps >= speed_cps * _CRUISE)
        match moment:
            case DeadmanMoment.DECELERATING:
                self._until(lambda r: r.speed_cps <= speed_cps * _DECELERATING)
            case DeadmanMoment.STOPPING:
                category = StopCategory.RAMP_THEN_REMOVE
                host.ask(stop(host.seq(), axis, number, category))
                self._until(lambda r: r.state is AxisState.STOPPING)
            case DeadmanMoment.HOLDING:
                category = StopCategory.RAMP_THEN_HOLD
                host.ask(stop(host.seq(), axis, number, category))
                self._until(lambda r: r.state is AxisState.HOLDING)
            case _:
                pass

    def _until(self, come: Callable[[AxisReport], bool]) -> None:
        host = self._host
        until_s = host.now_s + _COMES_WITHIN_S
        renew_s = host.now_s
        while not come(report := host.report()):
            if host.now_s >= until_s:
                raise RefusedError(
                    f"it is {report.state} at {report.speed_cps} counts/s after "
                    f"{_COMES_WITHIN_S:g} s; it says: {host.said}"
                )
            if host.now_s >= renew_s:
                host.ask(host.keep())
                renew_s = host.now_s + _FEED_SHARE * self._lease_ms / 1000
            host.advance(host.now_s + _POLL_S)


def prove_moment(
    host: DeadmanHost,
    axis: str,
    moment: DeadmanMoment,
    silence: Silence,
    phases_s: Sequence[float],
) -> MomentResult:
    """Fall silent at *moment*, once at each of *phases_s*; at rest before and after.

    The lease is the board's shortest, so that it and nothing else ends the motion.
    """
    lease_ms = host.limits.min_lease_ms
    course = _Course(host, axis, lease_ms)
    dead_s: list[float] = []
    wrong: list[str] = []
    for phase_s in phases_s:
        try:
            after_s, why = _once(host, course, moment, silence, phase_s, lease_ms)
        except RefusedError as error:
            after_s, why = None, str(error)
        host.rest()
        if after_s is not None:
            dead_s.append(after_s)
        if why:
            wrong.append(f"{moment}, {silence}: {why}")
    return MomentResult(
        moment=moment.value,
        silence=silence.value,
        lease_ms=lease_ms,
        runs=len(phases_s),
        dead=Spread.of(dead_s),
        wrong=tuple(dict.fromkeys(wrong)),
    )


def _once(  # noqa: PLR0917 - each of another kind
    host: DeadmanHost,
    course: _Course,
    moment: DeadmanMoment,
    silence: Silence,
    phase_s: float,
    lease_ms: int,
) -> tuple[float | None, str]:
    """Return how long after the last renewal the drive went off; what is wrong."""
    stops = host.lease_stops()
    last_s = course.fall_silent(moment, silence, phase_s)
    host.advance(last_s + lease_ms / 1000 + TOLERANCE_S + _WATCH_S)
    off_s = host.off_since_s
    held_without_drive = off_s is not None and off_s < last_s
    if held_without_drive and moment is DeadmanMoment.HOLDING:
        after_s, why = None, ""
    else:
        after_s = None if off_s is None else off_s - last_s
        why = dead_in_time(after_s, lease_ms)
    struck = host.lease_stops() - stops
    if not why and struck != 1:
        why = (
            f"the board counts {struck} strikes of the deadman, not 1; "
            f"it says: {host.said}"
        )
    return after_s, why
