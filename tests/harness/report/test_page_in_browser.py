"""The page in a real browser: usable, by keyboard too, and its figures are right."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from deadstop.report.text import milliseconds
from deadstop.trace import Event, Source
from tests.harness.report.browser import chromium, opened
from tests.harness.report.folders import (
    SCRIPT,
    STRIKE_S,
    a_stop,
    page_of,
    run_folder,
    stopped_case,
)
from tests.harness.report_values import BARELY, NOBODY, NONE_CAME

pytestmark = [pytest.mark.wall_clock, pytest.mark.xdist_group("browser")]

CASES = 100
HERO = "#hero"
CASE = "#case"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a hundred cases of which two did not hold; the board says a script."""
    said = Event(STRIKE_S + 0.05, Source.LINK, "rx", {"text": SCRIPT + "\\n"})
    cases = [stopped_case(n, more_s=n * 1e-4) for n in range(CASES)]
    cases[3] = replace(cases[3], verdicts=(*cases[3].verdicts, NONE_CAME, NOBODY))
    cases[5] = replace(cases[5], verdicts=(BARELY,))
    folder = tmp_path_factory.mktemp("page") / "run"
    page_of(run_folder(folder, cases, a_stop(said)))
    return folder


def test_it_complains_of_nothing_and_asks_for_nothing(
    browser: Browser, run: Path
) -> None:
    """Overview, every kind of case, and back; also where it is narrow and dark."""
    for width in (360, 1280):
        with opened(browser, run / "report.html", width=width) as it:
            it.page.emulate_media(color_scheme="dark")
            for anchor in ("A1", "A4", "A6", "top"):
                it.page.evaluate(f"location.hash = '{anchor}'")
                shown = "#overview" if anchor == "top" else f"{CASE} .plot canvas"
                it.page.locator(shown).first.wait_for()
            it.page.emulate_media(media="print")
            paper = it.page.evaluate("getComputedStyle(document.body).backgroundColor")
            wide = it.page.evaluate("document.documentElement.scrollWidth")
        assert (it.complaints, it.requests) == ([], [])
        assert paper == "rgb(255, 255, 255)", "it is printed on white"
        assert wide <= max(width, 700) + 1, "nothing sticks out"


