"""A saved run says what was found, to people and machines, and can be held to it."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.harness.command_line import run as deadstop

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(90)]

ONE_CASE = ["--motion", "go_for", "--trigger", "client-close", "--moment", "cruise"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one case has been run, with its output beside the run."""
    folder = tmp_path_factory.mktemp("saved")
    words = [*ONE_CASE, "--repeat", "2", "--seed", "7", "--out", "run", "--json", "-"]
    done = deadstop(folder, "run", *words)
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    (folder / "exit_code").write_text(str(done.returncode))
    return folder


def copied(saved: Path, tmp_path: Path) -> Path:
    """Return a copy of the saved run's folder that a test may spoil."""
    target = tmp_path / "run"
    for path in sorted((saved / "run").rglob("*")):
        if path.is_file():
            copy = target / path.relative_to(saved / "run")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return target


def test_the_example_motor_passes(saved: Path) -> None:
    """Exit code 0, and all of the run's folder is there."""
    assert (saved / "exit_code").read_text() == "0", (saved / "stderr").read_text()
    for name in ("run.json", "report.xml", "report.html"):
        assert (saved / "run" / name).is_file()
    traces = [str(p.parent.name) for p in (saved / "run").rglob("trace.jsonl")]
    assert sorted(traces) == ["cruise", "cruise.2", "go_for"]


def test_standard_output_is_json_alone(saved: Path) -> None:
    """What a person reads goes to standard error instead."""
    text = (saved / "stdout").read_text()

    assert json.loads(text)["cases"][1]["repeat"] == 2
    assert text == (saved / "run" / "run.json").read_text()
    told = (saved / "stderr").read_text()
    assert "stop-commanded" in told
    assert "this rig proves: the bytes left the component" in told


def test_a_repeated_case_is_counted(saved: Path) -> None:
    """Its latencies are told as median, p95 and max."""
    told = (saved / "stderr").read_text()

    assert re.search(r"^latency +median +p95 +max .*n *$", told, re.MULTILINE)
    assert re.search(r"^trigger to shaft still .* ms +2 *$", told, re.MULTILINE)


def test_the_run_says_where_its_page_is_and_what_made_it(saved: Path) -> None:
    """The page is written at the end of the run, and is that of `deadstop report`."""
    page = saved / "run" / "report.html"
    assert "\nreport: run/report.html\n" in (saved / "stderr").read_text()
    text = page.read_text()
    made = json.loads((saved / "run" / "run.json").read_text())["provenance"]
    assert (made["rig"], made["component"]) == ("loopback", "")
    for known in ("host", "system", "python", "viam_sdk", "deadstop", "started_at"):
        assert made[known]
    assert made["cpus"] > 0

    done = deadstop(saved, "report", "run")

    assert (done.returncode, done.stdout, done.stderr) == (0, "run/report.html\n", "")
    assert page.read_text() == text


def test_report_writes_a_trace_for_perfetto(saved: Path) -> None:
    """Instead of a page."""
    done = deadstop(saved, "report", "run", "--perfetto", "trace.json")

    assert (done.returncode, done.stdout, done.stderr) == (0, "trace.json\n", "")
    names = {row["name"] for row in _rows(saved / "trace.json")}
    assert {"go_for/client-close/cruise", "go_for/client-close/cruise #2"} <= {
        row["args"]["name"]
        for row in _rows(saved / "trace.json")
        if row["name"] == "process_name"
    }
    assert {"GoFor", "strike", "trigger", "standstill", "speed a, rev/s"} <= names


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text())["traceEvents"]
    return rows


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "nowhere is no run's folder: run.json cannot be read: No such"),
        (["run", "run"], "run is the same run as run; give each once"),
        (["run", "--out", "run/run.json"], "run/run.json is there, and not by this"),
        (["run", "--out", "a", "--perfetto", "b"], "--out is for a page, --perfetto"),
    ],
)
def test_report_says_what_it_cannot_do(
    saved: Path, words: list[str], told: str
) -> None:
    """In one line; and nothing is written."""
    before = sorted(saved.rglob("*"))

    done = deadstop(saved, "report", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"deadstop: {told}")
    assert done.stderr.count("\n") == 1
    assert sorted(saved.rglob("*")) == before


def test_verify_agrees_with_the_run(saved: Path) -> None:
    """Judged again from the traces alone, offline."""
    done = deadstop(saved, "verify", "run")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 cases judged again: 2 pass; all agree\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"exit_code": 0', '"exit_code": 1', r"run.json says 1 for exit_code; .* 0"),
        ('"outcome": "pass"', '"outcome": "marginal"', r".* outcome of case 0; .*"),
        (
            '"stop_commanded_ms": 50.0',
            '"stop_commanded_ms": 0.001',
            r".*judged again.*",
        ),
    ],
)
def test_verify_finds_what_was_changed_in_run_json(
    saved: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """Each difference is a line; exit code 1."""
    run = copied(saved, tmp_path)
    text = (run / "run.json").read_text()
    assert old in text
    (run / "run.json").write_text(text.replace(old, new, 1))

    done = deadstop(tmp_path, "verify", "run")

    assert done.returncode == 1
    assert any(re.fullmatch(said, line) for line in done.stdout.splitlines())


def test_verify_finds_a_case_that_was_left_out(saved: Path, tmp_path: Path) -> None:
    """Its trace is still there."""
    run = copied(saved, tmp_path)
    document = json.loads((run / "run.json").read_text())
    del document["cases"][1]
    document["summary"]["pass"] = 1
    (run / "run.json").write_text(json.dumps(document))

    done = deadstop(tmp_path, "verify", "run")

    assert done.returncode == 1
    assert "no result for cases/go_for/client-close/cruise.2" in done.stdout


def test_verify_finds_a_trace_that_was_changed(saved: Path, tmp_path: Path) -> None:
    """Without its stop bytes, the same run fails."""
    run = copied(saved, tmp_path)
    path = run / "cases/go_for/client-close/cruise/trace.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"kind":"stop"' not in line]
    assert len(kept) < len(lines)
    path.write_text("".join(kept))

    done = deadstop(tmp_path, "verify", "run")

    assert done.returncode == 1
    assert "stop-commanded: recorded pass, judged again fail" in done.stdout


def test_a_broken_component_is_named_in_the_last_lines(tmp_path: Path) -> None:
    """Exit code 1; invariant, case, figure and limit stand where one looks first."""
    words = ["--component", "deadstop.gallery.b01_never_looks:BrokenMotor", *ONE_CASE]
    done = deadstop(tmp_path, "run", *words, "--out", "run")

    assert done.returncode == 1, done.stdout
    last = [line for line in done.stdout.splitlines() if line][-8:]
    assert (
        "FAIL stop-commanded  go_for/client-close/cruise  measured none, limit 50 ms: "
        "no stop for axis a reached the wire"
    ) in last
    assert any("exit code 1" in line for line in last)
    junit = ET.parse(tmp_path / "run" / "report.xml")  # noqa: S314 - our own
    assert junit.find(".//failure[@type='stop-commanded']") is not None
