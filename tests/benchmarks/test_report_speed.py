"""How soon a page of a hundred cases can be used, against uPlot drawing them alone.

The rival is the charting library by itself: a page with the speed curve of the same
hundred cases, one chart each, and none of our code. Ours draws one case, and the others
when they are asked for. An empty page tells what the browser itself takes.
"""

import json
import statistics
import time
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from deadstop.report.page.render import write_page
from deadstop.report.page.saved import read_runs
from deadstop.trace import Source
from tests.harness.report.browser import chromium
from tests.harness.report.folders import a_stop, run_folder, stopped_case

CASES = 100
LOADS = 7
EMPTY = "<!doctype html><html data-ready='0'><title>empty</title></html>"
RIVAL = """<!doctype html><html><title>uPlot alone</title><style>{style}</style>
<body><script>{library}</script><script>
const data = {data};
for (let n = 0; n < {cases}; n++)
  new uPlot({{width: 600, height: 150, scales: {{x: {{time: false}}}},
    series: [{{}}, {{stroke: "red"}}]}}, data, document.body);
document.documentElement.dataset.ready = "1";
</script></body></html>"""

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]


def test_a_page_of_a_hundred_cases(tmp_path: Path) -> None:
    """Promised: under 1 s from the navigation until it has answered a click."""
    cases = [stopped_case(n) for n in range(CASES)]
    runs = read_runs([run_folder(tmp_path / "run", cases, a_stop())])
    begun_s = time.perf_counter()
    page = write_page(runs, tmp_path / "report.html")
    written_s = time.perf_counter() - begun_s
    empty, rival = tmp_path / "empty.html", tmp_path / "rival.html"
    empty.write_text(EMPTY)
    rival.write_text(_rival())

    with chromium() as browser:
        _loads_s(browser, page)  # the first tab of a browser takes longer
        ready_s = {one: _loads_s(browser, one) for one in (empty, rival, page)}
        answered_s = _loads_s(browser, page, click=f'.matrix a[href="#A{CASES}"]')

    print(
        f"\n{CASES} cases: usable after {ready_s[page] * 1000:.0f} ms, a click on the "
        f"last case answered after {answered_s * 1000:.0f} ms; uPlot alone, all "
        f"{CASES} charts, {ready_s[rival] * 1000:.0f} ms: ours takes "
        f"{ready_s[page] / ready_s[rival]:.2f} of that; an empty page "
        f"{ready_s[empty] * 1000:.0f} ms; {page.stat().st_size / 1000:.0f} kB, "
        f"written in {written_s / CASES * 1000:.1f} ms a case"
    )


def _rival() -> str:
    assets = files("deadstop.report") / "assets"
    samples = [e for e in a_stop() if e.source is Source.SHAFT and e.kind == "sample"]
    data = [[e.t_s for e in samples], [e.data["speed_rev_s"] for e in samples]]
    return RIVAL.format(
        style=(assets / "uPlot.min.css").read_text(encoding="utf-8"),
        library=(assets / "uPlot.iife.min.js").read_text(encoding="utf-8"),
        data=json.dumps(data),
        cases=CASES,
    )


def _loads_s(browser: Browser, path: Path, click: str = "") -> float:
    """Return the median of some loads, each in a new tab, until *click* is answered."""
    times_s = []
    for _ in range(LOADS):
        tab = browser.new_page()
        begun_s = time.perf_counter()
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-ready]", state="attached")
        if click:
            tab.locator(click).click()
            tab.locator("#case .plot canvas").first.wait_for()
        times_s.append(time.perf_counter() - begun_s)
        tab.close()
    return statistics.median(times_s)
