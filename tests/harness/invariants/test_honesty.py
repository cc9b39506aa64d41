"""`honest-state` and `honest-outcome`: is it true, what the component says?"""

import math

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    Script,
    cancelled,
    outcome_of,
    undisturbed,
)


def answered(what: str, **data: float | str | None) -> Script:
    """The right case, but for one answer afterwards."""
    script = cancelled().without(Source.JUDGE, "check", what=what)
    return script.at(
        404,
        Source.JUDGE,
        "check",
        component="left",
        what=what,
        **{"outcome": "returned", "error": None, **data},
    )


def told(outcome: str, ms: float = 230) -> Script:
    """The right case, but for what its caller was told."""
    script = cancelled().without(Source.CLIENT, "call-returned")
    return script.returned(ms, "left#1", outcome, "reason")


@pytest.mark.parametrize("what", ["is_moving", "is_powered"])
def test_a_shaft_at_rest_is_not_moving_nor_powered(what: str) -> None:
    """A stale flag says otherwise."""
    verdict = answered(what, value=True).judge("honest-state")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == f"left.{what} says true of a shaft at rest"


def test_a_shaft_that_still_turns_may_be_said_to() -> None:
    """That it turns is another law's matter."""
    script = answered("is_moving", value=True).without(Source.SHAFT, "standstill")

    assert outcome_of(script, "honest-state") is Outcome.PASS


@pytest.mark.parametrize(
    ("off_rev", "outcome"),
    [
        (0.0, Outcome.PASS),
        (0.0079, Outcome.PASS),
        (0.009, Outcome.MARGINAL),
        (0.0101, Outcome.FAIL),
        (math.inf, Outcome.FAIL),
        (math.nan, Outcome.FAIL),
    ],
)
def test_the_position_agrees_with_the_witness(off_rev: float, outcome: Outcome) -> None:
    """The tolerance is 0.01 rev; no number at all is no position."""
    verdict = answered("get_position", off_rev=off_rev).judge("honest-state")

    assert verdict.outcome is outcome
    assert verdict.measured == (off_rev if math.isfinite(off_rev) else None)


def test_a_question_that_raises_fails() -> None:
    """After a cancellation the component must still answer."""
    script = answered("is_moving", outcome="error", error="not connected")

    verdict = script.judge("honest-state")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "left.is_moving failed: not connected"


def test_a_question_that_was_never_answered_fails() -> None:
    """Two answers are no agreement of three."""
    script = cancelled().without(Source.JUDGE, "check", what="get_position")
    script.at(600, Source.JUDGE, "unanswered", text="ask: no answer within 3 s")

    verdict = script.judge("honest-state")

    assert verdict.outcome is Outcome.FAIL
    assert "no answer within 3 s" in verdict.detail


@pytest.mark.parametrize("outcome", ["cancelled", "deadline", "error"])
def test_an_ended_call_may_come_back_with_its_end_or_an_error(outcome: str) -> None:
    """Each of them is true."""
    assert outcome_of(told(outcome), "honest-outcome") is Outcome.PASS


def test_success_short_of_the_target_is_a_lie() -> None:
    """The cancellation was swallowed."""
    verdict = told("returned").judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "left reported success 0.300 rev short of its target"
    assert (verdict.measured, verdict.limit) == (0.3, 0.01)


def test_success_at_the_target_is_true() -> None:
    """It arrived before the stop took hold."""
    script = told("returned").turn(201, 210, 0.5, 0.795)

    assert outcome_of(script, "honest-outcome") is Outcome.PASS


def test_a_caller_that_was_never_answered_fails() -> None:
    """It is alive and waits."""
    script = cancelled().without(Source.CLIENT, "call-returned")

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "the caller of left was never answered"


def test_an_error_before_anything_ended_the_call_fails() -> None:
    """It broke by itself; the cancellation does not explain it."""
    verdict = told("error", ms=-50).judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert "came back before anything ended it, with error" in verdict.detail


def test_an_answer_in_the_turn_of_the_strike_is_no_early_error() -> None:
    """Stamps of two processes: a few 100 us either way decide nothing."""
    assert outcome_of(told("cancelled", ms=-0.5), "honest-outcome") is Outcome.PASS


def test_a_call_that_nothing_ended_must_return() -> None:
    """The neighbour's cancellation is no reason."""
    script = cancelled().call("right", "b", ended=False)
    script.returned(300, "right#1", "error", "cancelled")

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert "which nothing ended" in verdict.detail


def test_the_reference_must_return() -> None:
    """Nothing ended it early."""
    assert outcome_of(undisturbed(), "honest-outcome") is Outcome.PASS

    script = undisturbed().without(Source.CLIENT, "call-returned")
    script.returned(100, "left#1", "error", "stalled")

    assert outcome_of(script, "honest-outcome") is Outcome.FAIL


def test_a_reference_that_moves_nothing_is_no_success() -> None:
    """The first reference has no other to be held to, but it must have moved."""
    script = undisturbed().without(Source.JUDGE, "profile", "position")
    for ms in (-420, 540):
        script.at(
            ms, Source.JUDGE, "position", component="left", reported_rev=0.0,
            witness_rev=0.001,
        )  # fmt: skip

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL


def test_a_client_that_is_gone_cannot_be_told() -> None:
    """It was killed."""
    assert outcome_of(cancelled("client-kill"), "honest-outcome") is Outcome.UNCHECKED


def test_a_trigger_after_the_motion_ends_nothing() -> None:
    """The outcome was told before."""
    script = undisturbed()
    script.trigger = "client-close"
    script.at(450, Source.JUDGE, "strike", trigger="client-close")

    assert outcome_of(script, "honest-outcome") is Outcome.UNCHECKED
