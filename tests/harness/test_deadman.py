"""The proof of a deadman: a good one passes, and each thing wrong with one is found."""

from collections.abc import Callable

import pytest

from deadstop.boards.clocked import ClockedBoard
from deadstop.deadman import (
    DeadmanMoment,
    DeadmanResult,
    MakeBoard,
    Silence,
    prove_deadman,
)
from deadstop.errors import BoardAbsentError, NotAtRestError, UsageError
from deadstop.results import Outcome
from deadstop.trace import Event, Source
from tests.harness.deadman_boards import (
    Deaf,
    NeverAtRest,
    RenewedByHalfAFrame,
    Revived,
    keeps_no_lease,
    lease_is,
    renews_nothing,
    twin,
)

TICK_S = 0.001  # of the twin
BYTE_S = 10 / 115_200
HAIR_S = 2e-6


@pytest.fixture(scope="module")
def proof() -> DeadmanResult:
    """A good deadman, proven once."""
    return prove_deadman(twin, "a", (50, 300), seed=7)


def found_wrong(
    make: MakeBoard, lease_ms: int = 50, *moments: DeadmanMoment
) -> DeadmanResult:
    """Prove one lease of a board that fails."""
    result = prove_deadman(make, "a", (lease_ms,), moments=moments, seed=7)
    assert result.outcome is Outcome.FAIL
    return result


def test_a_good_deadman_passes(proof: DeadmanResult) -> None:
    """In everything."""
    assert proof.wrong == ()
    assert proof.outcome is Outcome.PASS
    assert [lease.outcome for lease in proof.leases] == [Outcome.PASS] * 2
    assert (proof.firmware, proof.axis) == ("loopback twin-1", "a")


def test_the_limit_is_measured_to_the_tick(proof: DeadmanResult) -> None:
    """The twin looks at a lease once a tick, and renewals end at all its phases."""
    for lease in proof.leases:
        lease_s = lease.lease_ms / 1000
        assert lease.limit is not None
        assert lease_s <= lease.limit.min_s < lease_s + TICK_S / 5
        assert lease_s + TICK_S * 4 / 5 - HAIR_S < lease.limit.max_s
        assert lease.limit.max_s <= lease_s + TICK_S + HAIR_S
        assert lease.limit.min_s < lease.limit.median_s < lease.limit.max_s
        assert (lease.starved_stops, lease.starved_runs) == (5, 5)


def test_the_longest_gap_is_found_much_finer_than_a_byte(proof: DeadmanResult) -> None:
    """The twin takes a renewal up to the very tick at which the lease runs out."""
    for lease in proof.leases:
        assert lease.limit is not None
        assert lease.longest_gap is not None
        short_of_s = lease.limit.min_s - lease.longest_gap.min_s
        assert 0.0 <= short_of_s <= HAIR_S < BYTE_S


def test_what_is_fed_is_fed_at_every_interval_below_the_limit(
    proof: DeadmanResult,
) -> None:
    """Also at that of all hosts, and at one tick less than the lease."""
    intervals_ms = [round(fed.interval_s * 1000, 3) for fed in proof.leases[1].fed]

    assert intervals_ms == [60, 75, 150, 225, 270, 299]
    assert all(fed.renewals >= 5 and not fed.tripped for fed in proof.leases[1].fed)
    assert proof.leases[1].fed[0].renewals > 80


def test_silence_at_every_moment_is_ended_in_time(proof: DeadmanResult) -> None:
    """Of a frozen host, and of a link that dies in the midst of a renewal."""
    found = [(moment.moment, moment.silence) for moment in proof.moments]

    assert found == [(m, s) for m in DeadmanMoment for s in Silence]
    for moment in proof.moments:
        assert moment.dead is not None
        assert 0.05 <= moment.dead.min_s <= moment.dead.max_s <= 0.051 + HAIR_S


def test_the_same_seed_gives_the_same_figures() -> None:
    """And another one other instants."""
    one, again, other = (
        prove_deadman(twin, "b", (50,), moments=[DeadmanMoment.HOLDING], seed=seed)
        for seed in (1, 1, 2)
    )

    assert one == again
    assert one.leases[0].limit != other.leases[0].limit


