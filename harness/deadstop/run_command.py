"""A run as the command line does it: its folder, its signals, its reports."""

import contextlib
import os
import select
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from rich.console import Console

from deadstop.cases import Case
from deadstop.clocks import Clock
from deadstop.complaint import complain, explain_error
from deadstop.errors import UsageError
from deadstop.interruption import Interruption
from deadstop.provenance import provenance_now
from deadstop.report.details import print_details
from deadstop.report.frames import FrameTeller
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.junit import write_junit
from deadstop.report.page.render import PAGE_NAME, write_page
from deadstop.report.page.saved import read_runs
from deadstop.report.run_json import FILE_NAME, as_json, write_run
from deadstop.report.summary import print_summary
from deadstop.report.terminal import TerminalProgress, make_console
from deadstop.report.vcd import write_waves
from deadstop.results import CaseResult, ExitCode, RunResult
from deadstop.rig import Rig
from deadstop.runner import CaseSequence
from deadstop.stage import Watch
from deadstop.trace import Trace
from deadstop.virtual.playable import require_one_board
from deadstop.writing import writing

__all__ = ["carry_out", "new_folder", "remove_empty"]

RUNS: Final = Path("deadstop-runs")


class _Progress(TerminalProgress):
    """Also writes the waveforms of each case, between it and the next."""

    def __init__(
        self, console: Console, folder: Path, clock: Clock, *, verbose: bool
    ) -> None:
        """Write to *console*, and beside the traces in *folder*.

        Args:
            console: where to.
            folder: the run's.
            clock: whose time the cases are played in.
            verbose: show frames, too, and at the end all tables.
        """
        super().__init__(console, redraws=not verbose)
        self._screen = console
        self._folder = folder
        self._frames = FrameTeller(console.file) if verbose else None
        self._played_apart = clock is Clock.VIRTUAL  # in a process for each case

    @property
    def watch(self) -> Watch | None:
        """What is to hear the events of the cases, if anything is."""
        return None if self._frames is None else self._frames.begin

    def case_ended(self, result: CaseResult) -> None:
        folder = self._folder / result.folder
        with writing(folder):
            write_waves(folder)
        if self._frames is not None:
            if self._played_apart:
                hear = self._frames.begin(result.id)
                for event in Trace.read(folder / "trace.jsonl"):
                    hear(event)
            self._frames.wait_told()
        super().case_ended(result)

    def note(self, text: str) -> None:
        if self._frames is not None:
            self._frames.wait_told()
        super().note(text)

    def over(self) -> None:
        if self._frames is not None:
            self._frames.close()
        super().over()

    def print_end(self, result: RunResult, page: Path | None) -> None:
        """Print what came of it."""
        if self._frames is not None:
            print_details(result, self._screen)
        print_summary(result, self._screen, self._folder, page)


def choose_jobs(clock: Clock, wanted: int | None) -> int:
    """Return how many cases to play at once; *wanted*, or None for as many as it may.

    Raises:
        UsageError: on the real clock only one can be.
    """
    if clock is Clock.VIRTUAL:
        return wanted or len(os.sched_getaffinity(0))
    if wanted not in (None, 1):
        raise UsageError(
            f"--jobs {wanted} needs --clock virtual: on the real clock cases that run "
            "at once would delay each other"
        )
    return 1


