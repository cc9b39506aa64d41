"""What a run tells of a real board's shaft was so when it says, by the simulator."""

import json
from bisect import bisect
from pathlib import Path
from typing import Final

import pytest

from deadstop.story import Story
from deadstop.trace import Event, Source, Trace
from tests.harness.command_line import run
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

COUNT_REV: Final = 1 / 3200
CASE: Final = ("--motion", "go_for", "--moment", "cruise", "--trigger", "client-close")


def fact(event: Event, name: str) -> float:
    """Return a figure of *event*."""
    value = event.data[name]
    assert isinstance(value, (int, float))
    return float(value)


class Truth:
    """Where the simulated shaft was, from its own samples of every 2 ms."""

    def __init__(self, pins: Path) -> None:
        """Read what the simulator wrote."""
        events = [
            event
            for event in Trace.read(pins)
            if event.source is Source.SHAFT and event.data["axis"] == "a"
        ]
        self._times_s = [event.t_s for event in events]
        self._positions_rev = [fact(event, "position_rev") for event in events]

    def at(self, t_s: float) -> float:
        """Return where it was at *t_s*."""
        behind = bisect(self._times_s, t_s)
        if behind == len(self._times_s):
            return self._positions_rev[-1]
        since_s, until_s = self._times_s[behind - 1 : behind + 1]
        since_rev, until_rev = self._positions_rev[behind - 1 : behind + 1]
        return since_rev + (until_rev - since_rev) * (t_s - since_s) / (
            until_s - since_s
        )


def test_samples_and_the_latency_are_true_within_their_bars(tmp_path: Path) -> None:
    """The board counts from a position of its own, the same for all that it says."""
    with virtual_uno(tmp_path) as uno:
        mine = rig(tmp_path, uno, control=str(uno.link))
        done = run(tmp_path, "run", "--rig", mine, *CASE, "--out", "out")
        assert done.returncode == 0, done.stdout + done.stderr
        truth = Truth(uno.pins)
    folder = tmp_path / "out"
    case = json.loads((folder / "run.json").read_text())["cases"][0]
    story = Story(Trace.read(folder / case["folder"] / "trace.jsonl"))
    (leg,) = [leg for leg in case["legs"] if leg["name"] == "trigger to shaft still"]

    # A sample says n counts: the true angle was from there to the next count. Of every
    # one that bounds where the board's 0 is; all have to agree.
    least_rev, most_rev, errors_s = [], [], []
    for event in story.all(Source.SHAFT, "sample", axis="a", until_s=story.anew_s):
        error_s = fact(event, "uncertain_ms") / 1000
        seen_rev = [truth.at(event.t_s - error_s), truth.at(event.t_s + error_s)]
        told_rev = fact(event, "position_rev")
        least_rev.append(min(seen_rev) - told_rev - COUNT_REV)
        most_rev.append(max(seen_rev) - told_rev)
        errors_s.append(error_s)
    assert len(errors_s) > 20
    assert max(least_rev) <= min(most_rev)
    assert max(errors_s) < 0.005

    # So do its last count but one, and the bar of the latency that ends with it.
    assert story.strike_s is not None
    zero_rev = (max(least_rev) + min(most_rev)) / 2
    still_s = story.standstill_s("a", story.strike_s)
    assert still_s is not None
    rest_rev = zero_rev + (story.position_at("a", still_s) or 0.0)
    middle_s = story.strike_s + leg["seconds"]
    assert 0 < leg["error_s"] < 0.03
    assert truth.at(middle_s - leg["error_s"]) < rest_rev + COUNT_REV
    assert truth.at(middle_s + leg["error_s"]) > rest_rev - 2 * COUNT_REV
