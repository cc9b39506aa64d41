"""`deadstop run --clock virtual`: the same cases and verdicts, without the waiting."""

import json
import shutil
import signal
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deadstop.virtual.clock import EPOCH_S
from tests.harness.command_line import TAKES_S, begin, descendants
from tests.harness.command_line import run as deadstop

pytestmark = pytest.mark.timeout(100)

CASES = ["--motion", "go_for", "--moment", "cruise", "--trigger", "client-c*"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of a few cases, all at once, and its output beside it."""
    folder = tmp_path_factory.mktemp("saved")
    words = ["--clock", "virtual", "--jobs", "3", "--repeat", "2", "--seed", "7"]
    done = deadstop(folder, "run", *CASES, *words, "--out", "run")
    (folder / "stdout").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return folder


def document(saved: Path) -> dict[str, object]:
    """Return the run's `run.json`."""
    read = json.loads((saved / "run" / "run.json").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def test_the_run_says_on_which_clock_it_was(saved: Path) -> None:
    """Its report is of the same kind as ever."""
    run = document(saved)

    assert (run["clock"], run["seed"], run["at_rest"]) == ("virtual", 7, True)
    assert run["summary"] == {"pass": 4, "marginal": 0, "fail": 0, "unchecked": 0}
    assert isinstance(run["rig"], dict)
    assert run["rig"]["identity"] == "loopback twin-1"


def test_results_stand_in_the_order_of_the_cases_however_they_came(saved: Path) -> None:
    """Also what a person reads."""
    told = (saved / "stdout").read_text(encoding="utf-8").splitlines()
    lines = [line for line in told if line.startswith(". pass ") and "/" in line]

    assert [line.split(maxsplit=2)[2] for line in lines] == [
        "go_for/client-cancel/cruise",
        "go_for/client-close/cruise",
        "go_for/client-cancel/cruise #2",
        "go_for/client-close/cruise #2",
    ]


def test_only_what_virtual_time_can_play_is_listed(tmp_path: Path) -> None:
    """Nobody is there to be killed or frozen."""
    words = ["--list", "--moment", "cruise"]

    done = deadstop(tmp_path, "run", "--clock", "virtual", *words)

    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split("/")[1] for line in done.stdout.splitlines()}
    assert "client-close" in listed
    assert not listed & {"client-kill", "client-freeze", "sigkill", "host-freeze"}


def test_a_case_takes_as_long_as_it_takes_to_play_it(saved: Path) -> None:
    """Durations, also JUnit's, are of real time."""
    suite = ET.parse(saved / "run" / "report.xml").getroot()[0]  # noqa: S314 - our own
    cases = document(saved)["cases"]

    assert isinstance(cases, list)
    told = [float(case.get("time", "nan")) for case in suite.iter("testcase")]
    assert told == [case["duration_s"] for case in cases]
    assert all(duration_s > 0 for duration_s in told)


def test_all_stamps_are_of_the_virtual_clock_and_in_order(saved: Path) -> None:
    """It begins at the same instant in every case."""
    for path in (saved / "run").rglob("trace.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        stamps = [json.loads(line)["t_s"] for line in lines]

        assert EPOCH_S <= stamps[0] < EPOCH_S + 1.0
        assert stamps == sorted(stamps)


def test_a_repeated_case_leaves_the_very_same_trace(saved: Path) -> None:
    """But for the number of the repeat."""
    folder = saved / "run" / "cases" / "go_for" / "client-close"
    first, second = (
        (folder / name / "trace.jsonl").read_text(encoding="utf-8")
        for name in ("cruise", "cruise.2")
    )

    assert first.replace('"repeat":1', '"repeat":2') == second


def test_a_saved_run_is_judged_again_alike(saved: Path) -> None:
    """`deadstop verify` needs to know nothing of the clock."""
    done = deadstop(saved, "verify", "run")

    assert (done.returncode, done.stderr) == (0, "")
    assert "4 cases judged again: 4 pass; all agree" in done.stdout


def test_a_trace_that_was_touched_is_found_out(saved: Path, tmp_path: Path) -> None:
    """The verdicts are those of the trace and of nothing else."""
    shutil.copytree(saved / "run", tmp_path / "run")
    path = tmp_path / "run" / "cases" / "go_for" / "client-close" / "cruise"
    trace = path / "trace.jsonl"
    kept = [line for line in trace.read_text().splitlines() if '"stop' not in line]
    trace.write_text("\n".join(kept) + "\n")

    done = deadstop(tmp_path, "verify", "run")

    assert done.returncode == 1
    assert "go_for/client-close/cruise #1 stop-commanded: recorded pass" in done.stdout


def test_a_default_run_says_what_virtual_time_cannot_play(tmp_path: Path) -> None:
    """One line, before the first case."""
    words = ["--motion", "go_to", "--moment", "cruise", "--trigger", "client-*"]

    done = deadstop(tmp_path, "run", "--clock", "virtual", *words)

    assert done.returncode == 0, done.stderr
    assert (
        "left out: client-kill, client-freeze (virtual time has no process to kill or "
        "to freeze, nor a thread; --clock real plays them)" in done.stdout.splitlines()
    )


def test_a_component_that_starts_a_process_is_sent_to_the_real_clock(
    tmp_path: Path,
) -> None:
    """One line that names the call; no traceback, no verdict, no folder left."""
    spec = "tests.broken.hostile:Spawner"

    done = deadstop(
        tmp_path,
        "run",
        "--clock",
        "virtual",
        "--component",
        spec,
        *CASES,
        "--jobs",
        "2",
    )

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("deadstop: subprocess.Popen('sleep'")
    assert line.endswith("use the real clock (deadstop run --clock real)")


@pytest.mark.wall_clock
def test_a_run_that_is_ended_keeps_what_was_judged_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    """However many cases were under way; `verify` finds no trace without a result."""
    words = ["--clock", "virtual", "--jobs", "3", "--repeat", "200", "--out", "run"]
    with begin(tmp_path, "run", *CASES, *words) as running:
        try:
            until_s = time.monotonic() + TAKES_S
            while len(list(tmp_path.glob("run/cases/*/*/*"))) < 6:
                assert running.poll() is None
                assert time.monotonic() < until_s
                time.sleep(0.01)
            started = list(descendants(running.pid))
            running.send_signal(signal.SIGINT)
            told, complaint = running.communicate(timeout=TAKES_S)
        finally:
            running.kill()

    assert (running.returncode, complaint) == (130, "")
    assert "interrupted: only what had been judged is told" in told
    assert started
    assert not [pid for pid in started if Path(f"/proc/{pid}/fd").exists()]
    done = deadstop(tmp_path, "verify", "run")
    assert "judged again" in done.stdout
    assert done.stdout.endswith("all agree\n")
