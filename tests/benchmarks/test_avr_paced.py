"""What the paced AVR costs, and how promptly it tells: a case must not wait for it."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import (
    BoardEvent,
    Command,
    Event,
    encode_command,
    hello,
    keep,
    spin,
    stats,
)
from deadstop.boards.avr.board import AvrBoard
from deadstop.boards.avr.process import AvrProcess
from deadstop.boards.loopback import LoopbackBoard
from deadstop.toolchain import firmware_elf
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Source
from tests.harness.boards.pty_host import Host, wait_until_at_rest

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

AIM_SHARE: Final = 0.4  # of a core, while both motors turn at 150 rpm
TOLD_WITHIN_MS: Final = 2.0  # from an event's stamp to the judge, at the median
RUN_S: Final = 5.0
POWER_ONS: Final = 20
ANSWERS: Final = 300
TICKS_S: Final = 0.01  # of the kernel's accounts of CPU time
SPEED_CPS: Final = 8000  # 150 rpm
FEED_S: Final = 0.06


class Ear:
    """Hears events, and how old each was."""

    def __init__(self) -> None:
        """Begin with none."""
        self.ages_ms: list[float] = []

    def __call__(self, event: TraceEvent) -> None:
        """Hear *event*; a standstill is told late on purpose."""
        if event.source is Source.SHAFT and event.kind == "sample":
            self.ages_ms.append((time.monotonic() - event.t_s) * 1e3)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) * TICKS_S


def _share(pid: int, meanwhile: Callable[[], None]) -> float:
    cpu_s, begin_s = _cpu_s(pid), time.monotonic()
    meanwhile()
    return (_cpu_s(pid) - cpu_s) / (time.monotonic() - begin_s)


def _turn(host: Host, axes: str) -> None:
    """Turn *axes* at 150 rpm for a while, then stop them; none: let time pass."""
    seqs = iter(range(100, 10_000))

    def tell(command: Callable[[int, str], Command]) -> None:
        for axis in axes:
            host.port.write(encode_command(command(next(seqs) % 256, axis)))
        host.port.read(host.port.in_waiting)

    tell(lambda seq, axis: spin(seq, axis, 1, 300, SPEED_CPS))
    until_s = time.monotonic() + RUN_S
    while time.monotonic() < until_s:
        time.sleep(FEED_S)
        tell(lambda seq, axis: keep(seq, axis, 1))
    host.port.write(b"!")


def _answer_ms(path: str) -> float:
    """The median time from a question to its answer, of the board at *path*."""
    host = Host(path)
    host.ask(hello(0))
    for _axis in "ab":
        host.listen_for(Event, BoardEvent.STOPPED)
    host.port.timeout = 0  # else it waits for more than one answer
    taken_ms = []
    for number in range(ANSWERS):
        begin_s = time.perf_counter()
        host.ask(stats(number % 256))
        taken_ms.append((time.perf_counter() - begin_s) * 1e3)
    host.port.close()
    return statistics.median(taken_ms)


def test_the_paced_avr_keeps_up_with_both_motors_on_part_of_a_core() -> None:
    """CPU of its process, age of its events, lateness, answers; against the twin."""
    elf = firmware_elf()
    begin_s = time.perf_counter()
    process = AvrProcess()
    AvrBoard(elf, observe=Ear(), process=process).close()
    first_s = time.perf_counter() - begin_s
    begin_s = time.perf_counter()
    for _ in range(POWER_ONS):
        AvrBoard(elf, observe=Ear(), process=process).close()
    each_ms = (time.perf_counter() - begin_s) / POWER_ONS * 1e3
    _print(
        f"\n\nprocess and first board ready in {first_s:.2f} s, "
        f"each further board in {each_ms:.1f} ms",
        "           share of    age of events       worst",
        "turning    a core   median / 99th / max   lateness",
    )
    shares, medians_ms = {}, {}
    for axes in ("", "a", "ab"):
        ear = Ear()
        with AvrBoard(elf, observe=ear, process=process) as board:
            host = Host(board.path)
            host.ask(hello(0))
            shares[axes] = _share(process.pid, partial(_turn, host, axes))
            wait_until_at_rest(board)
            ages_ms = sorted(ear.ages_ms) or [0.0]
            medians_ms[axes] = statistics.median(ages_ms)
            _print(
                f"{axes or 'none':<8} {shares[axes]:>7.0%} "
                f"{medians_ms[axes]:>8.2f} / {ages_ms[int(len(ages_ms) * 0.99)]:.2f}"
                f" / {ages_ms[-1]:.2f} ms {board.worst_lateness_s * 1e3:>8.1f} ms"
            )
            host.port.close()
    with AvrBoard(elf, observe=Ear(), process=process) as board:
        avr_ms = _answer_ms(board.path)
    process.end()
    with LoopbackBoard(observe=Ear()) as twin:
        twin_ms = _answer_ms(twin.path)
    _print(
        f"answer to `stats`: {avr_ms:.2f} ms, the twin's {twin_ms:.2f} ms (median)",
        f"aimed at: {AIM_SHARE:.0%} of a core; promised: {TOLD_WITHIN_MS:g} ms",
    )
    assert shares["ab"] < 1.0  # beyond that it falls behind for good
    assert medians_ms["ab"] < TOLD_WITHIN_MS


def _print(*lines: str) -> None:
    print(*lines, sep="\n")