def test_the_figures_are_those_of_run_json(browser: Browser, run: Path) -> None:
    """The latencies of the overview; legs and verdicts of a case; the counts."""
    document = json.loads((run / "run.json").read_text())
    seconds = sorted(
        leg["seconds"]
        for case in document["cases"]
        for leg in case["legs"]
        if leg["name"] == "trigger to shaft still"
    )
    with opened(browser, run / "report.html") as it:
        row = it.page.locator("#latencies tr", has_text="trigger to shaft still")
        told = [float(s) for s in row.locator("[data-s]").evaluate_all(_DATA_S)]
        middle = (seconds[CASES // 2 - 1] + seconds[CASES // 2]) / 2
        assert told == pytest.approx([middle, seconds[94], seconds[-1]])
        assert row.locator("[data-s]").nth(2).inner_text() == milliseconds(seconds[-1])
        counts = it.page.locator(".counts").inner_text()
        for outcome, count in document["summary"].items():
            assert (f"{count} {outcome}" in counts) is bool(count)

        it.page.locator('.matrix a[href="#A4"]').click()
        it.page.locator(f"{CASE} h1").wait_for()
        _shows_case(it.page.locator(CASE), document["cases"][3])


_DATA_S = "cells => cells.map(cell => cell.dataset.s)"


def _shows_case(view: Any, case: dict[str, Any]) -> None:  # noqa: ANN401 - a Locator
    shown = {
        item.inner_text().rpartition(" ")[0]: item.get_attribute("data-s")
        for item in view.locator(".legs li").all()
    }
    told = {text.rpartition(" ")[0]: float(s) for text, s in shown.items()}
    for leg in case["legs"]:
        if leg["name"] != "first to last stop byte":  # it goes on beside the others
            assert told[leg["name"]] == leg["seconds"]
    rows = view.locator(".verdicts tbody tr").all()
    assert len(rows) == len(case["verdicts"])
    for row, verdict in zip(rows, case["verdicts"], strict=True):
        texts = row.locator("th, td").all_inner_texts()
        assert texts[:2] == [verdict["invariant"], verdict["outcome"]]
        assert texts[4] == verdict["detail"]
        limit = row.locator("[data-limit]").get_attribute("data-limit")
        assert limit == str(verdict["limit"]).replace("None", "null")


def test_the_timeline_zooms_and_pans(browser: Browser, run: Path) -> None:
    """By dragging, by the wheel and by its buttons; all charts go along."""
    with opened(browser, run / "report.html", "A1") as it:
        page = it.page
        box = page.locator(f"{CASE} .u-over").first.bounding_box()
        assert box is not None
        before = it.view(CASE)
        page.mouse.move(box["x"] + 200, box["y"] + 80)
        page.mouse.down()
        page.mouse.move(box["x"] + 400, box["y"] + 80, steps=4)
        page.mouse.up()
        dragged = it.view(CASE)
        share = (dragged[1] - dragged[0]) / (before[1] - before[0])
        assert share == pytest.approx(200 / box["width"], rel=0.1)

        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
        zoomed = it.view(CASE)
        assert zoomed[1] - zoomed[0] < dragged[1] - dragged[0]
        page.keyboard.down("Shift")
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 80, steps=4)
        page.mouse.up()
        page.keyboard.up("Shift")
        panned = it.view(CASE)
        assert panned[1] - panned[0] == pytest.approx(zoomed[1] - zoomed[0])
        assert panned[0] > zoomed[0]

        page.locator(f"{CASE} button", has_text="Whole case").click()
        low, high = it.view(CASE)
        assert (low < -400, high > 300) == (True, True)


def test_everything_can_be_done_by_keyboard(browser: Browser, run: Path) -> None:
    """From the matrix into a case, through its timeline, to the next one, and back."""
    with opened(browser, run / "report.html") as it:
        page = it.page
        page.locator('.matrix a[href="#A1"]').focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.locator(f"{CASE} h1", has_text="trigger-1 ").wait_for()
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('.plot')"):
                break
        before = it.view(CASE)
        page.keyboard.press("+")
        zoomed = it.view(CASE)
        page.keyboard.press("ArrowRight")
        panned = it.view(CASE)
        page.keyboard.press("s")
        assert zoomed[1] - zoomed[0] == pytest.approx((before[1] - before[0]) / 2)
        assert panned[0] > zoomed[0]
        assert it.view(CASE) == before
        page.keyboard.press(".")
        assert " at 0.000 ms: " in page.locator(f"{CASE} .readout").inner_text()
        page.keyboard.press("]")
        page.locator(f"{CASE} h1", has_text="trigger-2 ").wait_for()
        page.keyboard.press("Escape")
        page.locator(".matrix").first.wait_for()
        page.wait_for_function("document.activeElement.matches('.matrix a')")
        assert page.evaluate("document.activeElement.hash") == "#A3"


def test_charts_take_the_width_there_is(browser: Browser, run: Path) -> None:
    """Also of what was hidden when they were drawn, or when the window grew."""
    with opened(browser, run / "report.html", "A1", width=600) as it:
        page = it.page
        page.set_viewport_size({"width": 900, "height": 900})
        page.keyboard.press("Escape")
        for view in (HERO, "#distribution"):
            page.wait_for_function(
                "([view, least]) => document.querySelector(`${view} canvas`)"
                ".getBoundingClientRect().width > least",
                arg=[view, 800 if view == HERO else 300],
            )
        page.set_viewport_size({"width": 500, "height": 900})
        page.wait_for_function(
            "document.documentElement.scrollWidth <= innerWidth", timeout=10_000
        )


def test_what_a_board_says_is_shown_and_not_run(browser: Browser, run: Path) -> None:
    """It sends a script: that is what there is to read."""
    with opened(browser, run / "report.html", "A1") as it:
        page = it.page
        page.on("dialog", lambda dialog: it.complaints.append(dialog.message))
        page.locator(f"{CASE} summary").click()
        page.locator(f"{CASE} .events td", has_text=SCRIPT).first.wait_for()
        assert page.locator(f"{CASE} script").count() == 0
        page.evaluate("document.body.append(document.createElement('script'))")
        page.evaluate("document.querySelector('body > script:last-child').text = 'x()'")
    assert [c for c in it.complaints if "Content Security Policy" not in c] == []
    assert it.complaints, "the policy did not refuse a script that is not ours"


def test_only_the_case_that_is_opened_is_unpacked(browser: Browser, run: Path) -> None:
    """A hundred cases cost what one does."""
    count = (
        "(() => { const whole = JSON.parse; window.parsed = 0;"
        "JSON.parse = (text) => { window.parsed += 1; return whole(text); }; })()"
    )
    with opened(browser, run / "report.html") as it:
        it.page.evaluate(count)
        it.page.locator('.matrix a[href="#A50"]').click()
        it.page.locator(f"{CASE} .plot canvas").first.wait_for()
        assert it.page.evaluate("window.parsed") == 1
