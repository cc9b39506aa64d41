"""What a run tells of a real board's shaft is when it was so, by the simulator's truth."""

import json
from bisect import bisect
from pathlib import Path
from typing import Final

import pytest

from deadstop.trace import Event, Source, Trace
from tests.harness.command_line import run
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

REV_COUNTS: Final = 3200
CASE: Final = ("--motion", "go_for", "--moment", "cruise", "--trigger", "client-close")
KINDS: Final = ("moving", "sample", "standstill")


def seen(file: Path) -> list[Event]:
    """Return what a trace tells of where axis a is, in the order of its stamps."""
    shaft = [event for event in Trace.read(file) if event.source is Source.SHAFT]
    return [e for e in shaft if e.data["axis"] == "a" and e.kind in KINDS]


def fact(event: Event, name: str) -> float:
    """Return a figure of *event*."""
    value = event.data[name]
    assert isinstance(value, (int, float))
    return float(value)


class Truth:
    """Where the simulated shaft was, from its samples of every 2 ms."""

    def __init__(self, pins: Path) -> None:
        """Read what the simulator wrote."""
        self._events = seen(pins)
        self._times_s = [event.t_s for event in self._events]

    def between(self, from_s: float, until_s: float) -> tuple[float, float]:
        """Return the least and the most it was at, in revolutions; to 2 ms."""
        first = max(bisect(self._times_s, from_s) - 1, 0)
        last = bisect(self._times_s, until_s) + 1
        found = [fact(e, "position_rev") for e in self._events[first:last]]
        return min(found), max(found)

    def at_s(self, position_rev: float, until_s: float) -> float:
        """Return when it last came to *position_rev* before *until_s*."""
        before = [e for e in self._events if e.t_s <= until_s]
        return max(
            e.t_s for e in before if abs(fact(e, "position_rev")) <= abs(position_rev)
        )


def test_each_sample_and_the_latency_are_true_within_their_bars(tmp_path: Path) -> None:
    """The board is reset as its port opens: it counts from there."""
    with virtual_uno(tmp_path) as uno:
        mine = rig(tmp_path, uno, control=str(uno.link))
        done = run(tmp_path, "run", "--rig", mine, *CASE, "--out", "out")
        assert done.returncode == 0, done.stdout + done.stderr
        truth = Truth(uno.pins)
    folder = tmp_path / "out"
    case = json.loads((folder / "run.json").read_text())["cases"][0]
    told = seen(folder / case["folder"] / "trace.jsonl")
    first = told[0]
    assert first.kind == "moving"
    begun_rev, _ = truth.between(first.t_s - 0.02, first.t_s)

    count_rev = 1.5 / REV_COUNTS  # a count is floored, and where it began too
    errors_ms = []
    for event in told:
        if event.kind != "sample":
            continue
        error_s = fact(event, "uncertain_ms") / 1000
        least, most = truth.between(event.t_s - error_s, event.t_s + error_s)
        at_rev = begun_rev + fact(event, "position_rev")
        assert least - count_rev <= at_rev <= most + count_rev, event
        errors_ms.append(error_s * 1000)
    legs = {leg["name"]: leg for leg in case["legs"]}
    whole = legs["trigger to shaft still"]
    strike = Trace.read(folder / case["folder"] / "trace.jsonl")
    print(f"samples +/- {max(errors_ms):.3f} ms; {whole}; {len(list(strike))} events")
    assert len(errors_ms) > 20
