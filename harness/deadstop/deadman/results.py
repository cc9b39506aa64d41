"""What was found of a deadman, and whether that is good enough."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from deadstop.results import Outcome

__all__ = [
    "ROUNDING_S",
    "TOLERANCE_S",
    "DeadmanResult",
    "Fed",
    "LeaseResult",
    "MomentResult",
    "Spread",
    "dead_in_time",
]

# The protocol names no limit. A lease is looked at once a millisecond by a main loop
# that may be busy with a line to the host: five are generous, and 2 mm at 150 rpm on a
# wheel of 5 cm.
TOLERANCE_S: Final = 0.005
ROUNDING_S: Final = 1e-6  # a simulated CPU halts between two instructions


@dataclass(frozen=True, slots=True)
class Spread:
    """Figures of one kind, in seconds."""

    min_s: float
    median_s: float
    max_s: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> Self | None:
        """Return the spread of *figures*; None if there are none."""
        ordered = sorted(figures)
        if not ordered:
            return None
        return cls(ordered[0], statistics.median(ordered), ordered[-1])


@dataclass(frozen=True, slots=True)
class Fed:
    """A motion whose lease was renewed all the time.

    Attributes:
        interval_s: the longest time between the ends of two renewals.
        tripped: what the drive went off for; "" if it never did, which is right.
    """

    interval_s: float
    renewals: int
    tripped: str = ""


@dataclass(frozen=True, slots=True)
class LeaseResult:
    """One lease.

    Attributes:
        limit: from the end of the last renewal's stop bit to the drive off at the
            pins; None if it never went off.
        longest_gap: the longest time between the ends of two renewals that was
            still good, at each phase; None if it was not searched for.
        starved_runs: how often renewing was left off.
        starved_stops: how often the drive then went off, and stayed off.
        wrong: what did not hold, a line each; empty if all did.
    """

    lease_ms: int
    limit: Spread | None
    longest_gap: Spread | None
    fed: tuple[Fed, ...]
    starved_runs: int
    starved_stops: int
    wrong: tuple[str, ...]

    @property
    def renewals(self) -> int:
        """How often the lease was renewed in time."""
        return sum(fed.renewals for fed in self.fed)

    @property
    def outcome(self) -> Outcome:
        """Whether all of it held."""
        return Outcome.FAIL if self.wrong else Outcome.PASS


@dataclass(frozen=True, slots=True)
class MomentResult:
    """Silence at one moment of a motion, at several phases of the board's tick.

    Attributes:
        silence: how the host fell silent.
        dead: from the end of the last renewal's stop bit to the drive off at the
            pins; None if it was off already (an axis may hold without any) or went
            on for ever.
        wrong: what did not hold, a line each; empty if all did.
    """

    moment: str
    silence: str
    lease_ms: int
    runs: int
    dead: Spread | None
    wrong: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Whether all of it held."""
        return Outcome.FAIL if self.wrong else Outcome.PASS


@dataclass(frozen=True, slots=True)
class DeadmanResult:
    """Everything that was found."""

    firmware: str
    axis: str
    seed: int
    leases: tuple[LeaseResult, ...]
    moments: tuple[MomentResult, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What did not hold, in all."""
        found: tuple[LeaseResult | MomentResult, ...] = (*self.leases, *self.moments)
        return tuple(line for one in found for line in one.wrong)

    @property
    def outcome(self) -> Outcome:
        """Whether all of it held."""
        return Outcome.FAIL if self.wrong else Outcome.PASS


def dead_in_time(after_s: float | None, lease_ms: int) -> str:
    """Say what is wrong with a drive that went off *after_s*; "" if nothing is."""
    lease_s = lease_ms / 1000
    if after_s is None:
        return "the drive never went off"
    told = f"the drive went off {after_s * 1000:.3f} ms after the last renewal"
    if after_s < lease_s - ROUNDING_S:
        return f"{told}, before its lease of {lease_ms} ms had run out"
    if after_s > lease_s + TOLERANCE_S:
        most_ms = (lease_s + TOLERANCE_S) * 1000
        return f"{told}; the most allowed is {most_ms:g} ms"
    return ""
