"""`deadstop sweep` and `deadstop replay`, as a person uses them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deadstop.rig import load_rig
from deadstop.sweep.fixture import run_sweep

pytestmark = pytest.mark.timeout(120)

DEADSTOP = str(Path(sys.executable).parent / "deadstop")
ROOT = Path(__file__).parents[3]
KEYS = {
    "motions",
    "triggers",
    "points",
    "depth",
    "failures",
    "covered",
    "wall_s",
    "points_per_s",
    "virtual_s",
    "speedup",
    "trace_hash",
}


def deadstop(
    *words: str, seed: str = "0", cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the command line, with that seed for the hashes of strings."""
    return subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """Return what `--json -` told."""
    found = json.loads(done.stdout)["sweep"]
    assert isinstance(found, dict)
    return found


def test_every_step_holds_for_the_example_motor(tmp_path: Path) -> None:
    """The command says so, with the figures that it promises."""
    done = deadstop(
        "sweep", "--motion", "go_for", "--trigger", "client-c*", "--json", "-",
        "--out", str(tmp_path / "out"),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = figures(done)
    assert set(found) == KEYS
    assert found["failures"] == 0
    assert found["covered"] == 1.0
    assert "every verdict held" in done.stderr


@pytest.mark.parametrize("rig", ["loopback", "avr"])
def test_the_same_sweep_has_the_same_hash_in_any_process(
    tmp_path: Path, rig: str
) -> None:
    """Whatever the hash seed, and however the points are shared out."""
    hashes = set()
    for seed, jobs in (("1", "2"), ("77", "1")):
        words = ["--rig", rig, "--motion", "go_for", "--max-cases", "22", "--seed", "5"]
        words += ["--jobs", jobs, "--json", "-", "--out", str(tmp_path / seed)]
        hashes.add(figures(deadstop("sweep", *words, seed=seed))["trace_hash"])

    assert len(hashes) == 1


def test_a_sample_says_what_share_it_covers(tmp_path: Path) -> None:
    """And another seed chooses other points."""
    rig = load_rig("loopback")
    first, again, other = (
        run_sweep(rig, None, tmp_path, motion="go_for", max_cases=12, seed=seed)
        for seed in (1, 1, 2)
    )

    assert first.points == 12
    assert first.covered == pytest.approx(12 / first.planned)
    assert first.trace_hash == again.trace_hash
    assert first.trace_hash != other.trace_hash


def test_a_failure_is_replayed_to_the_same_trace(tmp_path: Path) -> None:
    """Byte for byte, twice, with an account of what the loop was about to do."""
    swept = tmp_path / "swept"
    deadstop(
        "sweep", "--motion", "go_for", "--trigger", "outer-cancel", "--component",
        "tests.broken.w01_recorded_late:BrokenMotor", "--out", str(swept),
    )  # fmt: skip
    (file,) = swept.glob("go_for-*.json")

    once, twice = (
        deadstop("replay", str(file), "--out", str(tmp_path / name)) for name in "ab"
    )

    assert once.returncode == twice.returncode == 1, once.stderr
    assert "the same, byte for byte" in once.stdout
    assert "outer-cancel strikes before this" in once.stdout
    assert "X stop-commanded" in once.stdout
    traces = [(tmp_path / name / "trace.jsonl").read_bytes() for name in "ab"]
    assert traces[0] == traces[1]


def test_ctrl_c_gives_the_result_so_far(tmp_path: Path) -> None:
    """And no process is left over."""
    out = tmp_path / "out"
    with subprocess.Popen(  # noqa: S603 - our own program
        [DEADSTOP, "sweep", "--out", str(out)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as sweep:
        assert sweep.stdout is not None
        for line in sweep.stdout:
            if "%" in line:
                break
        sweep.send_signal(signal.SIGINT)
        told = sweep.stdout.read()

    assert sweep.returncode == 130
    assert "(interrupted)" in told
    assert json.loads((out / "sweep.json").read_text("utf-8"))["sweep"]["points"] > 0
    until_s = time.monotonic() + 5
    while _alive(sweep.pid) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not _alive(sweep.pid)


def _alive(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


THREADED = """
import threading
from arduino_actuators import ArduinoMotor


class Threaded(ArduinoMotor, register=False):
    async def go_for(self, rpm, revolutions, **kwargs):
        threading.Thread(target=print).start()
        await super().go_for(rpm, revolutions, **kwargs)


class Blocking(ArduinoMotor, register=False):
    async def go_for(self, rpm, revolutions, **kwargs):
        import time
        time.sleep(0.3)
        await super().go_for(rpm, revolutions, **kwargs)
"""


def test_a_component_that_needs_a_thread_is_refused(tmp_path: Path) -> None:
    """In one line that names the call and says what to do."""
    (tmp_path / "mine.py").write_text(THREADED, encoding="utf-8")

    done = deadstop(
        "sweep", "--component", "mine:Threaded", "--motion", "go_for", cwd=tmp_path
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "thread" in done.stderr
    assert "--clock real" in done.stderr


def test_a_component_that_blocks_the_loop_is_a_verdict(tmp_path: Path) -> None:
    """`time.sleep` takes virtual time, which the loop is without."""
    (tmp_path / "mine.py").write_text(THREADED, encoding="utf-8")

    done = deadstop(
        "sweep", "--component", "mine:Blocking", "--motion", "go_for",
        "--trigger", "client-cancel", "--max-cases", "4", cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 1
    assert "loop-responsive: the loop was blocked for 300 ms" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sweep", "--trigger", "sigkill"], "unknown trigger 'sigkill'"),
        (["sweep", "--motion", "dance"], "unknown motion 'dance'"),
        (["sweep", "--second", "x\x1b[31m"], "unknown --second"),
        (["replay", "/dev/null"], "not a schedule"),
        (["replay", "nowhere.json"], "cannot read the schedule"),
    ],
)
def test_bad_usage_gets_one_clear_line(words: list[str], told: str) -> None:
    """What, where, and what is known."""
    done = deadstop(*words)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
