"""`cleanup-complete`, `next-works`, `port-released`."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    Script,
    cancelled,
    outcome_of,
    preempted,
    undisturbed,
)


def ended_at(ms: float) -> Script:
    """The right case, but for when its call was over."""
    script = cancelled().without(Source.SERVER, "call-ended")
    return script.at(ms, Source.SERVER, "call-ended", call="left#1")


@pytest.mark.parametrize(
    ("ms", "outcome"),
    [(225.4, Outcome.PASS), (850, Outcome.MARGINAL), (1001, Outcome.FAIL)],
)
def test_the_cleanup_is_held_against_its_limit(ms: float, outcome: Outcome) -> None:
    """The limit is 1 s from when the component knew, at 0.4 ms."""
    verdict = ended_at(ms).judge("cleanup-complete")

    assert verdict.outcome is outcome
    assert verdict.measured == pytest.approx((ms - 0.4) / 1000)


def test_a_call_that_never_ended_fails() -> None:
    """It waits for ever, for an acknowledgement that was lost."""
    verdict = cancelled().without(Source.SERVER, "call-ended").judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "call left#1 never ended"


def test_a_preempted_call_that_never_ended_fails() -> None:
    """The newer motion runs, the older body hangs."""
    assert outcome_of(preempted(), "cleanup-complete") is Outcome.PASS

    script = preempted().without(Source.SERVER, "call-ended")

    assert outcome_of(script, "cleanup-complete") is Outcome.FAIL


def test_a_direct_call_is_over_when_it_has_returned() -> None:
    """There is no server between."""
    script = cancelled("outer-cancel").without(Source.SERVER, "call-ended")
    script.hosting = "direct"
    script.without(Source.CLIENT, "call-returned").returned(30, "left#1", "cancelled")

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.PASS
    assert verdict.measured == pytest.approx(0.0296)


def test_what_is_left_over_fails_and_is_named() -> None:
    """Tasks, timers, threads, descriptors."""
    script = cancelled().without(Source.JUDGE, "clean")
    script.at(1400, Source.JUDGE, "clean", leftovers="task Motor._keep_alive")

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "left over: task Motor._keep_alive"


def test_what_is_let_go_of_too_late_fails() -> None:
    """The call was over at once; a task of its was not, for longer than allowed."""
    script = cancelled().without(Source.JUDGE, "clean")
    script.at(1300, Source.JUDGE, "clean", leftovers="", waited_s=0.9)

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.measured == pytest.approx(1.2996)


def test_a_late_first_look_at_a_clean_process_is_no_late_cleanup() -> None:
    """The judge looks when shaft and wire have been quiet for a while."""
    script = cancelled().without(Source.JUDGE, "clean")
    script.at(1300, Source.JUDGE, "clean", leftovers="", waited_s=0.0)

    assert outcome_of(script, "cleanup-complete") is Outcome.PASS


def test_a_lost_exception_fails() -> None:
    """Nobody retrieved it."""
    script = cancelled().at(
        230, Source.SERVER, "lost-exception", text="RuntimeError('stop has a bug')"
    )

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert "stop has a bug" in verdict.detail


def test_an_exception_lost_before_the_motion_is_none_of_this() -> None:
    """It is not what this operation started."""
    script = cancelled().at(-430, Source.SERVER, "lost-exception", text="early")

    assert outcome_of(script, "cleanup-complete") is Outcome.PASS


@pytest.mark.parametrize("law", ["cleanup-complete", "next-works", "honest-state"])
def test_a_component_that_is_gone_has_not_kept_the_law(law: str) -> None:
    """What nobody can ask is not called fine; the reason is told."""
    script = cancelled().without(Source.JUDGE, "clean", "check", "next", "port")
    script.at(400, Source.JUDGE, "component-gone", text="it ended, exit code 7")

    verdict = script.judge(law)

    assert verdict.outcome is Outcome.FAIL
    assert "exit code 7" in verdict.detail


def test_after_the_reference_nothing_may_be_left_over_either() -> None:
    """There was no cancellation to measure from."""
    assert outcome_of(undisturbed(), "cleanup-complete") is Outcome.PASS

    script = undisturbed().without(Source.JUDGE, "clean")
    script.at(900, Source.JUDGE, "clean", leftovers="thread Thread-1")

    assert outcome_of(script, "cleanup-complete") is Outcome.FAIL


def test_a_next_motion_that_runs_to_its_end_passes() -> None:
    """The green one."""
    assert outcome_of(cancelled(), "next-works") is Outcome.PASS


def test_a_next_motion_that_raises_fails() -> None:
    """The command after a cancellation meets its debris."""
    script = cancelled().without(Source.JUDGE, "next")
    script.at(
        600, Source.JUDGE, "next", component="left", outcome="error",
        error="the link is busy", moved=False,
    )  # fmt: skip

    verdict = script.judge("next-works")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "the next motion of left ended with error: the link is busy"
    )


@pytest.mark.parametrize("shaft_was_seen", [True, False])
def test_a_next_motion_that_moves_nothing_fails(*, shaft_was_seen: bool) -> None:
    """It says it is done; a shaft that never moved at all shows nothing either."""
    script = cancelled().without(Source.JUDGE, "next")
    if not shaft_was_seen:
        script.without(Source.SHAFT, "moving", "sample", "standstill")
    script.at(
        600, Source.JUDGE, "next", component="left", outcome="returned",
        error=None, moved=False,
    )  # fmt: skip

    assert outcome_of(script, "next-works") is Outcome.FAIL


def test_each_component_needs_its_next_motion() -> None:
    """The second could not be asked any more."""
    script = cancelled("client-close").call("right", "b")
    script.at(700, Source.JUDGE, "unanswered", text="ask: no answer within 3 s")

    verdict = script.judge("next-works")

    assert verdict.outcome is Outcome.FAIL
    assert "no answer within 3 s" in verdict.detail


@pytest.mark.parametrize(
    ("after_s", "outcome"),
    [(0.002, Outcome.PASS), (0.9, Outcome.MARGINAL), (1.01, Outcome.FAIL)],
)
def test_the_port_is_free_in_time(after_s: float, outcome: Outcome) -> None:
    """The limit is that of the cleanup."""
    script = cancelled().without(Source.JUDGE, "port")
    script.at(700, Source.JUDGE, "port", released=True, after_s=after_s, detail="open")

    assert outcome_of(script, "port-released") is outcome


def test_a_port_that_is_kept_fails() -> None:
    """The old instance holds on to it."""
    script = cancelled().without(Source.JUDGE, "port")
    script.at(
        700, Source.JUDGE, "port", released=False, after_s=None, detail="still open"
    )

    verdict = script.judge("port-released")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "still open"


def test_a_component_that_was_never_closed_is_not_judged_by_its_port() -> None:
    """It was not asked to let go of it."""
    script = cancelled().without(Source.JUDGE, "port")
    script.at(400, Source.JUDGE, "unanswered", text="wait-clean: no answer")

    verdict = script.judge("port-released")

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == "the component was never closed: wait-clean: no answer"
