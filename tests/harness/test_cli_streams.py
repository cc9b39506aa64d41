"""What the command does when nobody reads what it says, or nothing can be written."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from deadstop.rig.schema import schema_text
from tests.harness.command_line import DEADSTOP, TAKES_S, begin, run

ONE_CASE = ["--motion", "go_for", "--trigger", "client-close", "--moment", "cruise"]


def run_into(stdout: int | str, folder: Path, *words: str) -> tuple[int, str]:
    """Run with *stdout* (a descriptor, or a redirection); return code and stderr."""
    line = ["sh", "-c", f'exec "$0" "$@" {stdout}', DEADSTOP, *words]
    done = subprocess.run(  # noqa: S603 - our own program
        line if isinstance(stdout, str) else [DEADSTOP, *words],
        cwd=folder,
        stdout=subprocess.DEVNULL if isinstance(stdout, str) else stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=TAKES_S,
    )
    return done.returncode, done.stderr


def test_the_schema_is_printed_as_its_file_has_it(tmp_path: Path) -> None:
    """`deadstop rigs --schema > rig.schema.json` makes that file."""
    assert run(tmp_path, "rigs", "--schema").stdout == schema_text()


def test_a_reader_that_goes_away_is_not_worth_a_word(tmp_path: Path) -> None:
    """`deadstop run --list | head -1` ends quietly, and not with a verdict's code."""
    readable, writable = os.pipe()
    os.close(readable)

    code, said = run_into(writable, tmp_path, "run", "--list")

    os.close(writable)
    assert (code, said) == (130, "")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """And no traceback, also not at exit."""
    code, said = run_into(">/dev/full", tmp_path, "rigs")

    assert re.fullmatch(r"deadstop: the system refused: .*No space.*\n", said)
    assert code == 70


def test_a_standard_output_that_is_closed_is_none_of_our_ports(tmp_path: Path) -> None:
    """Its number is not given to a socket or a port that would then be written to."""
    assert run_into(">&-", tmp_path, "rigs") == (0, "")


@pytest.mark.wall_clock
@pytest.mark.timeout(90)
def test_a_reader_that_goes_away_ends_the_run_and_keeps_its_results(
    tmp_path: Path,
) -> None:
    """The bench comes to rest; nobody is told, as nobody listens."""
    words = [*ONE_CASE, "--repeat", "9", "--out", "now"]
    with begin(tmp_path, "run", *words) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
        code = running.wait(TAKES_S)

    assert (code, said) == (130, "")
    document = json.loads((tmp_path / "now" / "run.json").read_text(encoding="utf-8"))
    assert (document["interrupted"], document["at_rest"]) == (True, True)
    assert len(document["cases"]) < 9


@pytest.mark.wall_clock
@pytest.mark.timeout(90)
def test_a_run_that_cannot_tell_keeps_its_verdict(tmp_path: Path) -> None:
    """The place for run.json vanished meanwhile; the run's own folder has it."""
    (tmp_path / "there").mkdir()
    words = [*ONE_CASE, "--out", "now", "--json", "there/run.json"]
    with begin(tmp_path, "run", *words) as running:
        assert running.stdout is not None
        running.stdout.readline()  # it has looked whether it could write
        (tmp_path / "there").rmdir()
        told, said = running.communicate(timeout=TAKES_S)

    assert running.returncode == 2
    assert re.fullmatch(r"deadstop: cannot write all of the report: .*\n", said)
    assert "(exit code 0)" in told
    assert json.loads((tmp_path / "now" / "run.json").read_text())["exit_code"] == 0


@pytest.mark.timeout(90)
@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_verbose_shows_frames_before_their_verdict_and_no_colour_in_a_pipe(
    tmp_path: Path, clock: str
) -> None:
    """In the case's own time, with a stop among them; then all of the tables."""
    done = run(tmp_path, "run", "-v", *ONE_CASE, "--clock", clock, "--out", "now")

    told = done.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in told
    assert "\r" not in told
    _, case, rest = told.partition("\ncase go_for/client-close/cruise\n")
    frames, verdict, tables = rest.partition("\n. pass      go_for/client-close/cruise")
    assert case
    assert verdict
    assert re.search(r"^ +[\d.]+ ms -- -  strike .*client-close", frames, re.MULTILINE)
    assert re.search(r"^ +[\d.]+ ms -> a  stop how=byte .*'A", frames, re.MULTILINE)
    assert "worst, of its limit" in tables
