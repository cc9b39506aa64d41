"""Every board tells its own clock ahead of the states that `?` asks for."""

from typing import TYPE_CHECKING, Final

import pytest

from arduino_actuators.wire import AxisReport, BootCause, ClockReading, Comment, Reply
from tests.harness.boards.host import AXES, KINDS, Host

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import ShieldName

BURST_S: Final = 0.02  # one of three axes takes 12 ms on the line
QUIET_S: Final = 0.05  # what else it tells of a command has left by then
STEP_US: Final = 500  # of the host's looks
WAITS_S: Final = (0.001, 0.02, 0.3)  # behind a round of either board's timer
DRIVEN: Final = {"motor": "power a 1 2000 300", "cnc": "home a 1 2000 400"}


def asked(host: Host) -> int:
    """Ask for the states; return what the clock was, having read all the rest."""
    host.forget()
    host.send(b"?")
    host.wait(BURST_S)
    clock, *states = [item for item in host.said if isinstance(item, Comment)]
    assert [text.text[0] for text in states] == list(AXES[host.shield])
    for state in states:
        AxisReport.from_reply(Reply(0, tuple(state.text.split()[1:])))
    reading = ClockReading.from_comment(clock)
    assert reading is not None
    return reading.board_us


@pytest.mark.parametrize("shield", AXES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_boards_clock_runs_as_its_time_does_and_begins_anew_at_a_reset(
    kind: str, shield: "ShieldName"
) -> None:
    """Whether it has nothing to do or drives an axis, to within the line's rhythm."""
    host = Host(kind, shield=shield, check_lines=False)
    host.ask("hello 1")
    for driven in (False, True):
        if driven:
            assert isinstance(host.ask(DRIVEN[shield]), Reply)
        host.wait(QUIET_S)
        before_us, before_s = asked(host), host.now_s
        for wait_s in WAITS_S:
            host.wait(wait_s)
            now_us = asked(host)
            passed_us = (host.now_s - before_s) * 1e6
            assert abs(now_us - before_us - passed_us) <= 2 * STEP_US + 1000
    host.board.reset(BootCause.EXTERNAL)
    host.wait(0.02)
    assert asked(host) < 0.03 * 1e6
