"""The runs that a page is about, as they were saved."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Final

from deadstop.errors import UsageError
from deadstop.report.run_json import read_run
from deadstop.report.text import safe
from deadstop.results import CaseResult, RunResult
from deadstop.trace import Trace, TraceFileError

__all__ = ["MOST_RUNS", "SavedRun", "command_of", "read_runs"]

MOST_RUNS: Final = 8  # side by side; more than that nobody reads
_TRACE_NAME: Final = "trace.jsonl"


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run and where it is.

    Attributes:
        key: what the page calls it: A, B, ...
    """

    key: str
    folder: Path
    run: RunResult

    def trace_of(self, case: CaseResult) -> Trace:
        """Read what *case* left.

        Raises:
            TraceFileError: it left none, or it cannot be read.
        """
        if not case.folder:
            raise TraceFileError(f"{safe(self.folder)}: the case has no folder")
        return Trace.read(self.folder / case.folder / _TRACE_NAME)

    @property
    def stand(self) -> tuple[str, str, str]:
        """What has to be the same for a change of a latency to mean anything."""
        return self.run.rig_name, self.run.board, self.run.board_identity


def read_runs(folders: Sequence[Path]) -> tuple[SavedRun, ...]:
    """Read the run in each of *folders*; changes are told against the first.

    Raises:
        UsageError: none is given, too many are, one twice, or one is no run's folder.
    """
    if not folders:
        raise UsageError("no run is given; give the folder of one, or of several")
    if len(folders) > MOST_RUNS:
        raise UsageError(
            f"{len(folders)} runs do not fit side by side; give {MOST_RUNS} at most"
        )
    seen: dict[Path, Path] = {}
    for folder in folders:
        if folder.resolve() in seen:
            raise UsageError(
                f"{folder} is the same run as {seen[folder.resolve()]}; give each once"
            )
        seen[folder.resolve()] = folder
    return tuple(
        SavedRun(key, folder, read_run(folder))
        for key, folder in zip(ascii_uppercase, folders, strict=False)
    )


def command_of(run: RunResult, case: CaseResult) -> str:
    """Return what to type to run *case* again."""
    words = ["deadstop", "run", "--rig", run.provenance.rig or run.rig_name]
    if run.provenance.component:
        words += ["--component", run.provenance.component]
    words += ["--motion", case.motion, "--trigger", case.trigger]
    words += ["--moment", case.moment, "--seed", str(run.seed)]
    if run.clock != "real":
        words += ["--clock", run.clock]
    return shlex.join(words)
