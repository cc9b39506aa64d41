"""A busy machine: what its processes waited for a CPU is no fault of a component's."""

import os
import signal
import threading

import pytest

from deadstop.busy import BUSY, WAITS, CpuWaits
from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script, cancelled

LAW = "stop-commanded"


def late(stop_ms: float, waited_ms: float) -> Script:
    """The right case with a late stop, *waited_ms* of which somebody else ran."""
    script = cancelled().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")
    script = script.at(-0.2, Source.JUDGE, WAITS, waited_s=1.0)
    script = script.stop(stop_ms)
    return script.at(stop_ms, Source.JUDGE, WAITS, waited_s=1.0 + waited_ms / 1000)


@pytest.mark.parametrize(
    ("stop_ms", "waited_ms", "outcome"),
    [
        (90, 0, Outcome.FAIL),
        (90, 39, Outcome.FAIL),
        (90, 41, Outcome.UNCHECKED),
        (40, 41, Outcome.PASS),
    ],
)
def test_a_stop_that_was_late_for_want_of_a_cpu_is_unchecked(
    stop_ms: float, waited_ms: float, outcome: Outcome
) -> None:
    """Only if it would have been in time otherwise, by the limit of 50 ms."""
    verdict = late(stop_ms, waited_ms).judge(LAW)

    assert verdict.outcome is outcome
    assert (BUSY in verdict.detail) == (outcome is Outcome.UNCHECKED)


def test_a_stop_that_never_came_is_no_fault_of_the_machine() -> None:
    """However long it waited."""
    script = cancelled().without(Source.LINK, "stop").without(Source.BOARD, "stop-byte")
    script = script.at(-0.2, Source.JUDGE, WAITS, waited_s=0.0)
    script = script.at(900, Source.JUDGE, WAITS, waited_s=60.0)

    assert script.judge(LAW).outcome is Outcome.FAIL


def test_what_threads_waited_for_a_cpu_is_read_off_the_kernel() -> None:
    """Threads that are held to one CPU wait for it, and for each other."""
    cpus = os.sched_getaffinity(0)
    ended = threading.Event()

    def spin() -> None:
        os.sched_setaffinity(0, {min(cpus)})
        while not ended.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=spin) for _ in range(3)]
    waits = CpuWaits()
    before_s = waits.total_s([os.getpid()])
    for thread in threads:
        thread.start()
    while (
        waits.total_s([os.getpid()]) - before_s < 0.005
    ):  # it comes, however idle it is
        pass
    ended.set()
    for thread in threads:
        thread.join()


def test_what_a_process_waited_counts_when_it_has_ended() -> None:
    """Else the sum would go down when a client is killed."""
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    waits = CpuWaits()
    alive_s = waits.total_s([pid])
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    assert waits.total_s([pid]) == alive_s
