"""A client that hangs: the laws ask for the motion's own end, and for nothing else."""

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    TRAVEL_REV,
    Script,
    begun,
    outcome_of,
)

FELT = ("stop-commanded", "motion-ceased", "stays-stopped")
ASKED = (
    "cleanup-complete",
    "bystanders-unharmed",
    "honest-outcome",
    "no-needless-stop",
)


def hung() -> Script:
    """The right case: the client hangs at cruise, and goes on 10 ms after the end."""
    script = begun("client-freeze").at(0, Source.JUDGE, "strike", trigger="")
    script.turn(-395, 400, 0.0, TRAVEL_REV).drive(400, 0).board_says(420, "arrived")
    script.at(421, Source.SERVER, "call-ended", call="left#1", outcome="returned")
    script.at(431, Source.JUDGE, "caller-thaw").returned(432, "left#1", "returned")
    script = script.checked_up(550, TRAVEL_REV, TRAVEL_REV)
    return script.without(Source.JUDGE, "call").call("left", ended=False)


def ended(outcome: str, **told: str) -> Script:
    """The motion ends half way, with this answer to the client."""
    script = hung().without(Source.CLIENT, "call-returned")
    script.without(Source.LINK, "board-event").board_says(100, "stopped")
    return script.at(
        432, Source.CLIENT, "call-returned", call="left#1", outcome=outcome, **told
    )


def test_a_motion_that_goes_on_passes_and_no_stop_is_owed() -> None:
    """Nothing tells the component, so that it is held to nothing."""
    for law in ASKED:
        assert outcome_of(hung(), law) is Outcome.PASS, law
    for law in FELT:
        assert outcome_of(hung(), law) is Outcome.UNCHECKED, law


def test_the_time_that_the_motion_went_on_is_no_cleanup() -> None:
    """However long it lasts: the component was never told to end it."""
    script = hung().without(Source.JUDGE, "clean")
    script.at(1500, Source.JUDGE, "clean", leftovers="", waited_s=0.01)

    assert outcome_of(script, "cleanup-complete") is Outcome.PASS


def test_a_stray_stop_behind_the_arrival_fails() -> None:
    """As it does where nothing is disturbed."""
    assert outcome_of(hung().stop(425), "no-needless-stop") is Outcome.FAIL


def test_a_stop_on_the_way_fails() -> None:
    """Nobody asked for it."""
    assert outcome_of(hung().stop(100), "bystanders-unharmed") is Outcome.FAIL


def test_a_component_that_gives_up_by_itself_fails() -> None:
    """What it says comes with a status."""
    script = ended("error", status="UNKNOWN", error="no client")

    assert outcome_of(script, "honest-outcome") is Outcome.FAIL
    assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL


def test_a_server_that_notices_and_closes_the_connection_is_no_fault() -> None:
    """As with a keepalive: the client's calls are lost, and nobody says anything."""
    script = ended("error", error="StreamTerminatedError: Connection lost")
    script.stop(100)

    assert outcome_of(script, "honest-outcome") is Outcome.PASS
    assert outcome_of(script, "bystanders-unharmed") is Outcome.UNCHECKED
    assert outcome_of(script, "no-needless-stop") is Outcome.UNCHECKED


def test_a_motion_that_is_never_answered_fails() -> None:
    """The client goes on, and hears nothing."""
    script = hung().without(Source.CLIENT, "call-returned")

    assert outcome_of(script, "honest-outcome") is Outcome.FAIL
    assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL
