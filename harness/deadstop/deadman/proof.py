"""The whole proof: every lease, every moment, on one board from power-up on."""

from collections.abc import Sequence
from random import Random
from typing import Final

from deadstop.deadman.host import TICK_S, DeadmanHost, MakeBoard, Tell
from deadstop.deadman.leases import prove_lease
from deadstop.deadman.moments import DeadmanMoment, Silence, prove_moment
from deadstop.deadman.results import DeadmanResult
from deadstop.errors import UsageError

__all__ = ["DEFAULT_LEASES_MS", "prove_deadman"]

DEFAULT_LEASES_MS: Final = (50, 300, 1000, 2000)  # shortest, usual, long, longest
_PHASES: Final = 5


def _say_nothing(_what: str, _how: str) -> None:
    pass


def prove_deadman(
    make: MakeBoard,
    axis: str,
    leases_ms: Sequence[int] = DEFAULT_LEASES_MS,
    *,
    moments: Sequence[DeadmanMoment] = tuple(DeadmanMoment),
    seed: int = 0,
    tell: Tell = _say_nothing,
) -> DeadmanResult:
    """Prove the deadman of *axis*, from power-up to rest.

    Args:
        make: powers the board up, which tells what it sees to what it is given.
        axis: which of its axes.
        leases_ms: what motions ask for.
        moments: where in a motion the host falls silent.
        seed: decides at which phases of the board's tick renewals end.
        tell: called with what is being proven, and how.

    Raises:
        UsageError: the board has no such axis or allows no such lease.
        BoardAbsentError: the board does not answer.
        NotAtRestError: it cannot be stopped.
        BoardError: the simulation failed.
    """
    random = Random(seed)  # noqa: S311 - instants, not secrets
    phases_s = [
        (number + random.random()) / _PHASES * TICK_S for number in range(_PHASES)
    ]
    host = DeadmanHost(make, axis)
    try:
        _require_leases(host, leases_ms)
        leases = tuple(
            prove_lease(host, axis, lease_ms, phases_s, random, tell)
            for lease_ms in leases_ms
        )
        silences = []
        for moment in moments:
            for silence in Silence:
                tell(f"silent at {moment}", silence)
                silences.append(prove_moment(host, axis, moment, silence, phases_s))
    finally:
        host.close()
    return DeadmanResult(
        firmware=host.firmware,
        axis=axis,
        seed=seed,
        leases=leases,
        moments=tuple(silences),
    )


def _require_leases(host: DeadmanHost, leases_ms: Sequence[int]) -> None:
    least_ms, most_ms = host.limits.min_lease_ms, host.limits.max_lease_ms
    for lease_ms in leases_ms:
        if not least_ms <= lease_ms <= most_ms:
            raise UsageError(
                f"a lease of {lease_ms} ms: this board allows {least_ms} to "
                f"{most_ms} ms"
            )
