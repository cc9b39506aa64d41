"""`deadstop deadman`: figures for a program, a table for a person, one exit code."""

import io
import json
import signal
import time
from pathlib import Path

import pytest
from rich.console import Console

from deadstop.deadman import DeadmanResult, Fed, LeaseResult, MomentResult, Spread
from deadstop.deadman_command import carry_out_deadman
from deadstop.report.deadman import deadman_json, print_deadman
from deadstop.results import ExitCode
from deadstop.rig import load_rig
from deadstop.toolchain import missing_for_avr
from tests.harness.command_line import begin, run
from tests.harness.deadman_boards import keeps_no_lease
from tests.harness.report_values import HOSTILE

HELD = LeaseResult(
    lease_ms=300,
    limit=Spread(0.30021, 0.3005, 0.301),
    longest_gap=Spread(0.30015, 0.3004, 0.30096),
    fed=(Fed(0.06, 83), Fed(0.299, 17)),
    starved_runs=5,
    starved_stops=5,
    wrong=(),
)
NEVER = LeaseResult(
    lease_ms=1000,
    limit=None,
    longest_gap=None,
    fed=(Fed(0.06, 3, "it says: fault a 1 stall"),),
    starved_runs=5,
    starved_stops=0,
    wrong=("lease 1000 ms, starved: the drive never went off",),
)
CUT = MomentResult("cruise", "link-cut", 50, 5, Spread(0.0502, 0.0505, 0.051), ())


def result(*leases: LeaseResult, firmware: str = "motor-shield fw-1") -> DeadmanResult:
    """What was found, by hand."""
    return DeadmanResult(firmware, "a", 7, leases, (CUT,))


def printed(found: DeadmanResult, width: int = 80) -> str:
    """What a person reads."""
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, markup=False)
    print_deadman(found, console, "pins")
    return file.getvalue()


def test_the_json_holds_every_figure_in_milliseconds() -> None:
    """Rounded to less than a hundredth of a tick."""
    document = json.loads(deadman_json(result(HELD), "avr", "pins"))["deadman"]

    assert {name: document[name] for name in ("rig", "proves", "axis", "seed")} == {
        "rig": "avr",
        "proves": "pins",
        "axis": "a",
        "seed": 7,
    }
    assert document["firmware"] == "motor-shield fw-1"
    assert document["outcome"] == "pass"
    assert document["tolerance_ms"] == 5
    (lease,) = document["leases"]
    assert lease["lease_ms"] == 300
    assert lease["limit_ms"] == {"min": 300.21, "median": 300.5, "max": 301.0}
    assert lease["longest_gap_ms"]["min"] == 300.15
    assert lease["fed"][0] == {"interval_ms": 60.0, "renewals": 83, "outcome": "pass"}
    assert lease["starved"] == {"runs": 5, "stops": 5}
    assert lease["outcome"] == "pass"
    (moment,) = document["moments"]
    assert (moment["moment"], moment["silence"]) == ("cruise", "link-cut")
    assert moment["dead_ms"] == {"min": 50.2, "median": 50.5, "max": 51.0}


def test_one_lease_that_fails_fails_it_all() -> None:
    """Without figures where there are none."""
    document = json.loads(deadman_json(result(HELD, NEVER), "avr", "pins"))["deadman"]

    assert document["outcome"] == "fail"
    assert [lease["outcome"] for lease in document["leases"]] == ["pass", "fail"]
    assert document["leases"][1]["limit_ms"] is None
    assert document["leases"][1]["fed"][0]["outcome"] == "fail"
    assert document["wrong"] == list(NEVER.wrong)


def test_a_person_reads_the_figures_and_the_verdict() -> None:
    """In eighty columns; what did not hold comes behind the tables."""
    held, failed = printed(result(HELD)), printed(result(HELD, NEVER))

    for figure in ("300.210", "300.500", "301.000", "305", "100", "5 of 5", "pass"):
        assert figure in held
    assert "the deadman holds" in held
    assert "the real firmware keeps its leases" in held
    assert max(map(len, held.splitlines())) <= 80
    assert "FAIL lease 1000 ms, starved: the drive never went off" in failed
    assert "THE DEADMAN CANNOT BE RELIED ON (exit code 1)" in failed
    assert "3, 1 X" in failed


def test_text_from_the_board_is_escaped() -> None:
    """It is shown, and not obeyed."""
    shown = printed(result(HELD, firmware=HOSTILE))

    assert not [c for c in shown if c != "\n" and not c.isprintable()]
    assert "\\x1b[2J" in shown
    assert "[bold]" in shown


def test_a_board_without_a_lease_ends_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And with a file that says why."""
    file = tmp_path / "deadman.json"

    code = carry_out_deadman(
        load_rig("loopback"), "a", (50,), json=str(file), make=keeps_no_lease
    )

    assert code is ExitCode.FAILED
    assert "THE DEADMAN CANNOT BE RELIED ON" in capsys.readouterr().out
    document = json.loads(file.read_text(encoding="utf-8"))["deadman"]
    assert document["outcome"] == "fail"
    assert document["leases"][0]["starved"] == {"runs": 5, "stops": 0}


def test_json_on_standard_output_leaves_it_to_the_program(tmp_path: Path) -> None:
    """What a person reads goes to standard error then."""
    words = ["deadman", "--lease", "50", "--seed", "3", "--axis", "b", "--json", "-"]

    done = run(tmp_path, *words)

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)["deadman"]
    assert (document["rig"], document["axis"], document["seed"]) == ("loopback", "b", 3)
    assert [lease["lease_ms"] for lease in document["leases"]] == [50]
    assert len(document["moments"]) == 12
    assert "the deadman holds" in done.stderr
    assert "silent at cruise\n" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--axis", "c"], ["--axis 'c'", "'loopback'", "a, b"]),
        (["--axis", ""], ["--axis ''"]),
        (["--axis", "ab"], ["--axis 'ab'"]),
        (["--lease", "49"], ["49 ms", "50 to 2000 ms"]),
        (["--lease", "soon"], ["--lease", "integer"]),
        (["--rig", "moon"], ["'moon'", "loopback"]),
        (["--rig", "arm-loopback"], ["soft limits", "--trigger sigkill"]),
        (["--json", "no/such/folder.json"], ["--json no/such/folder.json"]),
    ],
)
def test_bad_usage_is_told_in_one_line(
    tmp_path: Path, words: list[str], told: list[str]
) -> None:
    """It names what was wrong, and what is allowed."""
    done = run(tmp_path, "deadman", *words)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("deadstop: ")
    for word in told:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_help_shows_an_example(tmp_path: Path) -> None:
    """As that of every command."""
    done = run(tmp_path, "deadman", "--help")

    assert done.returncode == 0
    assert "deadstop deadman --rig avr" in done.stdout.partition("Example")[2]


@pytest.mark.wall_clock
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("rig", ["loopback", "avr"])
def test_a_signal_ends_it_soon_and_quietly(
    tmp_path: Path, rig: str, number: signal.Signals
) -> None:
    """Wherever it strikes; no simulator may swallow it."""
    assert rig != "avr" or not missing_for_avr()
    running = begin(tmp_path, "deadman", "--rig", rig)
    assert running.stdout is not None
    assert running.stderr is not None
    while running.stdout.readline() != "lease 50 ms\n":
        pass
    time.sleep(0.1)

    running.send_signal(number)

    with running:
        assert running.wait(20) == 130
        assert running.stderr.read() == ""
