"""Several runs in one page: figures side by side, and what changed."""

import re
from dataclasses import replace
from pathlib import Path

from deadstop.report.page.latencies import LatencyRow, latency_table
from deadstop.report.page.overview import overview_of
from deadstop.report.page.saved import read_runs
from tests.harness.report.folders import page_of, run_folder, stopped_case
from tests.harness.report_values import NONE_CAME, case, run_of

LAST = "trigger to shaft still"


def rows(*folders: Path) -> list[LatencyRow]:
    """Return the rows of the whole latency, one for each run."""
    return [row for row in latency_table(read_runs(folders)) if row.name == LAST]


def runs(folder: Path, *more_s: float) -> list[Path]:
    """Save a run of 24 cases for each of *more_s*, which is what they took longer."""
    return [
        run_folder(
            folder / f"run-{place}",
            [stopped_case(n, more_s=more + n * 1e-5) for n in range(24)],
        )
        for place, more in enumerate(more_s)
    ]


def test_what_became_slower_is_said_and_noise_is_not(tmp_path: Path) -> None:
    """With the figures of each, the change, and how sure it is."""
    first, same, slower = rows(*runs(tmp_path, 0.0, 0.0, 0.004))

    assert (first.run, first.change, first.finding) == ("A", "", "")
    assert (same.run, same.finding) == ("B", "noise")
    assert same.change == "0 ms: no more than noise (p = 1)"
    assert (slower.run, slower.finding) == ("C", "slower")
    assert slower.change == "+4 ms: slower, p < 0.0001"
    assert round(slower.median.seconds - first.median.seconds, 6) == 0.004
    assert (slower.count, slower.limit) == (24, "500 ms")


def test_between_boards_no_change_is_claimed(tmp_path: Path) -> None:
    """Their figures stand side by side."""
    mine, other = runs(tmp_path, 0.0, 0.004)
    cases = [stopped_case(n, more_s=0.004) for n in range(24)]  # run 0 has 0 to 0.23
    run_folder(other, cases, run=replace(run_of(), board_identity="another fw-1"))

    _, row = rows(mine, other)

    assert row.change == "+3.88 ms: side by side"
    assert row.finding == ""


def test_verdicts_that_disagree_are_counted(tmp_path: Path) -> None:
    """By what failed, over the cases that the runs have in common."""
    good = [stopped_case(n) for n in range(3)]
    bad = replace(good[1], verdicts=(NONE_CAME,))
    alone = replace(case(NONE_CAME, case_id="go_for/other/cruise"), folder="cases/o")
    one = run_folder(tmp_path / "one", good)
    two = run_folder(tmp_path / "two", [good[0], bad, good[2], alone])

    assert overview_of(read_runs([one, two])).agreement == (
        "3 cases in common: the verdicts on 2 agree."
    )
    assert overview_of(read_runs([one])).agreement == ""
    page = page_of(one, two)
    assert re.search(
        r'href="#B2" aria-label="run B: go_for/trigger-1/cruise, fail', page
    )
