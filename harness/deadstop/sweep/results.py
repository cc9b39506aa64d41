"""What a sweep found."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deadstop.results import ExitCode

__all__ = ["Finding", "SweepResult", "Window"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one schedule.

    Attributes:
        motion: by its name in the rig.
        trigger: what struck.
        step: at which step.
        after_s: for a timed trigger, when the operation was to end.
        second: what struck once more; empty for nothing.
        second_step: at which step after the first.
        fault: what befell the link after the strike; empty for nothing.
        faults: how many faults could have, where they were to be tried.
        virtual_s: how long the case lasted, on its own clock.
        hash: of its trace.
        failed: the invariants that were broken, with what was seen.
        error: why it could not be judged.
    """

    motion: str
    trigger: str
    step: int
    after_s: float | None = None
    second: str = ""
    second_step: int = -1
    fault: str = ""
    faults: int = 0
    virtual_s: float = 0.0
    hash: str = ""
    failed: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @classmethod
    def from_message(cls, motion: str, message: Mapping[str, Any]) -> "Finding":
        """Read what a conductor tells."""
        return cls(
            motion=motion,
            trigger=message["trigger"],
            step=message["step"],
            after_s=message.get("after_s"),
            second=message.get("second", ""),
            second_step=message.get("second_step", -1),
            fault=message.get("fault", ""),
            faults=message.get("faults", 0),
            virtual_s=message["virtual_s"],
            hash=message.get("hash", ""),
            failed=tuple((law, detail) for law, detail in message.get("failed", ())),
            error=message.get("error", ""),
        )

    @property
    def is_failure(self) -> bool:
        """Whether a law was broken, or it could not be judged."""
        return bool(self.failed or self.error)

    @property
    def order(self) -> tuple[str, str, bool, int, int, str]:
        """Where it stands among others; the shortest schedule first."""
        more = bool(self.second or self.fault)
        place = (self.step, self.second_step, self.fault)
        return self.motion, self.trigger, more, *place

    @property
    def laws(self) -> tuple[str, ...]:
        """What was broken."""
        return tuple(law for law, _ in self.failed) or ("not judged",)


@dataclass(frozen=True, slots=True)
class Window:
    """Failures of one kind at steps in a row."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The shortest schedule of them."""
        return self.findings[0]

    @property
    def place(self) -> str:
        """Where it is, as people say it."""
        first, last = self.findings[0], self.findings[-1]
        if first.fault:
            return f"step {first.step}, then {first.fault}"
        if first.second:
            later = f"{first.second_step}"
            if last is not first:
                later += f" to {last.second_step}"
            return f"step {first.step}, {first.second} {later} steps later"
        if first.after_s is not None:
            place = f"{first.after_s * 1000:.3f}"
            if last.after_s is not None and last is not first:
                place += f" to {last.after_s * 1000:.3f}"
            return f"after {place} ms"
        return f"step{'s' if last is not first else ''} {first.step}" + (
            f" to {last.step}" if last is not first else ""
        )


@dataclass(slots=True)
class SweepResult:
    """What a sweep found so far.

    Attributes:
        findings: in the order in which they came.
        planned: how many points of the first depth there are.
        chosen: how many of them were to be played.
        done: how many of them were.
        wall_s: how long it took.
        depth: how often it strikes.
        interrupted: whether it was broken off.
        motions: what was ended, by name.
        triggers: what ended it, by name.
        saved: the files of the shortest schedules, by window.
    """

    planned: int = 0
    chosen: int = 0
    done: int = 0
    depth: int = 1
    wall_s: float = 0.0
    interrupted: bool = False
    motions: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    saved: dict[Window, Path] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """How many cases were played."""
        return len(self.findings)

    @property
    def failures(self) -> list[Finding]:
        """What broke a law, the shortest schedules first."""
        broken = [finding for finding in self.findings if finding.is_failure]
        return sorted(broken, key=lambda finding: finding.order)

    @property
    def covered(self) -> float:
        """Which share of all points was played."""
        share = self.done / self.planned if self.planned else 0.0
        faults = sum(finding.faults for finding in self.findings)
        if not faults:
            return share
        return share * sum(bool(finding.fault) for finding in self.findings) / faults

    @property
    def virtual_s(self) -> float:
        """How much time the cases cover, each from power-up."""
        return sum(finding.virtual_s for finding in self.findings)

    @property
    def trace_hash(self) -> str:
        """One hash for all traces, in whatever order they came."""
        whole = hashlib.blake2b(digest_size=16)
        for finding in sorted(self.findings, key=lambda finding: finding.order):
            whole.update(f"{finding.order} {finding.hash}\n".encode())
        return whole.hexdigest()

    @property
    def exit_code(self) -> ExitCode:
        """What the command ends with."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if self.failures:
            return ExitCode.FAILED
        return ExitCode.HELD if self.findings else ExitCode.NOTHING_CHECKED

    def windows(self) -> Iterator[Window]:
        """Yield the failures, those of one kind at steps in a row together."""
        for _, alike in itertools.groupby(self.failures, key=_kind):
            yield from _runs(alike)

    def kinds(self) -> list[list[Window]]:
        """Return the windows, those of one kind together, the shortest first."""
        found: dict[tuple[object, ...], list[Window]] = {}
        for window in self.windows():
            found.setdefault(_kind(window.first), []).append(window)
        return list(found.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, for JSON."""
        wall_s = self.wall_s or 1e-9
        return {
            "motions": len(self.motions),
            "triggers": len(self.triggers),
            "points": self.points,
            "depth": self.depth,
            "failures": len(self.failures),
            "covered": round(self.covered, 6),
            "wall_s": round(self.wall_s, 3),
            "points_per_s": round(self.points / wall_s, 1),
            "virtual_s": round(self.virtual_s, 6),
            "speedup": round(self.virtual_s / wall_s, 1),
            "trace_hash": self.trace_hash,
        }

    def explain(self) -> str:
        """Return what failed, for a failing test."""
        lines = []
        for windows in self.kinds():
            first = windows[0].first
            lines.append(f"{first.motion}, {first.trigger}, {windows[0].place}")
            for law, detail in first.failed:
                lines += [f"    {law}: {detail}", f"    see: deadstop explain {law}"]
            lines += [f"    {first.error}"] if first.error else []
            if windows[0] in self.saved:
                lines.append(f"    deadstop replay {self.saved[windows[0]]}")
        return "\n".join(lines) or "nothing failed"


def _kind(finding: Finding) -> tuple[object, ...]:
    fault = " ".join(finding.fault.split()[:2])  # its kind and way
    return finding.motion, finding.trigger, finding.second, fault, finding.laws


def _runs(findings: Iterable[Finding]) -> Iterator[Window]:
    """Yield runs of findings at steps in a row."""
    run: list[Finding] = []
    for finding in findings:
        if run and not _follows(run[-1], finding):
            yield Window(tuple(run))
            run = []
        run.append(finding)
    if run:
        yield Window(tuple(run))


def _follows(before: Finding, finding: Finding) -> bool:
    if finding.fault:
        return False  # each has a byte of its own
    if finding.second:
        return (
            finding.step == before.step
            and finding.second_step == before.second_step + 1
        )
    return finding.step == before.step + 1
