"""The board's own deadman: a motion that nobody renews is stopped."""

import pytest

from arduino_actuators.wire import AxisState, Cause, Reply, Stats, Verb
from tests.harness.boards.twin import Twin


@pytest.mark.parametrize("lease_ms", [50, 300, 2000])
def test_a_lease_that_runs_out_cuts_the_drive_within_a_tick(
    twin: Twin, lease_ms: int
) -> None:
    """It is looked at once a millisecond."""
    twin.spin("a", 1, lease_ms=lease_ms)
    accepted_s = twin.now_s
    twin.wait(3.0)
    off = twin.drives("a")[-1]
    assert off.data["duty_permille"] == 0
    assert 0.0 <= off.t_s - accepted_s - lease_ms / 1000 <= 0.001 + 1e-9
    assert twin.report("a").cause is Cause.LEASE
    expired = [event for event in twin.seen if event.kind == "lease-expired"]
    assert [event.data for event in expired] == [
        {"axis": "a", "motion": 1, "lease_ms": lease_ms}
    ]
    stats = twin.ask(Verb.STATS)
    assert isinstance(stats, Reply)
    assert Stats.from_reply(stats).lease_stops == 1


def test_a_lease_that_is_fed_never_strikes(twin: Twin) -> None:
    """Twenty seconds on the shortest lease, fed just in time."""
    twin.spin("a", 1, lease_ms=50)
    for _ in range(400):
        twin.wait(0.049)
        assert isinstance(twin.ask(Verb.KEEP, "a", 1), Reply)
    assert twin.state("a") is AxisState.MOVING


def test_feeding_the_old_motion_does_not_feed_the_new_one(twin: Twin) -> None:
    """A keep-alive that outlived its motion must not count."""
    twin.spin("a", 1, lease_ms=100)
    twin.spin("a", 2, lease_ms=100)
    for _ in range(10):
        twin.wait(0.05)
        twin.ask(Verb.KEEP, "a", 1)
    assert twin.state("a") is not AxisState.MOVING


def test_each_axis_has_a_lease_of_its_own(twin: Twin) -> None:
    """One strikes, the other does not."""
    twin.spin("a", 1, lease_ms=100)
    twin.spin("b", 1, lease_ms=2000)
    twin.wait(1.0)
    assert twin.state("a") is AxisState.IDLE
    assert twin.state("b") is AxisState.MOVING


def test_a_lease_that_runs_out_hardens_a_ramp_under_way(twin: Twin) -> None:
    """A ramp to a hold ends in removed power."""
    twin.spin("a", 1, lease_ms=600)
    twin.wait(0.5)
    twin.ask(Verb.STOP, "a", 1, 2)
    twin.wait(0.11)
    assert twin.report("a").duty_permille == 0
    twin.wait(1.0)
    assert twin.report("a").cause is Cause.LEASE
