"""All laws together: each can fail, none is skipped, a case that was none fails."""

import pytest

from deadstop.invariants import INVARIANTS, judge
from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    LIMITS,
    Script,
    begun,
    board_was_reset,
    cancelled,
    preempted,
    removed,
    torn_down,
    undisturbed,
    unplugged,
)

GREEN = {
    "cancelled": cancelled,
    "preempted": preempted,
    "undisturbed": undisturbed,
    "removed": removed,
    "torn-down": torn_down,
    "reset": board_was_reset,
    "unplugged": unplugged,
}


@pytest.mark.parametrize("name", GREEN)
def test_a_right_component_breaks_no_law(name: str) -> None:
    """Whatever is checked is kept, and with room to spare."""
    verdicts = judge(GREEN[name]().story(), LIMITS)

    assert {verdict.outcome for verdict in verdicts} <= {
        Outcome.PASS,
        Outcome.UNCHECKED,
    }


def test_every_law_is_checked_by_some_right_component() -> None:
    """A law that is unchecked in every case proves nothing."""
    checked = {
        verdict.invariant
        for make in GREEN.values()
        for verdict in judge(make().story(), LIMITS)
        if verdict.outcome is Outcome.PASS
    }

    assert checked == set(INVARIANTS)


@pytest.mark.parametrize("name", GREEN)
def test_every_law_answers_under_its_own_name(name: str) -> None:
    """In the order of the catalogue."""
    verdicts = judge(GREEN[name]().story(), LIMITS)

    assert [verdict.invariant for verdict in verdicts] == list(INVARIANTS)


@pytest.mark.parametrize("name", GREEN)
def test_whatever_is_unchecked_says_why(name: str) -> None:
    """One line for a person."""
    for verdict in judge(GREEN[name]().story(), LIMITS):
        assert verdict.detail
        assert "\n" not in verdict.detail


def test_a_trigger_that_never_struck_fails() -> None:
    """A case that did not happen must not look like one that went well."""
    script = cancelled().without(Source.JUDGE, "strike")
    script.at(-100, Source.JUDGE, "moment-missed", text="the call ended first")

    verdict = judge(script.story(), LIMITS)[0]

    assert verdict.invariant == "stop-commanded"
    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "the trigger never struck: the call ended first"


def test_a_motion_that_its_component_stops_has_no_arrival_to_strike_behind() -> None:
    """What cannot happen is not judged at all, and does not count as passed."""
    script = begun("client-cancel", "after-arrival").ends_itself()

    verdicts = judge(script.story(), LIMITS)

    assert {verdict.outcome for verdict in verdicts} == {Outcome.UNCHECKED}
    assert [verdict.invariant for verdict in verdicts] == list(INVARIANTS)


def test_a_call_that_no_session_watches_is_left_unchecked() -> None:
    """Such as `do_command`: the session expires, and the server has nothing to stop."""
    script = begun("session-expiry")
    script.at(0, Source.SERVER, "session-expired", components="")

    verdicts = judge(script.story(), LIMITS)

    assert {verdict.outcome for verdict in verdicts} == {Outcome.UNCHECKED}


def test_the_reference_needs_no_strike() -> None:
    """It is the one case without a trigger."""
    verdict = judge(undisturbed().story(), LIMITS)[0]

    assert verdict.outcome is Outcome.UNCHECKED


@pytest.mark.parametrize("source", list(Source))
def test_no_law_breaks_down_where_a_layer_saw_nothing(source: Source) -> None:
    """A rig sees less than this one, or a process died early."""
    if source is Source.JUDGE:
        script = Script("client-cancel", "cruise")
    else:
        script = cancelled()
        script.events = [event for event in script.events if event.source != source]

    assert len(judge(script.story(), LIMITS)) == len(INVARIANTS)


def test_no_law_breaks_down_on_a_case_that_ended_at_once() -> None:
    """The process died before it could be asked anything."""
    script = begun().at(5, Source.JUDGE, "component-gone", text="exit code 7")

    outcomes = {verdict.outcome for verdict in judge(script.story(), LIMITS)}

    assert Outcome.FAIL in outcomes