def carry_out(
    rig: Rig,
    cases: Sequence[Case],
    *,
    rig_argument: str,
    component: str | None = None,
    seed: int = 0,
    repeat: int = 1,
    clock: Clock = Clock.REAL,
    jobs: int = 1,
    note: str = "",
    out: Path | None = None,
    json: str | None = None,
    verbose: bool = False,
) -> ExitCode:
    """Run *cases*, tell a person as it goes, and write the run's folder.

    However the run ends, what was judged until then is written and told.

    Args:
        rig: where to run.
        cases: what to run, each *repeat* times.
        rig_argument: how *rig* was asked for, for whoever runs it again.
        component: ``MODULE:CLASS`` to use in place of the rig's.
        seed: kept with the run.
        repeat: how often.
        clock: whose time the cases are played in.
        jobs: how many are played at once.
        note: what a person should know before it begins; empty for nothing.
        out: the run's folder; None for one in `deadstop-runs`.
        json: where else `run.json` goes; ``-`` is standard output, and what a person
            reads then goes to standard error.
        verbose: show frames as they pass, and at the end all tables.

    Raises:
        DeadstopError: the run could not begin.
    """
    require_writable(json)
    if clock is Clock.VIRTUAL:
        require_one_board(rig)
    folder = new_folder(out, rig.name)
    console = make_console(stderr=json == STANDARD_OUTPUT)
    progress = _Progress(console, folder, clock, verbose=verbose)
    provenance = provenance_now(rig_argument, component)
    sequence = CaseSequence(
        rig,
        cases,
        component=component,
        seed=seed,
        repeat=repeat,
        clock=clock,
        jobs=jobs,
        watch=progress.watch,
    )
    error: Exception | None = None
    reader_gone = False
    with Interruption() as interruption:
        try:
            progress.title(rig, seed, len(cases) * repeat)
            if note:
                progress.note(note)
            interruption.run(lambda: sequence.run(folder, progress))
        except Exception as problem:  # noqa: BLE001 - told below, or by the caller
            reader_gone = _went_unread(problem, console.file)
            error = None if reader_gone else problem
        result = replace(
            sequence.result(interrupted=interruption.came or reader_gone),
            provenance=provenance,
        )
        if error is not None:
            if not result.cases and result.at_rest:
                remove_empty(folder)
                raise error
            text, code = explain_error(error)
            result = replace(result, error=text, error_code=ExitCode(code))
        result = _saved(result, folder)
        if interruption.came:
            interruption.keep()
    _tell(progress.over, console.file)
    page = _page(folder)
    told = _tell(lambda: progress.print_end(result, page), console.file)
    told = _tell(lambda: _write(result, json), sys.stdout) and told
    if result.error:
        complain(result.error)
    return result.exit_code or (ExitCode.HELD if told else ExitCode.USAGE)


def _saved(result: RunResult, folder: Path) -> RunResult:
    """Write what other tools read; that it cannot be is an error, if there is none."""
    try:
        with writing(folder):
            write_run(result, folder)
            write_junit(result, folder)
    except UsageError as problem:
        if not result.error:
            return replace(result, error=str(problem), error_code=ExitCode.USAGE)
    return result


def _tell(tell: Callable[[], None], stream: IO[str]) -> bool:
    """Tell; what goes wrong here is said, but takes no verdict back."""
    try:
        tell()
        stream.flush()
    except KeyboardInterrupt:
        _silence(stream)
    except OSError as error:
        if _went_unread(error, stream):
            return True
        complain(f"cannot write all of the report: {error}")
        _silence(stream)
        return False
    return True


def _page(folder: Path) -> Path | None:
    """Write the run's page; that it cannot be written takes no verdict back."""
    if not (folder / FILE_NAME).exists():
        return None  # which has been said
    try:
        return write_page(read_runs([folder]), folder / PAGE_NAME)
    except Exception as error:  # noqa: BLE001 - whatever it is, the verdicts stand
        complain(f"cannot write {folder / PAGE_NAME}: {explain_error(error)[0]}")
    except KeyboardInterrupt:
        complain(f"interrupted: {folder / PAGE_NAME} is not written")
    return None


def _write(result: RunResult, json: str | None) -> None:
    if json is not None:
        write_json(as_json(result), json)


def _went_unread(problem: Exception, stream: IO[str]) -> bool:
    """Whether *problem* is that nobody reads *stream* any more, which then is silent.

    A pipe whose reader has ended, or a terminal that was closed.
    """
    if not isinstance(problem, OSError):
        return False
    look = select.poll()
    look.register(stream.fileno(), 0)  # a hang-up is reported unasked
    if not look.poll(0):
        return False
    _silence(stream)
    return True


def _silence(stream: IO[str]) -> None:
    """Let what is still written to *stream* vanish; who read it has gone."""
    # Also what is still in its buffer, and would fail again when Python exits.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def new_folder(out: Path | None, rig_name: str) -> Path:
    """Make the folder of a run: *out*, or a new one in `deadstop-runs`.

    Raises:
        UsageError: it cannot be made, or is not empty.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = out or RUNS / f"{stamp}-{rig_name}"
    number = 1
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=out is not None)
            if any(folder.iterdir()):
                raise UsageError(
                    f"{folder} is not empty; --out wants a new or an empty folder"
                )
        except FileExistsError as error:
            if out is not None:
                raise UsageError(
                    f"{out} is a file; --out wants a new or an empty folder"
                ) from error
            number += 1  # another run began in the same second
            folder = RUNS / f"{stamp}-{rig_name}-{number}"
        except OSError as error:
            raise UsageError(
                f"cannot make the run's folder {folder}: {error.strerror}; "
                "give another one with --out"
            ) from error
        else:
            return folder


def remove_empty(folder: Path) -> None:
    """Remove what a run left that never began, unless it says something."""
    for log in folder.glob("component.log"):
        if log.stat().st_size == 0:
            log.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
        RUNS.rmdir()
