"""A process on virtual time: its clock, its chance, its serial port, its refusals.

What `enter` does cannot be taken back, so each test has a process of its own.
"""

import subprocess
import sys
import textwrap

import pytest

SETUP = """
import asyncio, errno, os, random, termios, threading, time, uuid
import serial
from deadstop.boards.loopback import BoardConfig
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.virtual.clock import VirtualLoop
from deadstop.virtual.line import VirtualLine
from deadstop.virtual.outside import enter
from deadstop.virtual.ports import install_ports
from deadstop.virtual.refusal import VirtualTimeError, refused

loop = VirtualLoop()
enter(loop, seed=7)
install_ports()
board = ClockedLoopback(BoardConfig(axes="a"), t_s=loop.time(), observe=lambda _: None)
line = VirtualLine("board", loop, board, lambda _: None)
loop.world = line
"""


def told(body: str) -> str:
    """Run *body* in a process that has entered virtual time; return what it printed."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", SETUP + textwrap.dedent(body)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_clock_is_the_loops() -> None:
    """Whoever asks, and `sleep` takes no time but that."""
    assert (
        told("""
        began = loop.time()
        time.sleep(2.5)
        print(loop.time() - began, time.monotonic() == loop.time(),
              time.perf_counter_ns() == round(loop.time() * 1e9), time.time() > 1.7e9)
    """)
        == "2.5 True True True"
    )


def test_chance_follows_the_seed() -> None:
    """Two processes draw the same."""
    body = "print(uuid.uuid4(), random.random())"

    assert told(body) == told(body)


def test_a_port_is_opened_by_pyserials_own_mechanism_and_read_while_blocking() -> None:
    """A read with a time-out lets time pass, and no more of it than asked for."""
    assert (
        told("""
        port = serial.serial_for_url("deadstop://board", timeout=1.0, exclusive=True)
        time.sleep(0.1)
        port.reset_input_buffer()
        port.write(b"?")
        began = loop.time()
        print(port.readline()[:9], loop.time() - began < 0.02)
        time.sleep(0.1)
        port.reset_input_buffer()
        began = loop.time()
        print(port.read(1), round(loop.time() - began, 6))
    """)
        == "b'# at 1000' True\nb'' 1.0"
    )


def test_a_program_may_use_the_descriptor_itself() -> None:
    """As on a real tty; a closed one is none any more."""
    assert (
        told("""
        port = serial.serial_for_url("deadstop://board")
        fd = port.fileno()
        print(os.write(fd, b"?!"), os.isatty(fd))
        termios.tcdrain(fd)
        termios.tcflush(fd, termios.TCIOFLUSH)
        port.close()
        try:
            os.write(fd, b"!")
        except OSError as error:
            print(error.errno == errno.EBADF)
    """)
        == "2 True\nTrue"
    )


def test_a_port_is_for_one_program_and_gone_when_unplugged() -> None:
    """Both are errors of pyserial's own kind."""
    assert (
        told("""
        port = serial.serial_for_url("deadstop://board")
        for url in ("deadstop://board", "deadstop://elsewhere"):
            try:
                serial.serial_for_url(url)
            except serial.SerialException as error:
                print(str(error).rpartition(": ")[2])
        line.unplug()
        for act in (lambda: port.read(1), lambda: port.write(b"!")):
            try:
                act()
            except serial.SerialException as error:
                print("Input/output error" in str(error))
    """)
        == "in use\nno such port\nTrue\nTrue"
    )


@pytest.mark.parametrize(
    ("act", "call"),
    [
        ("threading.Thread(target=print).start()", "thread"),
        ("__import__('subprocess').run(['true'])", "subprocess.Popen"),
        ("os.system('true')", "os.system"),
        ("os.fork()", "os.fork"),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", "socket"),
        ("open('/dev/ttyS0')", "open('/dev/ttyS0')"),
        ("loop.add_reader(0, print)", "descriptor 0"),
    ],
)
def test_what_lives_on_the_real_clock_is_refused_by_name(act: str, call: str) -> None:
    """Also if the component swallows the error: it is remembered."""
    printed = told(f"""
        try:
            {act}
        except VirtualTimeError as error:
            print(error)
        print(bool(refused()))
    """)

    assert call in printed
    assert "--clock real" in printed
    assert printed.endswith("True")
