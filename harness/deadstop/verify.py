"""Judges a saved run again, from its traces alone."""

from dataclasses import replace
from pathlib import Path

from deadstop.errors import UsageError
from deadstop.invariants import judge
from deadstop.latency import legs_of
from deadstop.report.run_json import read_run
from deadstop.results import CaseResult, RunResult
from deadstop.rig import Limits
from deadstop.steps import joints_of
from deadstop.story import Story
from deadstop.trace import Trace, TraceFileError

__all__ = ["disagreements", "judge_again"]


def judge_again(folder: Path) -> RunResult:
    """Return the run in *folder* with every verdict made anew, offline.

    Raises:
        UsageError: it is no run's folder, or a trace of it cannot be read.
    """
    run = read_run(folder)
    limits = run.limits
    return replace(
        run, cases=tuple(_judge_again(folder, case, limits) for case in run.cases)
    )


def _judge_again(folder: Path, case: CaseResult, limits: Limits) -> CaseResult:
    path = folder / case.folder / "trace.jsonl"
    try:
        story = Story(Trace.read(path))
    except (TraceFileError, ValueError, KeyError) as error:
        raise UsageError(f"cannot verify case {case.id}: {path}: {error}") from error
    return replace(
        case,
        moment_reached=story.moment_reached,
        verdicts=judge(story, limits),
        legs=legs_of(story),
        joints=joints_of(story),
    )


def disagreements(recorded: RunResult, again: RunResult) -> list[str]:
    """Return a line for each verdict that came out differently."""
    lines = []
    for before, after in zip(recorded.cases, again.cases, strict=True):
        was = {verdict.invariant: verdict for verdict in before.verdicts}
        now = {verdict.invariant: verdict for verdict in after.verdicts}
        for name in sorted(was.keys() | now.keys()):
            old, new = was.get(name), now.get(name)
            if old != new:
                lines.append(
                    f"{before.id} #{before.repeat} {name}: "
                    f"recorded {old.outcome if old else 'nothing'}, "
                    f"judged again {new.outcome if new else 'nothing'}"
                )
    return lines
