"""The component's process is killed or frozen: what the laws make of that."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, begun, outcome_of


def left_alone(stops_ms: float | None = 250.0, trigger: str = "sigkill") -> Script:
    """Axis a, fed 40 ms before the strike, is stopped by its lease after *stops_ms*."""
    script = begun(trigger).at(0, Source.JUDGE, "strike", trigger=trigger)
    script.at(-40, Source.BOARD, "command", verb="keep", axis="a", motion=1)
    script.returned(2, "left#1", "error", "the server is gone")
    if stops_ms is None:
        return script.turn(-395, 900, 0.0, 2.0).drive(900, 0)
    script.at(
        stops_ms, Source.BOARD, "lease-expired", axis="a", motion=1, lease_ms=300
    ).drive(stops_ms, 0)
    script.turn(-395, stops_ms + 200, 0.0, 0.7)
    script.at(
        stops_ms + 400,
        Source.JUDGE,
        "port",
        released=True,
        after_s=0.001,
        detail="open",
    )
    return script.at(stops_ms + 500, Source.JUDGE, "rest", at_rest=True)


@pytest.mark.parametrize(
    ("stops_ms", "outcome"),
    [
        (260, Outcome.PASS),
        (200, Outcome.FAIL),
        (290, Outcome.FAIL),
        (None, Outcome.FAIL),
    ],
)
def test_a_board_that_is_left_alone_stops_when_its_lease_is_up(
    stops_ms: float | None, outcome: Outcome
) -> None:
    """300 ms from the last feed: not before, not later, and not never."""
    assert outcome_of(left_alone(stops_ms), "deadman") is outcome


def test_a_motion_that_arrives_before_its_lease_is_up_proves_nothing() -> None:
    """There was nothing left to stop."""
    script = left_alone().without(Source.BOARD, "lease-expired")
    script.board_says(150, "arrived")

    assert outcome_of(script, "deadman") is Outcome.UNCHECKED


def test_the_lease_adds_to_what_standstill_and_distance_may_be() -> None:
    """500 ms and 0.6 rev from the stop, and 300 ms at 1 rev/s before it."""
    assert outcome_of(left_alone(), "motion-ceased") is Outcome.PASS
    assert outcome_of(left_alone(700), "motion-ceased") is Outcome.FAIL
    verdict = left_alone().judge("motion-ceased")
    assert verdict.limit == pytest.approx(0.8)


@pytest.mark.parametrize(
    "law", ["stop-commanded", "cleanup-complete", "honest-state", "next-works"]
)
def test_nothing_is_asked_of_a_component_that_was_killed(law: str) -> None:
    """It is not there to do or to say anything."""
    verdict = left_alone().judge(law)

    assert verdict.outcome is Outcome.UNCHECKED


@pytest.mark.parametrize("law", ["stays-stopped", "honest-outcome", "port-released"])
def test_what_can_be_seen_without_it_is_judged(law: str) -> None:
    """The board stays stopped, the client hears of it, the kernel frees the port."""
    assert outcome_of(left_alone(), law) is Outcome.PASS


def test_a_frozen_component_has_its_time_from_the_thaw_on() -> None:
    """While it is frozen it cannot clean up."""
    script = left_alone(trigger="host-freeze").at(900, Source.JUDGE, "thaw")
    script.at(901, Source.SERVER, "call-ended", call="left#1", outcome="raised")
    script.checked_up(1000, 0.7, 0.7)

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.PASS
    assert verdict.measured == pytest.approx(0.001)
    assert outcome_of(script, "loop-responsive") is Outcome.UNCHECKED
