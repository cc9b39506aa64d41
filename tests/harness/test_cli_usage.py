"""Bad usage is told in one line and opens nothing; every help has an example."""

import json
import sys
from pathlib import Path

import pytest

from deadstop.moments import NAMED
from deadstop.triggers import TRIGGERS
from tests.harness.command_line import ROOT, begin, run

COMMANDS = [
    "run",
    "sweep",
    "replay",
    "verify",
    "rigs",
    "board",
    "deadman",
    "prove",
    "init",
    "explain",
    "doctor",
    "flash",
    "stop",
    "report",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_shows_an_example(tmp_path: Path, command: str) -> None:
    """An example says more than a list of options."""
    done = run(tmp_path, command, "--help")

    assert done.returncode == 0, done.stderr
    assert f"deadstop {command}" in done.stdout.partition("Example")[2]


def test_the_help_lists_commands_and_exit_codes(tmp_path: Path) -> None:
    """Also without any word at all."""
    done = run(tmp_path)

    assert done.returncode == 0
    assert done.stdout == run(tmp_path, "--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert "30 NOT AT REST" in " ".join(done.stdout.split())


def test_the_help_of_a_run_lists_what_can_be_chosen(tmp_path: Path) -> None:
    """Every trigger with what it does, and every moment."""
    told = " ".join(run(tmp_path, "run", "--help", COLUMNS="100").stdout.split())

    for trigger in TRIGGERS:
        assert f" {trigger.name} {trigger.summary}" in told
    for moment in NAMED:
        assert moment in told


def test_it_says_which_version_it_is(tmp_path: Path) -> None:
    """On standard output, for scripts."""
    done = run(tmp_path, "--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("deadstop ")
    module = begin(tmp_path, "--version", program=(sys.executable, "-m", "deadstop"))
    assert module.communicate() == (done.stdout, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["fly"], ["fly"]),
        (["run", "--fast"], ["--fast"]),
        (["run", "--repeat", "0"], ["--repeat", "1"]),
        (["run", "--seed", "x"], ["--seed", "integer"]),
        (["run", "--rig", "moon"], ["'moon'", "loopback"]),
        (["run", "--rig", "./none.toml"], ["none.toml", "no such file"]),
        (["run", "--rig", "odd.toml"], ["odd.toml:1", "colour", "board"]),
        (["run", "--motion", "jump"], ["'jump'", "go_for", "go_to", "both"]),
        (["run", "--trigger", "x*"], ["'x*'", *(t.name for t in TRIGGERS)]),
        (["run", "--moment", "noon"], ["'noon'", *NAMED]),
        (["run", "--trigger", "none", "--moment", "cruise"], ["no case matches"]),
        (["run", "--moment", "step"], ["'step'", *NAMED]),
        (["run", "--clock", "wall"], ["'wall'", "'real'", "'virtual'"]),
        (["run", "--jobs", "2"], ["--jobs 2", "--clock virtual"]),
        (
            ["run", "--clock", "virtual", "--trigger", "sigkill"],
            ["sigkill", "no process", "--clock real"],
        ),
        (
            ["run", "--clock", "virtual", "--trigger", "client-k*"],
            ["client-kill", "no process", "--clock real"],
        ),
        (["run", "--out", "full"], ["full", "new or an empty folder"]),
        (["run", "--out", "file"], ["file", "new or an empty folder"]),
        (["run", "--json", "nowhere/run.json"], ["nowhere/run.json"]),
        (["verify"], ["RUN"]),
        (["verify", "nowhere"], ["nowhere", "run.json"]),
        (["board", "--rig", "moon"], ["'moon'", "loopback"]),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_clear_line(
    tmp_path: Path, words: list[str], told: list[str]
) -> None:
    """Exit code 2, the offending word, and what is known in its place."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").touch()
    (tmp_path / "file").touch()
    right = (ROOT / "rigs" / "loopback.toml").read_text(encoding="utf-8")
    (tmp_path / "odd.toml").write_text(f"colour = 3\n{right}", encoding="utf-8")

    done = run(tmp_path, *words)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("deadstop: ")
    for word in told:
        assert word in line
    assert not (tmp_path / "deadstop-runs").exists()


def test_hostile_words_are_not_obeyed(tmp_path: Path) -> None:
    """What was typed is repeated, but made harmless."""
    done = run(tmp_path, "run", "--motion", "\x1b[2J\u202e")

    assert done.returncode == 2
    assert not set(done.stderr) & {"\x1b", "\u202e"}


def test_listing_opens_nothing(tmp_path: Path) -> None:
    """The ids of the cases, one on a line."""
    done = run(
        tmp_path, "run", "--list", "--moment", "cruise", "--trigger", "client-c*"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "go_for/client-close/cruise" in done.stdout.splitlines()
    assert {line.split("/")[2] for line in done.stdout.splitlines()} == {"cruise"}
    assert list(tmp_path.iterdir()) == []


def test_the_default_run_has_the_cases_that_were_promised(tmp_path: Path) -> None:
    """At least eighty, over one motor, a position, and two motors at once."""
    cases = run(tmp_path, "run", "--list").stdout.splitlines()

    assert len(cases) == len(set(cases)) >= 80
    assert {case.split("/")[0] for case in cases} == {"go_for", "go_to", "both"}


def test_the_rigs_are_listed_with_what_they_prove(tmp_path: Path) -> None:
    """A person chooses by that."""
    done = run(tmp_path, "rigs")

    assert (done.returncode, done.stderr) == (0, "")
    assert "loopback" in done.stdout
    assert "proves that the bytes left the component" in done.stdout


def test_of_a_real_board_the_rigs_say_whether_it_is_there(tmp_path: Path) -> None:
    """By its identity: nothing is opened, nothing moves; and what needs `--armed`."""
    done = run(tmp_path, "rigs", "--json", "-")
    rigs = {rig["name"]: rig for rig in json.loads(done.stdout)["rigs"]}

    assert "moves REAL HARDWARE: only with --armed" in done.stderr
    assert {name for name, rig in rigs.items() if rig["needs_armed"]} == {
        "uno-motor",
        "uno-arm",
        "remote-uno",
    }
    (remote,) = rigs["remote-uno"]["ports"]
    assert remote["found"] is None, "another machine is not asked"
    (local,) = rigs["uno-motor"]["ports"]
    assert "vid 0x2341" in local["told"]
    assert rigs["avr"]["ports"] == []


def test_the_schema_of_rig_files_is_json(tmp_path: Path) -> None:
    """For an editor."""
    done = run(tmp_path, "rigs", "--schema")

    assert (done.returncode, done.stderr) == (0, "")
    assert "board" in json.loads(done.stdout)["properties"]
