"""The AVR rig on the command line: it runs where it can, and says why where not."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from deadstop.resources import resource_folder
from deadstop.rig import load_rig
from tests.harness.command_line import run

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

MISSING = "cannot build the firmware: no avr-g++, avr-objcopy, make here: sudo apt-get"


def without_tools(tmp_path: Path) -> str:
    """Return a PATH on which nothing is found."""
    empty = tmp_path / "empty"
    empty.mkdir(exist_ok=True)
    return str(empty)


def own_rig(tmp_path: Path) -> str:
    """Write a rig with a firmware of one's own beside it, and return its path."""
    text = (resource_folder("rigs") / "avr.toml").read_text()
    (tmp_path / "mine.toml").write_text(
        text.replace('kind = "avr"', 'kind = "avr"\nfirmware = "mine.elf"')
    )
    return "./mine.toml"


def test_a_case_runs_on_the_real_firmware(tmp_path: Path) -> None:
    """Its pins are seen, and the run tells which firmware it was."""
    case = ["--motion", "go_for", "--trigger", "client-close", "--moment", "cruise"]
    done = run(tmp_path, "run", "--rig", "avr", *case, "--out", "out")

    assert done.returncode == 0, done.stdout + done.stderr
    rig = json.loads((tmp_path / "out" / "run.json").read_text())["rig"]
    assert (rig["name"], rig["board"], rig["proves"]) == ("avr", "avr", "pins")
    assert rig["identity"].startswith("motor-shield fw-")
    assert "the pins went dead" in done.stdout


def test_building_is_told_once(tmp_path: Path) -> None:
    """A second run finds it built."""
    case = ["--trigger", "none", "--moment", "idle", "--motion", "go_for"]
    words = ["run", "--rig", "avr", *case]
    first = run(tmp_path, *words, XDG_CACHE_HOME=str(tmp_path / "cache"))
    second = run(tmp_path, *words, XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert first.stdout.count("building the firmware") == 1, first.stderr
    assert "building the firmware" not in second.stdout


def test_a_missing_toolchain_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """One line that can be copied; no folder is left."""
    done = run(tmp_path, "run", "--rig", "avr", PATH=without_tools(tmp_path))

    assert done.returncode == 22
    assert done.stderr.startswith(f"deadstop: {MISSING}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "deadstop-runs").exists()


def test_a_firmware_of_ones_own_that_is_none_ends_the_run(tmp_path: Path) -> None:
    """The file is named, beside the rig's."""
    (tmp_path / "mine.elf").write_text("not one")
    done = run(tmp_path, "run", "--rig", own_rig(tmp_path))

    assert done.returncode == 22
    assert done.stderr.startswith("deadstop: mine.elf: not a firmware")
    assert done.stderr.count("\n") == 1


def test_a_firmware_that_crashes_ends_the_run_and_nothing_is_called_unsafe(
    tmp_path: Path,
) -> None:
    """A simulation that has failed moves nothing, and proves nothing."""
    # Into erased flash, as firmware with a wild pointer goes.
    (tmp_path / "crash.cpp").write_text("int main() { ((void (*)())0x3f00)(); }\n")
    subprocess.run(
        ["avr-g++", "-mmcu=atmega328p", "crash.cpp", "-o", "mine.elf"],  # noqa: S607
        cwd=tmp_path,
        check=True,
    )
    done = run(tmp_path, "run", "--rig", own_rig(tmp_path), "--trigger", "none")

    assert done.returncode == 22, done.stderr
    assert "mine.elf" in done.stderr
    assert "it does not boot" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_list_of_rigs_says_what_is_missing(tmp_path: Path) -> None:
    """Below what the rig proves; the others are as ever."""
    done = run(tmp_path, "rigs", PATH=without_tools(tmp_path))

    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if "NOT HERE" in line]
    assert len(lines) == 2  # the motors' and the arm's
    for line in lines:
        assert "NOT HERE: cannot build the firmware" in line
    assert "NOT HERE" not in run(tmp_path, "rigs").stdout


def test_the_twin_needs_none_of_it(tmp_path: Path) -> None:
    """Nor does listing what the AVR rig would run."""
    path = without_tools(tmp_path)
    for rig in ("loopback", "avr"):
        done = run(tmp_path, "run", "--rig", rig, "--list", PATH=path)
        assert done.returncode == 0, done.stderr
    done = run(tmp_path, "run", "--trigger", "none", "--motion", "go_for", PATH=path)
    assert done.returncode == 0, done.stderr


def test_both_rigs_have_the_same_cases(tmp_path: Path) -> None:
    """So that their verdicts can be laid side by side."""
    listed = [
        run(tmp_path, "run", "--rig", rig, "--list").stdout
        for rig in (load_rig("loopback").name, load_rig("avr").name)
    ]
    assert listed[0] == listed[1]
    assert os.linesep in listed[0]
