"""What comes first: did it hold, what did not, of what is all this a report."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from deadstop.invariants import INVARIANTS
from deadstop.report.page.matrix import anchor, worst_of
from deadstop.report.page.saved import SavedRun
from deadstop.report.terminal import proof
from deadstop.report.text import counted, safe, shown
from deadstop.results import Outcome, RunResult, Verdict

__all__ = [
    "FailedVerdict",
    "Failure",
    "InvariantRow",
    "Overview",
    "RunHead",
    "overview_of",
]


_WHY: Final = {
    Outcome.FAIL: "Look at this first",
    Outcome.MARGINAL: "It barely held",
    Outcome.PASS: "The longest stop",
    Outcome.UNCHECKED: "A case",
}


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run's verdict, and where it comes from.

    Attributes:
        rig: in one line, what was tested and on what.
        proves: what a verdict is about on it.
        tone: ``good``, ``warn`` or ``bad``.
        worst: the anchor of the case to look at first; "" where there is none.
        facts: what is known of it, by name.
    """

    key: str
    name: str
    verdict: str
    tone: str
    counts: tuple[tuple[str, int], ...]
    rig: str
    proves: str
    alarms: tuple[str, ...]
    worst: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FailedVerdict:
    """A verdict that failed."""

    invariant: str
    detail: str
    figures: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that failed, and by what."""

    anchor: str
    run: str
    case: str
    verdicts: tuple[FailedVerdict, ...]


@dataclass(frozen=True, slots=True)
class InvariantRow:
    """An invariant over all cases: how often it held; one for each run."""

    name: str
    runs: tuple[tuple[tuple[tuple[str, int], ...], str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The first screen.

    Attributes:
        agreement: how far the verdicts of several runs agree; "" for one.
        hero: the anchor of the case to show first.
        why: why that one.
    """

    heads: tuple[RunHead, ...]
    failures: tuple[Failure, ...]
    invariants: tuple[InvariantRow, ...]
    agreement: str
    hero: str
    why: str


def overview_of(runs: Sequence[SavedRun]) -> Overview:
    """Return what the page says first of *runs*."""
    heads = tuple(_head(saved) for saved in runs)
    tones = ("bad", "warn", "good")
    hero = min(heads, key=lambda head: tones.index(head.tone)).worst
    failures = [failure for saved in runs for failure in _failures(saved, len(runs))]
    return Overview(
        heads=heads,
        failures=tuple(failures),
        invariants=tuple(_invariant(name, runs) for name in INVARIANTS),
        agreement=_agreement(runs),
        hero=hero,
        why=_why(runs, hero),
    )


def _why(runs: Sequence[SavedRun], hero: str) -> str:
    outcome = next(
        (
            case.outcome
            for saved in runs
            for number, case in enumerate(saved.run.cases)
            if anchor(saved, number) == hero
        ),
        Outcome.UNCHECKED,
    )
    return _WHY[outcome]


def _head(saved: SavedRun) -> RunHead:
    run = saved.run
    counts = tuple((name, n) for name, n in run.summary.items() if n)
    numbered = list(enumerate(run.cases))
    verdict, tone = _verdict(run)
    return RunHead(
        key=saved.key,
        name=saved.folder.name or str(saved.folder),
        verdict=verdict,
        tone=tone,
        counts=counts,
        rig=" · ".join(filter(None, _rig(run))),
        proves=proof(run.proves, run.board),
        alarms=_alarms(run),
        worst=anchor(saved, worst_of(numbered)[0]) if numbered else "",
        facts=_facts(saved),
    )


def _rig(run: RunResult) -> tuple[str, ...]:
    clock = "" if run.clock == "real" else f"{run.clock} clock"
    return f"rig {run.rig_name}", run.board_identity, run.component, clock


def _verdict(run: RunResult) -> tuple[str, str]:
    summary = run.summary
    total = counted(len(run.cases))
    if not run.at_rest:
        return "NOT AT REST", "bad"
    if summary["fail"]:
        return f"{summary['fail']} of {total} failed", "bad"
    if run.error or run.interrupted:
        return "ended early", "bad"
    held = summary["pass"] + summary["marginal"]
    if not held:
        return "nothing could be checked", "warn"
    told = [
        f"{held} of {total} held" if held < len(run.cases) else f"{total}: all held"
    ]
    if summary["marginal"]:
        told.append(f"{summary['marginal']} barely")
    if summary["unchecked"]:
        told.append(f"{summary['unchecked']} could not be checked")
    return ", ".join(told), "warn" if summary["marginal"] else "good"


def _alarms(run: RunResult) -> tuple[str, ...]:
    alarms = []
    if not run.at_rest:
        alarms.append(
            "The rig could not be confirmed at rest: cut motor power before touching "
            "it."
        )
    if run.error:
        alarms.append(f"Ended early: {run.error}")
    if run.interrupted:
        alarms.append("Interrupted: only what had been judged is told.")
    return tuple(alarms)


