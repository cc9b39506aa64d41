"""`motion-ceased`: the shaft stands in time, and has not gone far."""

import pytest

from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, cancelled, preempted, undisturbed

LAW = "motion-ceased"


def still_at(ms: float, to_rev: float = 0.5) -> Script:
    """The right case, but for when and where its shaft comes to rest."""
    script = cancelled().without(Source.SHAFT, "moving", "sample", "standstill")
    script.without(Source.JUDGE, "asked-anew").at(2000, Source.JUDGE, "asked-anew")
    script.turn(-395, -0.1, 0.0, 0.4).without(Source.SHAFT, "standstill")
    return script.turn(0, ms, 0.4, to_rev)


@pytest.mark.parametrize(
    ("ms", "outcome"),
    [
        (200, Outcome.PASS),
        (399, Outcome.PASS),
        (401, Outcome.MARGINAL),
        (499, Outcome.MARGINAL),
        (501, Outcome.FAIL),
    ],
)
def test_the_standstill_is_held_against_its_limit(ms: float, outcome: Outcome) -> None:
    """The limit is 500 ms from the trigger."""
    verdict = still_at(ms).judge(LAW)

    assert verdict.outcome is outcome
    assert verdict.measured == pytest.approx(ms / 1000)


def test_a_shaft_that_stands_in_time_but_too_far_off_fails() -> None:
    """0.7 rev since the trigger, where 0.6 are allowed."""
    verdict = still_at(300, to_rev=1.1).judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert (verdict.measured, verdict.limit, verdict.unit) == (0.7, 0.6, "rev")


def test_a_shaft_that_never_stands_fails() -> None:
    """It was still turning when motion was asked for anew."""
    script = cancelled().without(Source.SHAFT, "standstill")

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "never came to a standstill" in verdict.detail


def test_a_standstill_after_motion_was_asked_for_anew_comes_too_late() -> None:
    """The rest after the next motion says nothing of this one."""
    script = cancelled().without(Source.SHAFT, "standstill")
    script.at(650, Source.SHAFT, "standstill", axis="a", position_rev=0.6)

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_a_shaft_that_only_starts_after_the_strike_is_watched_to_its_end() -> None:
    """It stood at the strike; that is not the standstill that is wanted."""
    script = cancelled().without(Source.SHAFT, "moving", "sample", "standstill")
    script.turn(2, 700, 0.0, 0.3)

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_the_worst_axis_decides() -> None:
    """One stands, the other goes on for too long."""
    script = cancelled("client-close").call("right", "b").motion(-390, axis="b")
    script.without(Source.JUDGE, "asked-anew").at(2000, Source.JUDGE, "asked-anew")

    verdict = script.turn(-380, 900, 0.0, 0.7, "b").judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "axis b" in verdict.detail


def test_the_other_axis_may_go_on() -> None:
    """Its call was not ended."""
    script = cancelled().call("right", "b", ended=False).motion(-390, axis="b")

    assert script.turn(-380, 900, 0.0, 2.0, "b").judge(LAW).outcome is Outcome.PASS


def test_without_a_witness_nothing_is_claimed() -> None:
    """A board's own word is no witness."""
    script = cancelled().without(Source.SHAFT, "moving", "sample", "standstill")

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.UNCHECKED
    assert verdict.detail == "no witness saw a shaft move, if this rig has one"


@pytest.mark.parametrize("script", [undisturbed(), preempted()], ids=["none", "newer"])
def test_what_was_not_to_cease_is_not_judged(script: Script) -> None:
    """The reference ends by itself; a newer motion rightly moves the shaft on."""
    assert script.judge(LAW).outcome is Outcome.UNCHECKED


@pytest.mark.parametrize(
    ("us", "outcome"), [(3, Outcome.PASS), (9.9, Outcome.PASS), (10.1, Outcome.FAIL)]
)
def test_the_drive_is_off_at_once_when_a_stop_byte_has_come(
    us: float, outcome: Outcome
) -> None:
    """10 us from the end of the byte; a board that looks at it later is caught."""
    stop_ms = 5.0
    script = (
        cancelled()
        .without(Source.PINS, "drive")
        .without(Source.BOARD, "stop-byte")
        .drive(-300, 500)
        .at(stop_ms, Source.BOARD, "stop-byte", axis="a")
        .drive(stop_ms + us / 1000, 0)
    )

    verdict = script.judge(LAW)

    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        assert verdict.measured == pytest.approx(us / 1e6, rel=1e-3)
        assert verdict.limit == pytest.approx(10e-6)


def test_a_drive_that_stays_on_behind_a_stop_byte_fails() -> None:
    """Even where friction stops the shaft in time."""
    script = cancelled().without(Source.PINS, "drive").drive(-300, 500)

    verdict = script.judge(LAW)

    assert verdict.outcome is Outcome.FAIL
    assert "never" in verdict.detail
