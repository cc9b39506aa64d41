"""A stop with a ramp ends the drive of a shaft that does not turn, too."""

import pytest

from arduino_actuators.wire import Event, Reply
from deadstop.boards.avr.core import AvrCore
from tests.harness.boards.host import Host


@pytest.mark.parametrize("speed_cps", [3000, -3000])
def test_a_jammed_motor_is_off_once_its_ramp_has_ended(speed_cps: int) -> None:
    """It stands still already when the ramp ends: `stopped` comes in that very tick."""
    host = Host("avr")
    board = host.board
    assert isinstance(board, AvrCore)
    assert isinstance(host.ask("hello 1"), Reply)
    board.jam_shaft("a", jammed=True)
    assert isinstance(host.ask(f"spin a 1 300 {speed_cps}"), Reply)
    host.wait(0.06)  # far from a stall, which takes 250 ms
    host.forget()
    assert isinstance(host.ask("stop a 1 1"), Reply)
    host.wait(0.3)

    events = [(e.event, *e.fields) for e in host.said if isinstance(e, Event)]
    assert events[-1] == ("stopped", "a", "1", "stop", "0")
    assert board.drive("a").duty_permille == 0
    board.jam_shaft("a", jammed=False)
    host.wait(0.5)
    assert board.shaft_position_rev("a") == pytest.approx(0, abs=0.01)
