"""What a person sees of a run, in a terminal of any width and in a pipe."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from deadstop.latency import LEGS
from deadstop.moments import NAMED
from deadstop.report.details import print_details
from deadstop.report.summary import print_summary
from deadstop.report.terminal import TerminalProgress
from deadstop.results import CaseResult, Leg, Outcome, RunResult
from deadstop.triggers import TRIGGERS
from tests.harness.report_values import (
    BARELY,
    HELD,
    HOSTILE,
    JOINTS,
    NOBODY,
    NONE_CAME,
    TOO_FAR,
    case,
    run_of,
)

ESCAPE = re.compile(r"\x1b\[[\d;]*[mK]")


def console_of(width: int = 80, *, terminal: bool = False) -> Console:
    """Return a console that keeps what is written to it."""
    return Console(
        file=io.StringIO(),
        width=width,
        height=24,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        _environ={"TERM": "xterm-256color"},
    )


def told_by(console: Console) -> str:
    """Return what was written."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def told_of(run: RunResult, width: int = 80, *, terminal: bool = False) -> str:
    """Return the end of *run*, as everybody sees it."""
    console = console_of(width, terminal=terminal)
    folder = Path("deadstop-runs/20261123T134347Z-arm-loopback")
    print_summary(run, console, folder, folder / "report.html")
    return told_by(console)


def details_of(run: RunResult, width: int = 80) -> str:
    """Return what `-v` adds to that."""
    console = console_of(width)
    print_details(run, console)
    return told_by(console)


def of_every_kind() -> RunResult:
    """Return a run with every trigger at every moment, with all outcomes."""
    verdicts = [HELD, BARELY, NONE_CAME, NOBODY]
    return run_of(
        *(
            case(
                verdicts[number % len(verdicts)],
                case_id=f"go_for/{trigger.name}/{moment}",
                legs=(Leg("trigger to shaft still", 0.2),),
            )
            for trigger in TRIGGERS
            for number, moment in enumerate(NAMED)
        )
    )


@pytest.mark.parametrize("width", [80, 120])
def test_the_tables_fit_the_terminal(width: int) -> None:
    """No row of the table of results is wrapped, and no mark is lost."""
    told = details_of(of_every_kind(), width)
    tables, _, _ = told.partition("FAIL ")

    assert max(map(len, tables.splitlines())) <= width
    marks = "".join(
        line[line.index(trigger.name) + len(trigger.name) :]
        for trigger in TRIGGERS
        for line in tables.splitlines()
        if f" {trigger.name} " in line
    )
    assert [marks.count(mark) for mark in ".~X?"] == [
        3 * len(TRIGGERS),
        3 * len(TRIGGERS),
        2 * len(TRIGGERS),
        2 * len(TRIGGERS),
    ]


def test_the_legend_explains_every_mark_and_every_moment() -> None:
    """It can be read without colour."""
    told = details_of(of_every_kind())

    for words in [".", "~", "X", "?"]:
        assert f"{words} " in told
    for moment in NAMED:
        assert f"={moment}" in told
    for outcome in Outcome:
        assert outcome in told


def test_moments_that_were_not_taken_have_no_column() -> None:
    """The table shows what was run."""
    told = details_of(run_of(case(HELD)))

    assert "cru" in told
    assert "idl" not in told


def test_the_last_lines_of_a_failed_run_name_invariant_figure_and_limit() -> None:
    """Each has its line; then its page, the verdict, the report, what to type."""
    run = run_of(case(HELD), case(NONE_CAME, TOO_FAR))

    lines = told_of(run, 400).splitlines()
    first, second, mend, _, verdict, proves, report, again = lines[-8:]

    assert first == (
        "FAIL stop-commanded  go_for/client-close/cruise  measured none, "
        "limit 50 ms: no stop for axis a reached the wire"
    )
    assert second == (
        "FAIL motion-ceased  go_for/client-close/cruise  measured 0.8001 rev, "
        "limit 0.6 rev: axis a went on"
    )
    assert mend == "how to mend it: deadstop explain stop-commanded"
    assert verdict == "2 cases: 1 pass, 1 fail (exit code 1)"
    assert "the bytes left the component" in proves
    assert report == ("report: deadstop-runs/20261123T134347Z-arm-loopback/report.html")
    assert again == (
        "the worst case again: deadstop run --rig loopback --motion go_for "
        "--trigger client-close --moment cruise --seed 7"
    )


