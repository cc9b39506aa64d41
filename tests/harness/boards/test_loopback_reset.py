"""After a reset nothing moves until a host says hello and asks."""

import pytest

from arduino_actuators.wire import (
    AxisState,
    BootCause,
    BootNotice,
    ErrorCode,
    Event,
    Refusal,
    Verb,
    encode_command,
    move,
)
from deadstop.trace import Source
from tests.harness.boards.twin import Twin


@pytest.mark.parametrize("cause", BootCause)
def test_a_reset_cuts_the_drive_and_says_why(twin: Twin, cause: BootCause) -> None:
    """For each cause that the protocol knows."""
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.core.reset(cause, twin.now_s)
    off = twin.drives("a")[-1]
    assert (off.t_s, off.data["duty_permille"]) == (twin.now_s, 0)
    boot = twin.said[-1][1]
    assert isinstance(boot, Event)
    assert BootNotice.from_event(boot) == BootNotice(cause, "twin-1")
    assert twin.seen[-1].kind == "boot"
    assert twin.state("a") is AxisState.IDLE
    twin.wait(1.0)
    assert twin.core.at_rest


def test_nothing_moves_after_a_reset_until_hello_and_a_motion(twin: Twin) -> None:
    """Neither an old session nor hello alone is enough."""
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.core.reset(BootCause.WATCHDOG, twin.now_s)
    twin.wait(1.0)
    twin.seen.clear()
    for verb, args in (
        (Verb.SPIN, ("a", 2, 300, 100)),
        (Verb.MOVE, ("a", 3, 300, 100, 100)),
        (Verb.GOTO, ("a", 4, 300, 100, 100)),
        (Verb.POWER, ("a", 5, 300, 500)),
        (Verb.KEEP, ("a", 1)),
    ):
        answer = twin.ask(verb, *args)
        assert isinstance(answer, Refusal)
        assert answer.code is ErrorCode.NO_SESSION
    twin.hello()
    twin.wait(10.0)
    assert twin.kinds(Source.PINS) == []
    assert twin.kinds(Source.SHAFT) == []
    twin.spin("a", 6)
    twin.wait(0.5)
    assert twin.motors["a"].speed_rev_s == pytest.approx(2.5, rel=0.02)


def test_half_a_frame_before_a_reset_does_not_join_the_other_half(twin: Twin) -> None:
    """The decoder begins anew."""
    frame = encode_command(move(77, "a", 5, 300, 3200, 8000))
    twin.send(frame[:20])
    twin.core.reset(BootCause.EXTERNAL, twin.now_s)
    twin.hello()
    twin.send(frame[20:])
    twin.wait(1.0)
    assert not twin.drives("a")


def test_the_shaft_goes_on_counting_from_its_power_up(twin: Twin) -> None:
    """The board forgets its position; the witness does not."""
    twin.move("a", 1, 3200)
    twin.wait(1.0)
    twin.core.reset(BootCause.POWER, twin.now_s)
    assert twin.report("a").position_counts == 0
    assert twin.motors["a"].position_rev == pytest.approx(1.0, abs=1e-3)


def test_a_shaft_that_still_turns_at_a_reset_is_watched_to_its_rest() -> None:
    """The board calls itself idle; the witness knows better."""
    twin = Twin()
    twin.hello()
    twin.spin("a", 1)
    twin.wait(0.4)
    twin.core.reset(BootCause.SOFTWARE, twin.now_s)
    assert not twin.core.at_rest
    twin.wait(1.0)
    assert twin.seen[-1].kind == "standstill"
