"""One lease: fed it never trips, starved it always does, and where the line is."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from arduino_actuators.wire import Refusal, spin
from deadstop.deadman.host import TICK_S, DeadmanHost, RefusedError, Tell
from deadstop.deadman.results import (
    Fed,
    LeaseResult,
    Spread,
    dead_in_time,
)

__all__ = ["prove_lease"]

STANDARD_INTERVAL_S: Final = 0.06  # what hosts use: PROTOCOL.md, section 3
_SHARES: Final = (0.25, 0.5, 0.75, 0.9)  # of the lease, between two renewals
_LEAST_INTERVAL_S: Final = 0.01  # a renewal and its answer take 3 ms
_FED_FOR_S: Final = 5.0
_LEAST_RENEWALS: Final = 5
_WATCH_S: Final = 0.25  # how long a dead drive is watched, to see it stay dead
_SETTLE_S: Final = 0.1
_GUESS_S: Final = 0.0001  # a renewal is looked at as soon as its last byte is in
_FURTHER: Final = 8
_RESOLUTION_S: Final = 1e-6  # 16 CPU cycles; a byte takes 85 us
_SAID_S: Final = 0.01  # a line takes 3 ms
_NOTICED_S: Final = 0.005  # a renewal that came too late has been answered by then


class _LeaseProof:
    """One lease on one board; spins slowly, which is quickly simulated."""

    def __init__(self, host: DeadmanHost, axis: str, lease_ms: int) -> None:
        self._host = host
        self._axis = axis
        self._lease_ms = lease_ms
        self._lease_s = lease_ms / 1000
        self._speed_cps = max(host.limits.max_speed_cps // 4, 1)

    def start(self) -> None:
        """Have the axis turn, with a lease just renewed.

        Raises:
            RefusedError: the board does not let it.
        """
        host = self._host
        motion = host.next_motion()
        host.ask(spin(host.seq(), self._axis, motion, self._lease_ms, self._speed_cps))
        every_s = min(self._lease_s / 2, STANDARD_INTERVAL_S)
        host.feed(_SETTLE_S, every_s)
        if not host.driven:
            raise RefusedError(f"the drive did not stay on; it says: {host.said}")

    def renew(self, ending_s: float | None = None, phase_s: float = 0.0) -> float:
        """Renew, to end then or soon at *phase_s*; return when it really ended."""
        host = self._host
        command = host.keep()
        if ending_s is None:
            ending_s = host.ending_at(phase_s, command)
        ends_s = host.put(command, ending_s=ending_s)
        host.advance(ends_s)
        return ends_s

    def starve(self, phase_s: float) -> tuple[float | None, str]:
        """Renew no more: when the drive went off after that, and what was wrong."""
        host = self._host
        self.start()
        last_s = self.renew(phase_s=phase_s)
        host.advance(last_s + self._lease_s + _WATCH_S)
        off_s = host.went_off(last_s)
        after_s = None if off_s is None else off_s - last_s
        wrong = dead_in_time(after_s, self._lease_ms)
        if off_s is None and not host.driven:
            wrong = f"the drive went off before the last renewal; it says: {host.said}"
        if off_s is not None and not wrong:
            wrong = self._revived(off_s)
        host.rest()
        return after_s, wrong

    def _revived(self, off_s: float) -> str:
        """Say so if the drive came on again, also for a renewal that comes too late."""
        host = self._host
        answer = host.attempt(host.keep())
        host.advance(host.now_s + _SETTLE_S)
        if host.came_on(off_s):
            return "the drive came on again after the lease had run out"
        if not isinstance(answer, Refusal):
            return "a renewal was accepted after the lease had run out"
        return ""

    def longest_gap(self, phase_s: float, limit_s: float) -> float:
        """Bisect the longest time between the ends of two renewals that is good."""
        good_s, bad_s = 0.0, limit_s  # a renewal comes too late for dead pins
        short_of_s = _GUESS_S
        while bad_s - good_s > _RESOLUTION_S:
            if good_s:
                gap_s = (good_s + bad_s) / 2
            else:
                gap_s = max(limit_s - short_of_s, limit_s / 2)
                short_of_s *= _FURTHER
            real_s, trips = self._trips(phase_s, gap_s)
            if trips:
                bad_s = real_s
            else:
                good_s = real_s
        return good_s

    def _trips(self, phase_s: float, gap_s: float) -> tuple[float, bool]:
        host = self._host
        if not host.driven:
            self.start()
        first_s = self.renew(phase_s=phase_s)
        second_s = self.renew(first_s + gap_s)
        host.advance(second_s + _NOTICED_S)
        trips = host.went_off(first_s) is not None
        if trips:
            host.rest()
        return second_s - first_s, trips

    def feed(self, interval_s: float, random: Random) -> Fed:
        """Renew at *interval_s*, or up to a tick earlier: at all phases of the tick."""
        host = self._host
        renewals = max(_LEAST_RENEWALS, round(_FED_FOR_S / interval_s))
        self.start()
        first_s = last_s = self.renew()
        for number in range(renewals):
            last_s = self.renew(last_s + interval_s - random.random() * TICK_S)
            off_s = host.went_off(first_s)
            if off_s is not None:
                return self._tripped(interval_s, number)
        host.advance(last_s + _NOTICED_S)
        if host.went_off(first_s) is not None:
            return self._tripped(interval_s, renewals)
        host.rest()
        return Fed(interval_s, renewals)

    def _tripped(self, interval_s: float, renewals: int) -> Fed:
        host = self._host
        host.advance(host.now_s + _SAID_S)
        said = f"it says: {host.said}"
        host.rest()
        return Fed(interval_s, renewals, said)


def _intervals(lease_s: float) -> Iterator[float]:
    longest_s = lease_s - TICK_S
    wanted = {STANDARD_INTERVAL_S, *(share * lease_s for share in _SHARES), longest_s}
    for interval_s in sorted(wanted):
        if _LEAST_INTERVAL_S <= interval_s <= longest_s:
            yield interval_s


def prove_lease(  # noqa: PLR0917 - each of another kind
    host: DeadmanHost,
    axis: str,
    lease_ms: int,
    phases_s: Sequence[float],
    random: Random,
    tell: Tell,
) -> LeaseResult:
    """Prove *lease_ms* on the board of *host*, which is at rest before and after.

    Args:
        host: at a board that knows it.
        axis: which one.
        lease_ms: what every motion asks for.
        phases_s: at which instants of the board's tick the last renewal ends.
        random: for the instants of the renewals that are in time.
        tell: called with what is being proven, and how.
    """
    name = f"lease {lease_ms} ms"
    proof = _LeaseProof(host, axis, lease_ms)
    wrong: list[str] = []
    fed: list[Fed] = []
    limits_s: list[float] = []
    gaps_s: list[float] = []
    stops = 0
    try:
        for interval_s in _intervals(lease_ms / 1000):
            tell(name, f"renewed every {interval_s * 1000:g} ms")
            fed.append(proof.feed(interval_s, random))
            if fed[-1].tripped:
                wrong.append(
                    f"{name}: the drive went off although renewed every "
                    f"{interval_s * 1000:g} ms; {fed[-1].tripped}"
                )
        for number, phase_s in enumerate(phases_s, start=1):
            tell(name, f"starved, phase {number} of {len(phases_s)}")
            after_s, why = proof.starve(phase_s)
            stops += after_s is not None
            if after_s is not None:
                limits_s.append(after_s)
            if why:
                wrong.append(f"{name}, starved: {why}")
            elif after_s is not None:
                tell(name, f"longest gap, phase {number} of {len(phases_s)}")
                gaps_s.append(proof.longest_gap(phase_s, after_s))
    except RefusedError as error:
        wrong.append(f"{name}: {error}")
        host.rest()
    return LeaseResult(
        lease_ms=lease_ms,
        limit=Spread.of(limits_s),
        longest_gap=Spread.of(gaps_s),
        fed=tuple(fed),
        starved_runs=len(phases_s),
        starved_stops=stops,
        wrong=tuple(dict.fromkeys(wrong)),
    )
