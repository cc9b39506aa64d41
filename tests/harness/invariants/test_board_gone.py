"""The board is reset or unplugged under the motion: what the laws make of that."""

from collections.abc import Callable

import pytest

from deadstop.latency import legs_of
from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    STRIKE_S,
    TRAVEL_REV,
    Script,
    board_was_reset,
    outcome_of,
    unplugged,
)

BOTH = pytest.mark.parametrize(
    "make", [board_was_reset, unplugged], ids=["reset", "unplug"]
)


@BOTH
def test_no_stop_is_owed_and_the_reason_is_told(make: Callable[[], Script]) -> None:
    """The reset has done it already; without a cable none would arrive."""
    script = make()

    verdict = script.judge("stop-commanded")

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail
    assert legs_of(script.story()) == ()


@BOTH
def test_success_is_a_lie_wherever_the_shaft_came_to_rest(
    make: Callable[[], Script],
) -> None:
    """At the target by chance: the board never said that it had arrived."""
    script = make().without(Source.SHAFT, "moving", "sample", "standstill")
    script.turn(-395, 20, 0.0, TRAVEL_REV)
    script.without(Source.CLIENT, "call-returned").returned(30, "left#1", "returned")

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert "the board never told it" in verdict.detail


@BOTH
def test_success_is_true_of_a_motion_that_had_arrived(
    make: Callable[[], Script],
) -> None:
    """Its arrival was on the wire before the trigger struck."""
    script = make().without(Source.SHAFT, "moving", "sample", "standstill")
    script.turn(-395, -10, 0.0, TRAVEL_REV).board_says(-5, "arrived")
    script.without(Source.CLIENT, "call-returned").returned(30, "left#1", "returned")

    assert outcome_of(script, "honest-outcome") is Outcome.PASS


@BOTH
def test_a_shaft_that_turns_on_fails(make: Callable[[], Script]) -> None:
    """A reset that left the drive on, or a lease that did not end the motion."""
    script = make().without(Source.SHAFT, "moving", "sample", "standstill")

    assert outcome_of(script.turn(-395, 900, 0.0, 0.55), "motion-ceased") is (
        Outcome.FAIL
    )


def test_a_motion_that_begins_again_by_itself_fails() -> None:
    """The component heard of the reset, and asked once more."""
    script = board_was_reset().motion(20, number=2)

    verdict = script.judge("stays-stopped")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.measured == pytest.approx(0.017)  # since it was told


def test_a_frame_repeated_before_the_reset_is_known_is_no_motion() -> None:
    """The board, in no session any more, refuses it."""
    assert outcome_of(board_was_reset().motion(2, number=1), "stays-stopped") is (
        Outcome.PASS
    )


def test_the_component_knows_of_the_reset_when_the_board_has_said_so() -> None:
    """On the wire, and not when it happened."""
    assert board_was_reset().story().told_s == pytest.approx(STRIKE_S + 0.003)


def test_after_a_reset_positions_are_not_compared_with_those_before() -> None:
    """The board has lost count; whether it moves is asked all the same."""
    script = board_was_reset()
    assert outcome_of(script, "honest-state") is Outcome.PASS

    script.without(Source.JUDGE, "check", what="is_moving").at(
        404, Source.JUDGE, "check", component="left", what="is_moving",
        outcome="returned", error=None, value=True,
    )  # fmt: skip
    assert outcome_of(script, "honest-state") is Outcome.FAIL


def test_after_a_reset_the_next_motion_has_to_work() -> None:
    """The session begins anew."""
    script = board_was_reset().without(Source.JUDGE, "next")

    assert outcome_of(script, "next-works") is Outcome.FAIL


def test_an_unplugged_board_is_held_to_its_lease() -> None:
    """It ended the motion when the lease was up; one that does not, fails."""
    assert outcome_of(unplugged(), "deadman") is Outcome.PASS

    script = unplugged().without(Source.BOARD, "lease-expired")
    script.without(Source.LINK, "board-event")
    assert outcome_of(script, "deadman") is Outcome.FAIL


def test_a_stop_that_was_on_the_wire_before_the_cable_leaves_no_lease() -> None:
    """The cleanup had begun: the board stopped by the stop command."""
    script = unplugged().without(Source.BOARD, "lease-expired")
    script.without(Source.LINK, "board-event").board_says(200, "stopped")

    assert outcome_of(script, "deadman") is Outcome.UNCHECKED


@pytest.mark.parametrize("law", ["honest-state", "next-works"])
def test_without_its_port_it_is_asked_nothing(law: str) -> None:
    """It could not know."""
    verdict = unplugged().judge(law)

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == "the component's port was taken away for good"


@pytest.mark.parametrize("law", ["loop-responsive", "cleanup-complete"])
def test_its_process_lives_on_and_is_judged(law: str) -> None:
    """A blocked loop, and what is left over, are its own doing."""
    assert outcome_of(unplugged(), law) is Outcome.PASS

    script = unplugged().without(Source.JUDGE, "clean")
    script.at(600, Source.JUDGE, "clean", leftovers="thread reader")
    script.at(300, Source.SERVER, "loop-lag", lag_s=0.3)
    assert outcome_of(script, law) is Outcome.FAIL
