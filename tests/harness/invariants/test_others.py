"""`bystanders-unharmed`, `no-needless-stop`, `loop-responsive`, `deadman`."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import (
    Script,
    begun,
    cancelled,
    outcome_of,
    preempted,
    undisturbed,
)


def with_neighbour(outcome: str = "returned") -> Script:
    """The right case, beside a call of `right` that goes on until 300 ms."""
    script = cancelled().call("right", "b", ended=False).motion(-390, 1, "b")
    script.board_says(300, "arrived", 1, "b")
    return script.returned(305, "right#1", outcome)


def test_a_neighbour_that_goes_on_passes() -> None:
    """The green one."""
    assert outcome_of(with_neighbour(), "bystanders-unharmed") is Outcome.PASS


@pytest.mark.parametrize("axis", ["b", "*"])
def test_a_neighbour_that_was_sent_a_stop_fails(axis: str) -> None:
    """Also when the stop was for all."""
    verdict = with_neighbour().stop(1.4, axis).judge("bystanders-unharmed")

    assert verdict.outcome is Outcome.FAIL
    assert "axis b, which was to go on, was sent a stop" in verdict.detail


def test_a_stop_of_the_neighbour_after_its_arrival_is_harmless() -> None:
    """It was not under way any more."""
    script = with_neighbour().stop(310, "b")

    assert outcome_of(script, "bystanders-unharmed") is Outcome.PASS


@pytest.mark.parametrize("outcome", ["cancelled", "error", ""])
def test_a_neighbour_that_does_not_return_fails(outcome: str) -> None:
    """Ended with the other, or never answered."""
    script = with_neighbour(outcome)
    if not outcome:
        script.without(Source.CLIENT, "call-returned", call="right#1")

    assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL


def test_alone_nobody_can_be_harmed() -> None:
    """And nothing is claimed."""
    assert outcome_of(cancelled(), "bystanders-unharmed") is Outcome.UNCHECKED


def noise(script: Script, axis: str, *, struck: bool = True) -> Script:
    """Let a flipped bit make a stop byte for *axis* on its way to the board."""
    script.at(30, Source.LINK, "fault", fault="flip", struck=struck)
    return script.at(30.1, Source.BOARD, "stop-byte", axis=axis)


@pytest.mark.parametrize("axis", ["b", "*"])
def test_a_neighbour_that_noise_has_stopped_is_not_judged(axis: str) -> None:
    """Any board obeys a stop byte, and nobody has sent this one."""
    script = noise(with_neighbour("error"), axis)

    assert outcome_of(script, "bystanders-unharmed") is Outcome.UNCHECKED
    assert outcome_of(script, "honest-outcome") is Outcome.PASS


def test_noise_is_no_excuse_for_what_it_did_not_stop() -> None:
    """It hit another axis, or never struck, or the component sent that stop itself."""
    stray = with_neighbour("error").stop(29.9, "b", heard=False)
    for script in (
        noise(with_neighbour("error"), "a"),
        noise(with_neighbour("error"), "b", struck=False),
        noise(stray, "b"),
    ):
        assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL
        assert outcome_of(script, "honest-outcome") is Outcome.FAIL


def test_a_newer_motion_that_goes_on_passes() -> None:
    """The stop of the old one came before it."""
    assert outcome_of(preempted(), "bystanders-unharmed") is Outcome.PASS


def test_a_stop_byte_of_the_old_operation_hits_the_newer_motion() -> None:
    """The old body cleans up late."""
    script = preempted().stop(240)

    assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL


@pytest.mark.parametrize(
    ("names", "outcome"),
    [(1, Outcome.PASS), (2, Outcome.FAIL), (0, Outcome.FAIL)],
    ids=["the old", "the newer", "whatever runs"],
)
def test_a_stop_frame_harms_the_motion_that_it_names(
    names: int, outcome: Outcome
) -> None:
    """The board refuses a stale one; motion 0 means whatever is running."""
    script = preempted().at(
        240, Source.LINK, "stop", verb="stop", axis="a", how="frame", motion=names
    )

    assert outcome_of(script, "bystanders-unharmed") is outcome


def test_a_stop_in_one_chunk_before_the_newer_motion_does_not_hit_it() -> None:
    """The bytes came together, and so bear one stamp."""
    script = preempted().without(Source.LINK, "motion", "stop").motion(-397)
    script.stop(2).motion(2, number=2)

    assert outcome_of(script, "bystanders-unharmed") is Outcome.PASS


def test_a_newer_motion_within_the_crossing_time_is_seen() -> None:
    """It took over within 2 ms of the strike, without a stop."""
    script = preempted().without(Source.LINK, "motion", "stop").motion(-397)
    script.motion(1.4, number=2)

    assert outcome_of(script, "bystanders-unharmed") is Outcome.PASS
    assert outcome_of(script, "stop-commanded") is Outcome.PASS


def test_a_newer_call_that_returns_without_a_motion_fails() -> None:
    """It was told that it is done, and nothing had been sent."""
    script = preempted().without(Source.LINK, "motion", motion=2)

    assert outcome_of(script, "bystanders-unharmed") is Outcome.FAIL


def test_silence_after_the_arrival_passes() -> None:
    """The green one."""
    assert outcome_of(undisturbed(), "no-needless-stop") is Outcome.PASS


def test_an_undisturbed_motion_may_be_ended_with_a_stop() -> None:
    """By its own component, after its time: nobody else was there to harm."""
    script = undisturbed().without(Source.JUDGE, "call").call(ended=False)

    verdict = (
        script.without(Source.LINK, "board-event")
        .stop(395)
        .judge("bystanders-unharmed")
    )

    assert verdict.outcome is Outcome.PASS


def test_a_newer_motion_that_its_component_ends_with_a_stop_is_unharmed() -> None:
    """A byte and a frame, and then its call returns."""
    verdict = preempted().ends_itself().stop(300).stop(301).judge("bystanders-unharmed")

    assert verdict.outcome is Outcome.PASS, verdict.detail


def test_a_stop_before_the_one_of_its_own_is_somebody_elses() -> None:
    """An old operation's, which hits the newer motion."""
    verdict = preempted().ends_itself().stop(226).stop(300).judge("bystanders-unharmed")

    assert verdict.outcome is Outcome.FAIL
    assert "was sent a stop 2.0 ms after it had begun" in verdict.detail


