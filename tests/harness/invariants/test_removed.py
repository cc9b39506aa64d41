"""The component is removed, or its event loop ends: what the laws make of that."""

from collections.abc import Callable

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    STRIKE_S,
    Script,
    outcome_of,
    removed,
    torn_down,
)


@pytest.mark.parametrize("make", [removed, torn_down], ids=["remove", "teardown"])
def test_a_stop_that_got_lost_fails(make: Callable[[], Script]) -> None:
    """In `close`, or with the tasks of the loop."""
    script = make().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")

    verdict = script.judge("stop-commanded")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "no stop for axis a reached the wire"


def test_a_removed_component_knows_when_its_close_is_called() -> None:
    """Not when a cancellation is seen that the removal itself made."""
    script = removed().at(1, Source.SERVER, "call-cancelled", call="left#1")

    assert script.story().told_s == pytest.approx(STRIKE_S + 0.0005)


@pytest.mark.parametrize("law", ["honest-state", "next-works"])
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (removed, "the component was removed"),
        (torn_down, "the component's process has ended"),
    ],
    ids=["remove", "teardown"],
)
def test_who_is_gone_is_asked_nothing(
    make: Callable[[], Script], why: str, law: str
) -> None:
    """And the reason is told."""
    verdict = make().judge(law)

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == why


@pytest.mark.parametrize("law", ["honest-state", "next-works"])
def test_the_neighbour_of_a_removed_component_is_asked(law: str) -> None:
    """It lives on; no answer from it is a failure."""
    script = removed().call("right", "b", ended=False).motion(-390, axis="b")

    assert outcome_of(script, law) is Outcome.FAIL


def test_a_close_that_raises_fails() -> None:
    """The manager would keep the component, or lose it half closed."""
    script = removed().without(Source.CLIENT, "call-returned", call="remove")
    script.returned(225, "remove", "error", "RuntimeError: still busy")

    verdict = script.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "the call `remove` came back with error: RuntimeError: still busy"
    )


def test_a_close_that_never_ends_fails() -> None:
    """It waits for its own motion, for ever."""
    script = removed().without(Source.CLIENT, "call-returned", call="remove")

    assert outcome_of(script, "honest-outcome") is Outcome.FAIL


def test_a_port_that_is_free_only_with_its_process_was_kept() -> None:
    """Closed by the removal it has to be free by then, and not in the end."""
    script = removed()
    script.at(
        401, Source.JUDGE, "port", released=False, after_s=None, detail="still open"
    )

    assert outcome_of(script, "port-released") is Outcome.FAIL


@pytest.mark.parametrize(
    ("ms", "outcome"),
    [(240, Outcome.PASS), (900, Outcome.MARGINAL), (1001, Outcome.FAIL)],
)
def test_a_process_whose_loop_has_ended_ends_in_time(
    ms: float, outcome: Outcome
) -> None:
    """The limit is that of the cleanup; a thread may keep it alive."""
    script = torn_down().without(Source.JUDGE, "host-ended")
    script.at(ms, Source.JUDGE, "host-ended", exit_code=0)

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is outcome
    assert verdict.measured == pytest.approx(ms / 1000)


def test_a_process_that_outlives_its_loop_fails() -> None:
    """It was looked for, and was still there."""
    script = torn_down().without(Source.JUDGE, "host-ended")

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "the component's process did not end within 1 s"


def test_a_process_that_dies_of_the_end_of_its_loop_fails() -> None:
    """Its exit code tells."""
    script = torn_down().without(Source.JUDGE, "host-ended")
    script.at(240, Source.JUDGE, "host-ended", exit_code=-11)

    verdict = script.judge("cleanup-complete")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == "the component's process ended with exit code -11"


def test_an_exception_lost_while_the_loop_ends_fails() -> None:
    """`asyncio.run` tells of each task that failed on its way out."""
    script = torn_down().at(
        230, Source.SERVER, "lost-exception", text="during asyncio.run() shutdown"
    )

    assert outcome_of(script, "cleanup-complete") is Outcome.FAIL
