"""A component that is made anew: what may begin between its stop and its close."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, begun, outcome_of

REBUILD = "reconfigure"


def rebuilt(motion_ms: float) -> Script:
    """It is asked at once, a motion begins so late, and 20 ms later it is made anew."""
    script = begun(REBUILD).at(0, Source.JUDGE, "strike", trigger=REBUILD)
    script.at(0, Source.CLIENT, "call-sent", call=REBUILD, component="left")
    script.stop(1).drive(1.4, 0).motion(motion_ms, number=2).stop(15)
    return script.returned(20, REBUILD, "returned")


@pytest.mark.parametrize(
    ("motion_ms", "outcome"), [(5, Outcome.PASS), (40, Outcome.FAIL)]
)
def test_a_call_that_came_in_just_then_may_begin_and_is_ended_by_the_close(
    motion_ms: float, outcome: Outcome
) -> None:
    """Once that has answered nothing may begin."""
    script = rebuilt(motion_ms).checked_up(550, 0.0, 0.0)

    assert outcome_of(script, "stays-stopped") is outcome