def test_a_stray_stop_after_the_arrival_fails() -> None:
    """A `finally` that always stops."""
    verdict = undisturbed().stop(425).judge("no-needless-stop")

    assert verdict.outcome is Outcome.FAIL
    assert verdict.detail == (
        "axis a was sent a stray stop 5.0 ms after it had arrived"
    )


def test_a_stray_motion_after_the_arrival_fails() -> None:
    """It corrects itself, though nobody asked."""
    script = undisturbed().motion(440, number=2)

    assert outcome_of(script, "no-needless-stop") is Outcome.FAIL


def test_the_steps_of_one_motion_are_not_stray() -> None:
    """Only what follows the last arrival is."""
    script = undisturbed().board_says(-100, "arrived").motion(-99, number=2)

    assert outcome_of(script, "no-needless-stop") is Outcome.PASS


def test_a_motion_that_was_ended_is_not_judged_for_its_stop() -> None:
    """That one was needed."""
    assert outcome_of(cancelled(), "no-needless-stop") is Outcome.UNCHECKED


def test_without_an_arrival_nothing_is_needless() -> None:
    """It has not been seen to end by itself."""
    script = undisturbed().without(Source.LINK, "board-event")

    assert outcome_of(script, "no-needless-stop") is Outcome.UNCHECKED


@pytest.mark.parametrize(
    ("lag_s", "outcome"),
    [(0.05, Outcome.PASS), (0.09, Outcome.MARGINAL), (0.11, Outcome.FAIL)],
)
@pytest.mark.parametrize(
    ("source", "kind", "key"),
    [(Source.SERVER, "loop-lag", "lag_s"), (Source.JUDGE, "heartbeat", "silent_s")],
)
def test_the_worst_block_of_the_loop_is_held_against_its_limit(
    source: Source, kind: str, key: str, lag_s: float, outcome: Outcome
) -> None:
    """Told afterwards by the loop itself, or seen from outside while it lasts."""
    script = cancelled().at(100, Source.SERVER, "loop-lag", lag_s=0.03)

    verdict = script.at(300, source, kind, **{key: lag_s}).judge("loop-responsive")

    assert verdict.outcome is outcome
    assert verdict.measured == lag_s


