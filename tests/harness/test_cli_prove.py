"""`deadstop prove` and `deadstop run --prove-red` as processes."""

import json
from pathlib import Path

import pytest

from deadstop.results import ExitCode
from tests.harness.command_line import run as deadstop

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]


def test_prove_tells_the_matrix_and_writes_it_as_json(tmp_path: Path) -> None:
    """One that is broken, one that is right, on one bench."""
    done = deadstop(
        tmp_path, "prove", "--only", "B17", "--only", "arm-*", "--json", "-",
        "--out", "proof",
    )  # fmt: skip

    assert done.returncode == ExitCode.HELD, done.stderr
    sums = json.loads(done.stdout)["prove"]
    assert [row["id"] for row in sums.pop("rows")] == ["B17", "arm-of-motors"]
    assert sums.pop("wall_s") > 0
    assert sums == {
        "broken": 1,
        "caught": 1,
        "caught_by_named": 1,
        "correct": 1,
        "false_alarms": 0,
    }
    assert "+ B17 a late write: power applied after" in done.stderr
    assert "1 caught by the invariant named, 0 by another, 0 missed" in done.stderr
    assert (tmp_path / "proof" / "prove.json").exists()
    assert (tmp_path / "proof" / "B17").is_dir()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prove", "--only", "B99"), "no component of the gallery is 'B99'; known: B1"),
        (("prove", "--rig", "arm-loopback"), "the gallery needs two motors"),
        (("run", "--prove-red", "--trigger", "none"), "--prove-red chooses its own"),
        (("run", "--prove-red", "--motion", "fly"), "unknown motion 'fly'; known: go_"),
    ],
)
def test_what_cannot_be_proven_is_refused_in_one_line(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    """And leaves no folder behind."""
    done = deadstop(tmp_path, *words)

    assert done.returncode == ExitCode.USAGE
    (line,) = done.stderr.splitlines()
    assert says in line
    assert not list(tmp_path.iterdir())
