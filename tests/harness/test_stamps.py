"""How far a latency may be off: what is known of the clocks that its ends are on."""

import pytest

from deadstop.latency import legs_of
from deadstop.results import Leg, Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, cancelled

WHOLE = "trigger to shaft still"


def legs(script: Script) -> dict[str, Leg]:
    """Return its legs by their names."""
    return {leg.name: leg for leg in legs_of(script.story())}


def told(script: Script, source: Source, kind: str, **more: float) -> Script:
    """Have the events of *kind* tell *more*."""
    script.events = [
        e._replace(data={**e.data, **more})
        if (e.source, e.kind) == (source, kind)
        else e
        for e in script.events
    ]
    return script


def test_stamps_of_one_clock_have_no_error() -> None:
    """As in virtual time, where all are."""
    assert {leg.error_s for leg in legs(cancelled()).values()} == {0.0}


def test_a_simulated_board_may_lag_by_what_it_was_late() -> None:
    """Legs that both begin and end in it are exact all the same."""
    late = legs(cancelled().at(900, Source.JUDGE, "board-clock", lateness_s=0.004))
    errors_ms = {name: leg.error_s * 1000 for name, leg in late.items()}

    assert errors_ms == pytest.approx(
        {
            "trigger to operation": 0,
            "operation to first stop byte": 0,
            "first to last stop byte": 0,
            "stop byte to board": 4,
            "board to pins dead": 0,
            "pins dead to shaft still": 0,
            WHOLE: 4,
        }
    )
    assert late[WHOLE].seconds == legs(cancelled())[WHOLE].seconds


def test_what_lay_between_two_looks_was_in_their_middle_give_or_take() -> None:
    """And the alignment of the real board's clock comes on top of that."""
    before = legs(cancelled())[WHOLE].seconds
    script = told(
        cancelled(), Source.SHAFT, "standstill", uncertain_ms=0.5, spacing_ms=15.0
    )
    leg = legs(script)[WHOLE]

    assert leg.seconds == pytest.approx(before - 0.0075)
    assert leg.error_s == pytest.approx(0.008)


def test_what_a_real_board_answers_it_heard_on_the_way() -> None:
    """Between the stop's way out and its answer's way in."""
    whole_ms = legs(cancelled())["stop byte to board"].seconds * 1000
    script = told(cancelled(), Source.BOARD, "stop-byte", early_ms=whole_ms)
    leg = legs(script)["stop byte to board"]

    assert leg.seconds == pytest.approx(whole_ms / 2000, abs=2e-7)
    assert leg.error_s == pytest.approx(leg.seconds, abs=2e-7)


@pytest.mark.parametrize(
    ("uncertain_ms", "outcome"),
    [(1, Outcome.PASS), (299, Outcome.PASS), (301, Outcome.MARGINAL)],
)
def test_a_limit_that_is_not_surely_met_is_barely_met(
    uncertain_ms: float, outcome: Outcome
) -> None:
    """The shaft stood after 200 ms, where 500 are allowed."""
    script = told(cancelled(), Source.SHAFT, "standstill", uncertain_ms=uncertain_ms)
    rest_s = legs(cancelled())[WHOLE].seconds
    assert rest_s == pytest.approx(0.2)

    assert script.judge("motion-ceased").outcome is outcome
