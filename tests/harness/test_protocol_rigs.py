"""Protocols of others: the right component is green on its rig, the broken one red."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness.command_line import ROOT, TAKES_S

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(120)]

START = "import sys; from deadstop.cli import main; sys.exit(main())"
RIGS = {
    "grbl": ("deadstop.examples.grbl:BrokenGrblMotor", "client-close"),
    "roboclaw": ("deadstop.examples.roboclaw:BrokenRoboclawMotor", "outer-cancel"),
    "tic": ("deadstop.examples.tic:BrokenTicMotor", "client-cancel"),
}


def run(folder: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Run the command line in *folder*; return what it came to, and its run.json."""
    paths = [str(ROOT / "harness"), str(ROOT / "components")]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", START, "run", *words, "--out", "out", "--json", "-"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TAKES_S,
    )
    return done, json.loads(done.stdout) if done.stdout else None


@pytest.mark.parametrize("rig", list(RIGS))
def test_the_right_component_holds_every_law_that_the_wire_shows(
    tmp_path: Path, rig: str
) -> None:
    """It says what nobody could see, and that its moment came by time."""
    _, trigger = RIGS[rig]
    case = ("--trigger", trigger, "--moment", "cruise")
    done, told = run(tmp_path, "--rig", rig, *case)

    assert done.returncode == 0, done.stderr
    verdicts = {one["invariant"]: one for one in told["cases"][0]["verdicts"]}
    held = {name for name, one in verdicts.items() if one["outcome"] != "unchecked"}
    assert {
        "stop-commanded",
        "stays-stopped",
        "cleanup-complete",
        "honest-outcome",
        "next-works",
        "loop-responsive",
        "port-released",
    } == held
    for law in ("motion-ceased", "honest-state", "deadman"):
        assert verdicts[law]["detail"] == "nobody watches the shaft of this board"
    assert "nobody watched what obeyed them" in done.stderr
    folder = tmp_path / "out" / told["cases"][0]["folder"]
    events = map(json.loads, (folder / "trace.jsonl").read_text().splitlines())
    seen = [event["seen"] for event in events if event["kind"] == "moment"]
    assert seen == ["half-time"]


@pytest.mark.parametrize("rig", list(RIGS))
def test_the_broken_component_is_caught(tmp_path: Path, rig: str) -> None:
    """By the law that says what is missing on the wire."""
    spec, trigger = RIGS[rig]
    case = ("--trigger", trigger, "--moment", "cruise")
    done, told = run(tmp_path, "--rig", rig, "--component", spec, *case)

    assert done.returncode == 1, done.stderr
    verdicts = {one["invariant"]: one for one in told["cases"][0]["verdicts"]}
    assert verdicts["stop-commanded"]["outcome"] == "fail"
    assert verdicts["stop-commanded"]["detail"] == "no stop for axis a reached the wire"


def test_a_far_end_that_dies_in_a_case_ends_the_run_with_one_line(
    tmp_path: Path,
) -> None:
    """What the component made of it is not the component's fault."""
    dies = (
        "import os, sys; os.read(os.open(sys.argv[1], os.O_RDWR), 1); sys.exit('bye')"
    )
    text = (ROOT / "rigs" / "grbl.toml").read_text(encoding="utf-8")
    old = '["{python}", "-m", "deadstop.far_ends.grbl", "{port}"]'
    assert old in text
    rig = tmp_path / "mine.toml"
    new = json.dumps(["{python}", "-c", dies, "{port}"])
    rig.write_text(text.replace(old, new), encoding="utf-8")

    done, _ = run(tmp_path, "--rig", "./mine.toml", "--trigger", "client-cancel")

    assert done.returncode == 22
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("deadstop: the board's program 'python' ended by itself")
    assert last.endswith("it said: bye")


def test_what_cannot_be_seen_there_is_not_offered(tmp_path: Path) -> None:
    """One line says what can be, and why no more."""
    for words in (("--moment", "arriving"), ("--trigger", "board-reset")):
        done, _ = run(tmp_path, "--rig", "tic", *words)
        assert done.returncode == 2
        assert "nobody watches a shaft of rig 'tic'" in done.stderr
    for words in (("--clock", "virtual"),):
        done, _ = run(tmp_path, "--rig", "tic", *words)
        assert done.returncode == 2
        assert "is a program, with a clock of its own" in done.stderr
