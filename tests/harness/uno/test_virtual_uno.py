"""The virtual Uno: the real firmware, behind a port like a board's."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import serial

from arduino_actuators.wire import BootCause, hello
from deadstop.errors import BoardAbsentError
from deadstop.uno.control import Order
from tests.harness.boards.pty_host import Host, read_until_hung_up
from tests.harness.uno.virtual_uno import virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

# A client that starts a motor and keeps it going, until somebody kills it.
CLIENT: Final = """
import sys, time, serial
from arduino_actuators.wire import encode_command, hello, keep, spin
port = serial.Serial(sys.argv[1], 115200, timeout=0.02)
port.write(encode_command(hello(1)))
time.sleep(0.05)
port.write(encode_command(spin(2, "a", 1, 300, 3200)))
for seq in range(3, 255):
    time.sleep(0.05)
    port.write(encode_command(keep(seq, "a", 1)))
    if b"started" in port.read(4096):
        print("moving", flush=True)
"""


def test_it_outlives_its_client_and_tells_how_the_motor_stopped(tmp_path: Path) -> None:
    """The client is killed amid its motion; the firmware's own lease ends that."""
    with virtual_uno(tmp_path) as uno:
        words = [sys.executable, "-c", CLIENT, str(uno.link)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as client:  # noqa: S603
            assert client.stdout is not None
            assert client.stdout.readline() == "moving\n"
            moving = uno.ask()
            client.kill()
        rested = uno.wait_rest()

        assert not moving.at_rest
        assert moving.axes["a"].speed_rev_s > 0
        assert rested.axes["a"].duty_permille == 0
        assert rested.axes["a"].position_rev > moving.axes["a"].position_rev
        assert rested.users == 0
        drives = uno.drives("a")
        assert drives[-1].data["duty_permille"] == 0
        assert drives[-1].t_s == rested.last_drive_change_s
        assert any(event.data["duty_permille"] for event in drives)

        host = Host(str(uno.link))  # and it serves the next one
        host.ask(hello(9))
        host.port.close()
        uno.process.send_signal(signal.SIGKILL)
        uno.process.wait()

        assert uno.drives("a")[: len(drives)] == drives


def test_orders_do_to_it_what_a_hand_does_to_a_board(tmp_path: Path) -> None:
    """Unplugged, its link is gone; plugged in again it is the same board."""
    with virtual_uno(tmp_path) as uno:
        host = Host(str(uno.link))
        uno.ask(Order.RESET)
        host.listen_for_boot(BootCause.EXTERNAL)
        uno.ask(Order.BROWN_OUT)
        host.listen_for_boot(BootCause.BROWNOUT)

        unplugged = uno.ask(Order.UNPLUG)
        with pytest.raises(serial.SerialException):
            read_until_hung_up(host.port)
        host.port.close()
        assert unplugged.port == ""
        assert not os.path.lexists(uno.link)

        replugged = uno.ask(Order.REPLUG)
        assert str(uno.link.readlink()) == replugged.port
        assert uno.ask(Order.AUTO_RESET_ON).auto_reset
        host = Host(str(uno.link))
        host.listen_for_boot(BootCause.EXTERNAL)
        host.port.close()

        uno.ask(Order.QUIT)
        assert uno.process.wait() == 0
        assert [left.name for left in tmp_path.iterdir()] == ["pins.jsonl"]
        with pytest.raises(BoardAbsentError, match=r"^no virtual board answers at /"):
            uno.ask()
