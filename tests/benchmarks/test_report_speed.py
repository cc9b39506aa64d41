"""How soon a page of a hundred cases can be used, against an empty one."""

import statistics
import time
from pathlib import Path

import pytest

from deadstop.report.page.render import write_page
from deadstop.report.page.saved import read_runs
from tests.harness.report.browser import chromium
from tests.harness.report.folders import a_stop, run_folder, stopped_case

CASES = 100
LOADS = 7
EMPTY = "<!doctype html><html data-ready='0'><title>empty</title></html>"

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]


def test_a_page_of_a_hundred_cases(tmp_path: Path) -> None:
    """Promised: under 1 s until it can be used, with its first timeline drawn."""
    cases = [stopped_case(n) for n in range(CASES)]
    runs = read_runs([run_folder(tmp_path / "run", cases, a_stop())])
    begun_s = time.perf_counter()
    page = write_page(runs, tmp_path / "report.html")
    written_s = time.perf_counter() - begun_s
    empty = tmp_path / "empty.html"
    empty.write_text(EMPTY)

    took_s = {path: _loads_s(path) for path in (empty, page)}

    print(
        f"\n{CASES} cases: usable after {took_s[page] * 1000:.0f} ms, an empty page "
        f"after {took_s[empty] * 1000:.0f} ms; {page.stat().st_size / 1000:.0f} kB, "
        f"written in {written_s / CASES * 1000:.1f} ms a case"
    )


def _loads_s(path: Path) -> float:
    """Return the median of some loads, each in a new tab."""
    times_s = []
    with chromium() as browser:
        for _ in range(LOADS):
            tab = browser.new_page()
            begun_s = time.perf_counter()
            tab.goto(path.as_uri())
            tab.wait_for_selector("html[data-ready]", state="attached")
            times_s.append(time.perf_counter() - begun_s)
            tab.close()
    return statistics.median(times_s)