def test_in_a_pipe_a_failure_is_one_line() -> None:
    """So that it can be searched for, however narrow the pipe is taken to be."""
    told = told_of(run_of(case(NONE_CAME)), 80)

    (line,) = [line for line in told.splitlines() if line.startswith("FAIL ")]
    assert line.endswith("no stop for axis a reached the wire")


def test_on_a_narrow_terminal_nothing_but_what_is_copied_sticks_out() -> None:
    """A failure is cut, other words stay whole; a path and a command stay one line."""
    told = ESCAPE.sub("", told_of(run_of(case(NONE_CAME)), 60, terminal=True))
    lines = told.splitlines()

    (failure,) = [line for line in lines if line.startswith("FAIL ")]
    assert re.fullmatch(r"FAIL stop-c.* go_for/client-close/cruise  m.*…", failure)
    wide = [line for line in lines if len(line) > 60]
    assert [line.partition(":")[0] for line in wide] == [
        "report",
        "the worst case again",
    ]
    assert "twin of the board" in " ".join(told.split())


@pytest.mark.parametrize("width", [80, 120])
def test_whatever_came_of_a_run_is_on_one_screen(width: int) -> None:
    """An arm of which every case failed, in 24 lines with the shell's own."""
    legs = tuple(Leg(name, 0.2) for name in LEGS)
    name = "waypoints/client-half-close/decelerating"
    bad = case(NONE_CAME, TOO_FAR, BARELY, NOBODY, case_id=name, legs=legs)
    run = run_of(*[replace(bad, joints=JOINTS)] * 331)
    told = ESCAPE.sub("", told_of(run, width, terminal=True))
    rows = [row or " " for row in told.splitlines()]

    assert sum(-(-len(row.rstrip() or " ") // width) for row in rows) < 24
    assert told.count("FAIL ") == 2
    assert "and 660 more, see the report" in told
    assert "3 joints: went on for 2.1 ms and 25.31 deg at most" in told


def test_what_was_not_checked_is_explained_and_counted() -> None:
    """Grouped by its reason."""
    other = replace(NOBODY, detail="this rig has no witness")
    told = details_of(run_of(case(HELD, NOBODY), case(HELD, NOBODY), case(HELD, other)))

    rows = {tuple(line.rstrip().split(maxsplit=2)) for line in told.splitlines()}
    assert ("bystanders-unharmed", "2", "nothing else was under way") in rows
    assert "1  this rig has no witness" in told


def test_latency_is_told_leg_by_leg_in_milliseconds() -> None:
    """Median, 95th percentile, maximum, how sure they are, and how many there were."""
    name = "operation to first stop byte"
    legs = [Leg(name, s / 1000, s / 7000) for s in (1, 2, 30)]
    run = run_of(*[case(HELD, legs=(leg,)) for leg in legs])

    (line,) = [line for line in told_of(run).splitlines() if line.startswith(name)]

    told = "2 ms  30 ms  30 ms  4.3 ms  3"
    assert line.removeprefix(name).split() == told.split()


def test_each_joint_has_a_line() -> None:
    """In how many cases it moved on, for how long, how far; and the last edge."""
    still = JOINTS[1]
    run = run_of(case(HELD, joints=JOINTS), case(HELD, joints=(still, still, still)))

    lines = details_of(run).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("joint"))

    assert lines[at + 1].split()[:4] == ["a", "1", "of", "1"]
    assert lines[at + 1].split()[4:] == [
        "2.1",
        "ms",
        "2.1",
        "ms",
        "34",
        "0.96",
        "14.2",
        "us",
    ]
    assert lines[at + 2].split() == ["b", "0", "of", "4", "0", "0.00"]
    assert "never still" in lines[at + 3]


def test_without_joints_nothing_is_said_of_them() -> None:
    """A motor has none."""
    assert "last edge" not in details_of(run_of(case(HELD)))
    assert "joints" not in told_of(run_of(case(HELD)))


def test_a_moment_that_was_missed_is_counted() -> None:
    """A deadline is set in advance, and may pass at another moment."""
    run = run_of(case(HELD, reached="decelerating"), case(HELD))

    assert "1 case whose trigger struck at another moment" in " ".join(
        details_of(run).split()
    )


def test_a_rig_that_is_not_at_rest_is_the_last_that_is_said() -> None:
    """It wins over all else."""
    *_, last = told_of(run_of(case(HELD), at_rest=False), 200).splitlines()

    assert "NOT BE CONFIRMED AT REST: cut motor power" in last


def test_hostile_text_reaches_no_terminal() -> None:
    """Neither its control characters nor its markup act."""
    hostile = replace(NONE_CAME, detail=HOSTILE)
    unchecked = replace(NOBODY, detail=HOSTILE)
    console = console_of(200, terminal=True)
    progress = TerminalProgress(console)
    progress.begun(1)
    progress.case_begun("go_for/client-close/cruise", 1)
    progress.case_ended(case(hostile))
    progress.note(HOSTILE)
    run = run_of(case(hostile, unchecked))
    print_details(run, console)
    print_summary(run, console, Path(HOSTILE))

    told = ESCAPE.sub("", told_by(console))

    assert not set(told) & set("\x1b\x07\x00\u202e\u200b\ufffe")
    assert "[bold]&<a>" in told


def test_a_run_without_a_case_says_so() -> None:
    """Nothing checked is not nothing wrong."""
    assert "0 cases: none judged (exit code 5)" in told_of(run_of())


def progress_of(*results: CaseResult, terminal: bool) -> str:
    """Return what is shown while *results* come in."""
    console = console_of(terminal=terminal)
    progress = TerminalProgress(console)
    progress.begun(len(results))
    for result in results:
        progress.case_begun(result.id, result.repeat)
        progress.case_ended(result)
    progress.over()
    return told_by(console)


def test_in_a_pipe_every_case_has_its_line() -> None:
    """A log can be followed; nothing is drawn over again."""
    told = progress_of(case(HELD), case(NONE_CAME, TOO_FAR, repeat=2), terminal=False)

    assert "\r" not in told
    assert told.splitlines() == [
        ". pass      go_for/client-close/cruise",
        "X fail      go_for/client-close/cruise #2  stop-commanded, motion-ceased",
    ]


def test_on_a_terminal_one_line_is_drawn_over_and_failures_stay() -> None:
    """What held leaves no line; where the run is, is always seen."""
    told = progress_of(case(HELD), case(NONE_CAME), terminal=True)

    assert "[1/2] go_for/client-close/cruise" in told
    assert "[2/2] go_for/client-close/cruise" in told
    left = [ESCAPE.sub("", line).split("\r")[-1] for line in told.split("\n")]
    assert [line for line in left if line.strip()] == [
        "X fail      go_for/client-close/cruise  stop-commanded"
    ]


def test_a_terminal_shows_how_long_it_still_takes_and_what_took_longest() -> None:
    """From the second case on: of the first nothing is known."""
    slow = replace(case(HELD), duration_s=7.3)
    told = ESCAPE.sub("", progress_of(slow, case(HELD), case(HELD), terminal=True))

    first, second, *_ = [part for part in told.split("\r") if "/3]" in part]
    assert "left" not in first
    assert re.search(r"\d:\d\d left, slowest 7\.3 s g", second)
