"""The trace for ui.perfetto.dev keeps to the Trace Event Format."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from deadstop.errors import UsageError
from deadstop.report.page.saved import read_runs
from deadstop.report.perfetto import write_perfetto
from deadstop.trace import Event, Source
from tests.harness.report.folders import (
    SCRIPT,
    STRIKE_S,
    a_stop,
    run_folder,
    stopped_case,
)

# What each kind of event has to have beside name, ph, pid and tid.
NEEDED = {"X": {"ts", "dur"}, "i": {"ts", "s"}, "C": {"ts", "args"}, "M": {"args"}}


def written(folder: Path) -> list[dict[str, Any]]:
    """Save a run of two cases, and return its rows."""
    said = Event(STRIKE_S + 0.01, Source.LINK, "rx", {"text": SCRIPT + "\\n"})
    cases = [stopped_case(0), stopped_case(1)]
    runs = read_runs([run_folder(folder / "run", cases, a_stop(said))])
    out = write_perfetto(runs, folder / "out.json")
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document.keys() == {"otherData", "traceEvents"}
    rows: list[dict[str, Any]] = document["traceEvents"]
    return rows


def test_each_row_is_what_the_format_asks_for(tmp_path: Path) -> None:
    """Times are finite, in us; no span is shorter than nothing; names are text."""
    rows = written(tmp_path)

    assert {row["ph"] for row in rows} == NEEDED.keys()
    for row in rows:
        assert row.keys() >= NEEDED[row["ph"]] | {"name", "pid", "tid"}
        assert isinstance(row["name"], str)
        assert row["name"]
        assert isinstance(row["pid"], int)
        assert isinstance(row["tid"], int)
        assert math.isfinite(row.get("ts", 0.0))
        assert row.get("ts", 0.0) >= 0
        assert row.get("dur", 0.0) >= 0
        assert row.get("s", "t") in ("t", "p", "g")
        if row["ph"] == "C":
            assert all(isinstance(value, float) for value in row["args"].values())


def test_a_case_is_a_process_and_a_layer_a_thread(tmp_path: Path) -> None:
    """Each with its name, in the order in which a cancellation passes the layers."""
    rows = written(tmp_path)

    named = [row for row in rows if row["name"] == "process_name"]
    assert [(row["pid"], row["args"]["name"]) for row in named] == [
        (1, "go_for/trigger-0/cruise"),
        (2, "go_for/trigger-1/cruise"),
    ]
    layers = [row for row in rows if row["name"] == "thread_name" and row["pid"] == 2]
    assert [row["args"]["name"] for row in layers][:4] == [
        *("legs", "harness", "client", "operation"),
    ]
    assert [row["tid"] for row in layers] == list(range(1, len(layers) + 1))
    used = {(row["pid"], row["tid"]) for row in rows if row["ph"] == "X"}
    assert used <= {(r["pid"], r["tid"]) for r in rows if r["name"] == "thread_name"}


def test_times_are_those_of_the_trace(tmp_path: Path) -> None:
    """In us since the first event of the run, 400 ms before the strike."""
    rows = [row for row in written(tmp_path) if row["pid"] == 1]

    (strike,) = (row for row in rows if row["name"] == "trigger")
    (still,) = (row for row in rows if row["name"] == "standstill" and row["s"] == "p")
    assert strike["ts"] == pytest.approx(400_000, abs=0.2)
    assert still["ts"] - strike["ts"] == pytest.approx(202_000, abs=0.2)
    assert any(SCRIPT in str(row.get("args")) for row in rows)


def test_it_is_not_written_over_another_file(tmp_path: Path) -> None:
    """Its own is."""
    rows = written(tmp_path)
    assert written(tmp_path) == rows
    runs = read_runs([tmp_path / "run"])

    with pytest.raises(UsageError, match=r"run\.json is there, .* another --perfetto"):
        write_perfetto(runs, tmp_path / "run" / "run.json")


def test_a_trace_that_is_missing_is_named(tmp_path: Path) -> None:
    """A trace without it would be a lie."""
    folder = run_folder(tmp_path / "run")
    (trace,) = folder.rglob("trace.jsonl")
    trace.unlink()

    with pytest.raises(UsageError, match=f"go_for/trigger-0/cruise: {trace}: cannot"):
        write_perfetto(read_runs([folder]), tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
