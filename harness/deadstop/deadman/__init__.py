"""The board's deadman, proven on the board alone: fed it holds, starved it stops."""

from deadstop.deadman.host import MakeBoard
from deadstop.deadman.moments import DeadmanMoment, Silence
from deadstop.deadman.proof import DEFAULT_LEASES_MS, prove_deadman
from deadstop.deadman.results import (
    TOLERANCE_S,
    DeadmanResult,
    Fed,
    LeaseResult,
    MomentResult,
    Spread,
)

__all__ = [
    "DEFAULT_LEASES_MS",
    "TOLERANCE_S",
    "DeadmanMoment",
    "DeadmanResult",
    "Fed",
    "LeaseResult",
    "MakeBoard",
    "MomentResult",
    "Silence",
    "Spread",
    "prove_deadman",
]
