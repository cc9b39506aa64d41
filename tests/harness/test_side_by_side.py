"""The same cases on the twin, the simulated firmware and the bench, in one page."""

import json
from pathlib import Path
from typing import Any

import pytest

from deadstop.report.page.latencies import latency_table
from deadstop.report.page.overview import overview_of
from deadstop.report.page.saved import read_runs
from tests.harness.command_line import run
from tests.harness.report.browser import chromium, opened
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import virtual_uno

pytestmark = [
    pytest.mark.wall_clock,
    pytest.mark.timeout(100),
    pytest.mark.xdist_group("browser"),
]

# Early enough for a lease to run out before the motion does.
CHOSEN = ("--motion", "go_for", "--moment", "accelerating", "--trigger")
TRIGGERS = ("client-close", "sigkill")  # of the second, the board has to stop by itself


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same command on three rigs; only the last is a port."""
    folder = tmp_path_factory.mktemp("rigs")
    with virtual_uno(folder) as uno:
        bench = rig(folder, uno, control=str(uno.link))
        names = {"loopback": "loopback", "avr": "avr", "serial": bench}
        for out, name in names.items():
            words = ["--rig", name, *CHOSEN, TRIGGERS[0], "--trigger", TRIGGERS[1]]
            done = run(folder, "run", *words, "--out", out)
            assert done.returncode == 0, done.stdout + done.stderr
    return [folder / out for out in names]


def verdicts(folder: Path) -> dict[tuple[str, str], str]:
    """Return each verdict of a run, by case and invariant."""
    document: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return {
        (case["id"], one["invariant"]): one["outcome"]
        for case in document["cases"]
        for one in case["verdicts"]
    }


def test_the_cases_are_the_same_and_the_verdicts_agree(runs: list[Path]) -> None:
    """Also of the deadman: an event of a real board tells of its lease, too."""
    twin, firmware, bench = map(verdicts, runs)

    assert {case for case, _ in twin} == {f"go_for/{t}/accelerating" for t in TRIGGERS}
    assert twin == firmware == bench
    assert bench["go_for/sigkill/accelerating", "deadman"] == "pass"


def test_three_rigs_stand_side_by_side_in_one_page(runs: list[Path]) -> None:
    """It says which is which; nothing is called slower, and no page is lost."""
    saved = read_runs(runs)
    overview = overview_of(saved)
    assert saved[2].run.provenance.rig == "./mine.toml", "to be run again by that"
    own = (runs[0] / "report.html").read_bytes()
    done = run(runs[0].parent, "report", *(one.name for one in runs))

    assert done.stdout == "loopback/compared.html\n", done.stderr
    assert (runs[0] / "report.html").read_bytes() == own
    assert overview.agreement == (
        "Side by side, on loopback, avr, virtual-uno: 2 cases in common: every verdict "
        "agrees."
    )
    rows = [row for row in latency_table(saved) if row.name == "trigger to shaft still"]
    assert [row.rig for row in rows] == ["loopback", "avr", "virtual-uno"]
    assert {row.finding for row in rows} == {""}
    assert all(row.change.endswith("side by side") for row in rows[1:])
    with chromium() as browser, opened(browser, runs[0] / "compared.html") as it:
        assert "Side by side, on loopback" in it.page.locator(".agreement").inner_text()
        for one in rows:
            cell = it.page.locator("#latencies td", has_text=one.rig).first
            assert cell.inner_text() == f"{one.run} {one.rig}"
        assert (it.complaints, it.requests) == ([], [])