def test_the_moments_are_what_they_are_called() -> None:
    """Speed and drive at the instant the last renewal was sent, seen at the shaft."""
    seen: list[Event] = []

    def make(observe: Callable[[Event], None]) -> ClockedBoard:
        def both(event: Event) -> None:
            seen.append(event)
            observe(event)

        return twin(both)

    prove_deadman(make, "a", (50,), seed=3)

    states = [
        (event.data["state"], event.t_s)
        for event in seen
        if event.source is Source.BOARD and event.kind == "state"
    ]
    assert {state for state, _ in states} == {"idle", "moving", "stopping", "holding"}
    speeds = [
        float(event.data["speed_rev_s"] or 0)
        for event in seen
        if event.kind == "sample"
    ]
    # 7680 counts/s are 2.4 rev/s, and 40 % of that is not yet cruise.
    assert 2.3 < max(speeds) < 2.6


def test_firmware_without_a_lease_fails() -> None:
    """It is said first of all that the drive never went off."""
    result = found_wrong(keeps_no_lease, 50, *DeadmanMoment)

    (lease,) = result.leases
    assert (lease.limit, lease.longest_gap) == (None, None)
    assert (lease.starved_stops, lease.starved_runs) == (0, 5)
    assert lease.wrong == ("lease 50 ms, starved: the drive never went off",)
    assert [moment.outcome for moment in result.moments] == [Outcome.FAIL] * 12


def test_a_lease_that_runs_out_too_late_fails() -> None:
    """By more than five milliseconds."""
    result = found_wrong(lease_is(lambda lease_ms: lease_ms + 6))

    assert "the most allowed is 55 ms" in result.leases[0].wrong[0]
    assert result.leases[0].starved_stops == 5


def test_a_lease_that_runs_out_too_early_fails() -> None:
    """Starved as well as fed."""
    result = found_wrong(lease_is(lambda lease_ms: max(50, lease_ms - 5)), 300)

    told = "\n".join(result.leases[0].wrong)
    assert "the drive went off although renewed every 299 ms" in told
    assert "before its lease of 300 ms had run out" in told
    assert "it says: stopping a" in told


def test_renewals_that_renew_nothing_are_found() -> None:
    """Fed like this it starves."""
    result = found_wrong(renews_nothing, 300)

    assert [bool(fed.tripped) for fed in result.leases[0].fed] == [True] * 6
    assert result.leases[0].fed[0].renewals < 300 / 60


def test_a_drive_that_a_late_renewal_revives_is_found() -> None:
    """What has stopped must stay stopped."""
    result = found_wrong(Revived)

    told = "\n".join(result.leases[0].wrong)
    assert "the drive came on again after the lease had run out" in told


def test_half_a_renewal_renews_nothing() -> None:
    """A board that takes it for one fails where the link is cut, and there alone."""
    result = found_wrong(RenewedByHalfAFrame, 50, *DeadmanMoment)

    failed = {(m.moment, m.silence) for m in result.moments if m.wrong}
    assert result.leases[0].outcome is Outcome.PASS
    assert {silence for _, silence in failed} == {Silence.CUT}
    assert {"cruise", "decelerating", "holding"} <= {moment for moment, _ in failed}


def test_a_board_that_answers_nothing_is_absent() -> None:
    """Nothing was proven of it."""
    with pytest.raises(BoardAbsentError, match=r"^the board did not answer hello "):
        prove_deadman(Deaf, "a", (50,))


def test_a_board_that_does_not_come_to_rest_is_told_at_once() -> None:
    """It wins over every other finding."""
    with pytest.raises(NotAtRestError, match=r"^axis 'a' is not at rest 3 s after "):
        prove_deadman(NeverAtRest, "a", (50,))


@pytest.mark.parametrize("lease_ms", [49, 2001])
def test_a_lease_that_the_board_does_not_allow_is_bad_usage(lease_ms: int) -> None:
    """The limits are the board's."""
    with pytest.raises(UsageError, match=r"^a lease of \d+ ms: .* 50 to 2000 ms$"):
        prove_deadman(twin, "a", (300, lease_ms))


def test_it_tells_what_it_is_doing() -> None:
    """It takes a minute on a simulated chip."""
    told: list[tuple[str, str]] = []

    prove_deadman(twin, "a", (50,), tell=lambda what, how: told.append((what, how)))

    assert ("lease 50 ms", "starved, phase 1 of 5") in told
    assert told[-1] == ("silent at holding", "link-cut")
