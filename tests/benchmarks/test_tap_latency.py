"""What the tap adds to the way of a byte: pty, tap, pty against one pty alone."""

import os
import pty
import select
import statistics
import sys
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from deadstop.link import Tap
from deadstop.report.frames import FrameTeller
from deadstop.runner import SWITCH_INTERVAL_S
from deadstop.trace import Trace

FRAME = b":17 move a 42 300 3200 8000*9c1f\n"
STOP = b"!"
WAYS = 2_000
WARM_UP = 200
BUSY_WAYS = 200
TURNS = 4
ADDED_MS = 0.2  # the tap's promise, at the median

# Two descriptors: write to the first, and it can be read from the second.
Way = tuple[int, int]


@contextmanager
def _plain() -> Iterator[tuple[Way, Way]]:
    """One pty: the component holds its slave, the board its master."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        yield (slave, master), (master, slave)
    finally:
        os.close(master)
        os.close(slave)


@contextmanager
def _tapped(screen: IO[str] | None = None) -> Iterator[tuple[Way, Way]]:
    """The board's pty, the tap with decoder and trace, the component's pty.

    What passes is shown on *screen*, if there is one.
    """
    trace = Trace()
    teller = None if screen is None else FrameTeller(screen)
    if teller is not None:
        trace.listen(teller.begin("go_for/none/idle"))
    master, slave = pty.openpty()
    tty.setraw(slave)
    with Tap(os.ttyname(slave), 115_200, trace.add) as tap:
        port = os.open(tap.path, os.O_RDWR | os.O_NOCTTY)
        os.write(port, STOP)  # the tap knows that the port is open
        os.read(master, 1)
        try:
            yield (port, master), (master, port)
        finally:
            os.close(port)
            os.close(master)
            os.close(slave)
            if teller is not None:
                teller.close()


def _one_way_ms(way: Way, data: bytes, ways: int = WAYS) -> list[float]:
    """Time from before the write until all has been read, each in milliseconds."""
    sender, receiver = way
    taken = []
    for _ in range(WARM_UP + ways):
        begin_s = time.perf_counter()
        os.write(sender, data)
        left = len(data)
        while left:
            select.select([receiver], [], [])
            left -= len(os.read(receiver, left))
        taken.append((time.perf_counter() - begin_s) * 1e3)
        time.sleep(0.0002)  # the tap decodes and tells; a line is never this dense
    return taken[WARM_UP:]


def _figures(taken: list[float]) -> tuple[float, float, float]:
    hundredths = statistics.quantiles(taken, n=100)
    return statistics.median(taken), hundredths[94], hundredths[98]


@contextmanager
def _busy_thread() -> Iterator[None]:
    """Keep Python busy beside the tap, as a simulated board's arithmetic does."""
    over = threading.Event()

    def toil() -> None:
        while not over.is_set():
            sum(range(1_000))

    thread = threading.Thread(target=toil)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _print(name: str, taken: list[float]) -> float:
    median, p95, p99 = _figures(taken)
    print(f"{name:<40} median {median:7.3f}  p95 {p95:7.3f}  p99 {p99:7.3f} ms")
    return median


@pytest.mark.benchmark
@pytest.mark.parametrize("data", [STOP, FRAME], ids=["stop-byte", "frame"])
@pytest.mark.parametrize("direction", ["to-board", "to-component"])
def test_the_tap_adds_less_than_a_fifth_of_a_millisecond(
    data: bytes, direction: str
) -> None:
    """Measured in one run, one after the other, on the same machine."""
    which = ("to-board", "to-component").index(direction)
    with _plain() as ways:
        plain = _one_way_ms(ways[which], data)
    with _tapped() as ways:
        tapped = _one_way_ms(ways[which], data)

    print()
    added_ms = -_print(f"{len(data)} bytes {direction}, pty alone", plain)
    added_ms += _print(f"{len(data)} bytes {direction}, pty + tap + pty", tapped)
    print(f"{'added at the median':<40} {added_ms:14.3f} ms")
    assert added_ms < ADDED_MS


@pytest.mark.benchmark
@pytest.mark.parametrize("data", [STOP, FRAME], ids=["stop-byte", "frame"])
def test_frames_that_are_shown_do_not_slow_the_tap(data: bytes) -> None:
    """A figure: as in a run with `-v`, against one without it, by turns."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    quiet: list[float] = []
    shown: list[float] = []
    try:
        for _ in range(TURNS):
            with _tapped() as (to_board, _):
                quiet += _one_way_ms(to_board, data, WAYS // TURNS)
            with Path(os.devnull).open("w") as screen:  # noqa: SIM117 - one at a time
                with _tapped(screen) as (to_board, _):
                    shown += _one_way_ms(to_board, data, WAYS // TURNS)
    finally:
        sys.setswitchinterval(before_s)

    print()
    added_ms = -_print(f"{len(data)} bytes to-board, tap", quiet)
    added_ms += _print(f"{len(data)} bytes to-board, tap and -v", shown)
    print(f"{'added at the median':<40} {added_ms:14.3f} ms")


@pytest.mark.benchmark
@pytest.mark.parametrize("interval_ms", [5.0, 0.2])
def test_what_a_busy_interpreter_adds(interval_ms: float) -> None:
    """A figure only: threads that compute delay the tap by up to a switch interval."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(interval_ms / 1e3)
    try:
        with _busy_thread(), _plain() as (to_board, _):
            plain = _one_way_ms(to_board, STOP, BUSY_WAYS)
        with _busy_thread(), _tapped() as (to_board, _):
            tapped = _one_way_ms(to_board, STOP, BUSY_WAYS)
    finally:
        sys.setswitchinterval(before_s)

    print()
    _print(f"beside a busy thread, switch {interval_ms:g} ms", plain)
    _print(f"with the tap, switch {interval_ms:g} ms", tapped)
    assert tapped