def test_a_block_before_the_motion_is_none_of_this() -> None:
    """Connecting may take its time."""
    script = cancelled().at(-430, Source.SERVER, "loop-lag", lag_s=3.0)

    assert outcome_of(script, "loop-responsive") is Outcome.PASS


def test_a_loop_that_is_gone_is_not_judged() -> None:
    """It could not tell any more."""
    script = cancelled().at(300, Source.JUDGE, "component-gone", text="exit code 7")

    assert outcome_of(script, "loop-responsive") is Outcome.UNCHECKED


def starved(fed_ms: float, expired_ms: float) -> Script:
    """Fed for the last time at *fed_ms*, stopped by the board at *expired_ms*."""
    script = begun().at(0, Source.JUDGE, "strike", trigger="client-cancel")
    script.at(fed_ms, Source.BOARD, "command", verb="keep", axis="a", motion=1)
    return script.at(
        expired_ms, Source.BOARD, "lease-expired", axis="a", motion=1, lease_ms=300
    )


def test_a_lease_that_is_fed_to_the_end_passes() -> None:
    """The board never had to act."""
    assert outcome_of(cancelled(), "deadman") is Outcome.PASS


@pytest.mark.parametrize(
    ("expired_ms", "outcome"),
    [
        (300, Outcome.PASS),
        (319, Outcome.PASS),
        (281, Outcome.PASS),
        (321, Outcome.FAIL),
        (279, Outcome.FAIL),
    ],
)
def test_a_starved_board_stops_when_its_lease_is_up(
    expired_ms: float, outcome: Outcome
) -> None:
    """Neither sooner nor later, within 20 ms."""
    assert outcome_of(starved(0, expired_ms), "deadman") is outcome


def test_a_command_of_another_axis_feeds_nothing() -> None:
    """Each axis has a lease of its own."""
    script = starved(0, 300)
    script.at(250, Source.BOARD, "command", verb="keep", axis="b", motion=1)

    assert outcome_of(script, "deadman") is Outcome.PASS


def test_a_simulated_board_that_was_late_itself_is_not_blamed() -> None:
    """This machine was too busy to tell."""
    script = starved(0, 400).at(500, Source.JUDGE, "board-late", lateness_s=0.2)

    assert outcome_of(script, "deadman") is Outcome.UNCHECKED


def test_without_a_motion_there_was_no_lease() -> None:
    """Nothing to watch, nothing to praise."""
    script = cancelled().without(Source.LINK, "motion")

    assert outcome_of(script, "deadman") is Outcome.UNCHECKED


def test_a_board_that_does_not_tell_of_leases_is_not_judged() -> None:
    """Its silence proves nothing."""
    script = cancelled().without(Source.BOARD, "boot", "stop-byte", "command")

    assert outcome_of(script, "deadman") is Outcome.UNCHECKED


def fed(ms: float, category: int = 0) -> Script:
    """The right case, whose lease is fed at *ms*; the board says stopped at 220 ms."""
    script = cancelled().at(
        1.6, Source.LINK, "stop", axis="a", how="frame", motion=1, category=category
    )
    return script.at(ms, Source.LINK, "keep", axis="a", motion=1)


def test_a_host_that_feeds_on_after_the_stop_fails() -> None:
    """The board would not notice that whoever asked for the motion is gone."""
    verdict = fed(380).judge("deadman")

    assert verdict.outcome is Outcome.FAIL
    assert "was still fed 160 ms after the board had said" in verdict.detail


@pytest.mark.parametrize(
    "script", [fed(180), fed(240), fed(380, category=2)], ids=["ramp", "late", "hold"]
)
def test_a_host_that_feeds_until_the_standstill_or_a_hold_passes(
    script: Script,
) -> None:
    """What crossed the board's word on the wire is excused."""
    assert outcome_of(script, "deadman") is Outcome.PASS
