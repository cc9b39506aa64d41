"""What forking at each step saves, against playing each case from the start.

All play the same cases: the hashes of their traces must agree. One process at a time;
a sweep has as many workers as the machine has cores.
"""

import json
import subprocess
import sys
import time
from typing import Any, Final

import pytest

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

ANEW: Final = 12  # cases, spread over the motion, that are played from power-up
FRESH: Final = 3  # of these, in an interpreter of their own


def run(*arguments: str) -> Any:  # noqa: ANN401 - what JSON can hold
    """Run one of the processes and return what it prints."""
    module = "tests.benchmarks.sweep_processes"
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return json.loads(done.stdout)


def print_rate(what: str, points: int, took_s: float, forked_s: float) -> float:
    """Print points a second and how much dearer one is than forked; return that."""
    ratio = took_s / points / forked_s
    line = f"{what:<52}{points / took_s:7.1f} points/s   {ratio:5.1f} x the time"
    sys.stdout.write("\n" + line)
    return ratio


@pytest.mark.parametrize("rig", ["loopback", "avr"])
def test_forking_beats_playing_from_the_start(rig: str) -> None:
    """The fork saves the power-up and the way to the step, not what comes after it."""
    told = run("scout", rig)
    steps: int = told["steps"]
    scouted = json.dumps(told)
    some = [str(step) for step in range(0, steps, max(steps // ANEW, 1))]

    forked = run("fork", rig, scouted)
    anew = run("anew", rig, scouted, *some)
    begun_s = time.monotonic()
    fresh = [run("anew", rig, scouted, step) for step in some[:FRESH]]
    fresh_s = time.monotonic() - begun_s

    forked_s = forked["took_s"] / steps
    print_rate(f"{rig}: forked at the step", steps, forked["took_s"], forked_s)
    what = f"{rig}: from power-up, in a fork that has imported all"
    ratio = print_rate(what, len(some), anew["took_s"], forked_s)
    what = f"{rig}: from power-up, in a process of its own"
    print_rate(what, len(fresh), fresh_s, forked_s)
    assert anew["hashes"].items() <= forked["hashes"].items()
    for one in fresh:
        assert one["hashes"].items() <= forked["hashes"].items()
    assert ratio > 1.0