def _facts(saved: SavedRun) -> tuple[tuple[str, str], ...]:
    run, made = saved.run, saved.run.provenance
    cpus = f"{made.cpus} CPUs" if made.cpus else ""
    host = ", ".join(filter(None, (made.host, made.system, cpus)))
    versions = {
        "deadstop": made.deadstop,
        "Python": made.python,
        "viam-sdk": made.viam_sdk,
    }
    facts = {
        "rig": run.rig_name,
        "board": run.board,
        "firmware": run.board_identity,
        "component": run.component,
        "clock": run.clock,
        "seed": str(run.seed),
        "started": made.started_at.replace("T", " ").replace("+00:00", " UTC"),
        "host": host,
        "versions": ", ".join(f"{name} {v}" for name, v in versions.items() if v),
        "folder": str(saved.folder),
        "exit code": str(int(run.exit_code)),
    }
    return tuple((name, fact or "not recorded") for name, fact in facts.items())


def _failures(saved: SavedRun, runs: int) -> list[Failure]:
    return [
        Failure(
            anchor=anchor(saved, number),
            run=saved.key if runs > 1 else "",
            case=case.id if case.repeat == 1 else f"{case.id} #{case.repeat}",
            verdicts=tuple(
                FailedVerdict(verdict.invariant, verdict.detail, _figures(verdict))
                for verdict in case.verdicts
                if verdict.outcome is Outcome.FAIL
            ),
        )
        for number, case in enumerate(saved.run.cases)
        if case.outcome is Outcome.FAIL
    ]


def _figures(verdict: Verdict) -> str:
    if verdict.limit is None:
        return ""
    limit = shown(verdict.limit, verdict.unit)
    if verdict.measured is None:
        return f"limit {limit}"
    return f"{shown(verdict.measured, verdict.unit)} of {limit}"


def _invariant(name: str, runs: Sequence[SavedRun]) -> InvariantRow:
    told = []
    for saved in runs:
        verdicts = [
            v for case in saved.run.cases for v in case.verdicts if v.invariant == name
        ]
        counts = Counter(verdict.outcome for verdict in verdicts)
        told.append((tuple((o.value, counts[o]) for o in Outcome), _worst(verdicts)))
    return InvariantRow(name, tuple(told))


def _worst(verdicts: Sequence[Verdict]) -> str:
    figures = [
        (verdict.measured / verdict.limit, verdict)
        for verdict in verdicts
        if verdict.limit and verdict.measured is not None
    ]
    return _figures(max(figures, key=lambda pair: pair[0])[1]) if figures else ""


def _agreement(runs: Sequence[SavedRun]) -> str:
    if len(runs) < 2:  # noqa: PLR2004 - nothing to agree with
        return ""
    failed = [_failed(saved.run) for saved in runs]
    shared = set(failed[0]).intersection(*failed[1:])
    if not shared:
        return "These runs have no case in common."
    agree = sum(all(run[case] == failed[0][case] for run in failed) for case in shared)
    common = f"{counted(len(shared))} in common"
    rigs = list(dict.fromkeys(safe(saved.run.rig_name) for saved in runs))
    if len(rigs) > 1:
        beside = f"Side by side, on {', '.join(rigs)}: "
        common = f"{beside}{common}"
    told = f"{common}: every verdict agrees."
    if agree < len(shared):
        told = f"{common}: the verdicts on {agree} agree."
    return told + _unseen(runs, shared)


def _unseen(runs: Sequence[SavedRun], shared: AbstractSet[str]) -> str:
    """Say which laws one run could check in these cases and another could not."""
    checked_by = [_checked(saved.run, shared) for saved in runs]
    told = [
        f"run {saved.key} could not check {', '.join(sorted(missing))}"
        for saved, checked in zip(runs, checked_by, strict=True)
        if (missing := set[str]().union(*checked_by) - checked)
    ]
    return f" Of laws that another run checked, {'; '.join(told)}." if told else ""


def _checked(run: RunResult, cases: AbstractSet[str]) -> set[str]:
    return {
        verdict.invariant
        for case in run.cases
        if case.id in cases
        for verdict in case.verdicts
        if verdict.outcome is not Outcome.UNCHECKED
    }


def _failed(run: RunResult) -> dict[str, frozenset[str]]:
    """Return by case which invariants failed, in whichever repeat."""
    found: dict[str, frozenset[str]] = {}
    for case in run.cases:
        failed = {v.invariant for v in case.verdicts if v.outcome is Outcome.FAIL}
        found[case.id] = found.get(case.id, frozenset()) | failed
    return found
