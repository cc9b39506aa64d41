"""What a person sees while a run goes on, and how anything is printed."""

import statistics
import time
from collections import Counter
from collections.abc import Collection
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.latency import LEGS
from deadstop.report.figures import errors_of, p95
from deadstop.report.text import counted, error_ms, milliseconds, safe
from deadstop.results import CaseResult, Outcome, RunResult
from deadstop.rig import Rig

__all__ = [
    "MARKS",
    "PROVES",
    "TerminalProgress",
    "make_console",
    "print_legs",
    "proof",
    "put",
    "say",
]

MARKS: Final = {
    Outcome.PASS: (".", "green"),
    Outcome.MARGINAL: ("~", "yellow"),
    Outcome.FAIL: ("X", "bold red"),
    Outcome.UNCHECKED: ("?", "cyan"),
}
PROVES: Final = {
    "wire": "the bytes left the component; a twin of the board obeyed them",
    "pins": "the real firmware obeyed, and the pins went dead",
    "shaft": "the shaft stopped, by the board's own count; nobody watched its pins",
}
_UNWATCHED: Final = "the bytes left the component; nobody watched what obeyed them"


def proof(proves: str, kinds: str) -> str:
    """Say what a verdict is about on a rig with boards of these *kinds*."""
    if "program" in kinds.split(", "):
        return _UNWATCHED
    return PROVES.get(proves, proves)


class _PipeConsole(Console):
    """A console that leaves it to the run what is done when nobody reads."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - the BrokenPipeError; rich would end the process here


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that takes no text for markup, whatever is in it."""
    return _PipeConsole(stderr=stderr, highlight=False, markup=False, emoji=False)


class TerminalProgress:
    """Tells how a run goes; draws between cases only, never during one."""

    def __init__(self, console: Console, *, redraws: bool = True) -> None:
        """Write to *console*; if it *redraws*, a terminal has one line drawn again."""
        self._console = console
        # One line can be drawn over again.
        self._redraws = redraws and console.is_terminal and not console.is_dumb_terminal
        self._total = 0
        self._done = 0
        self._counts: Counter[Outcome] = Counter()
        self._begun_s = time.monotonic()
        self._slowest: CaseResult | None = None

    def title(self, rig: Rig, seed: int, total: int) -> None:
        """Say what will be run."""
        say(
            self._console,
            f"rig {rig.name}, board {rig.kinds}, seed {seed}: {counted(total)}",
        )

    def begun(self, total: int) -> None:
        """Note how many there will be."""
        self._total = total
        self._begun_s = time.monotonic()

    def case_begun(self, case_id: str, repeat: int) -> None:
        """Draw the line of the case that begins."""
        if not self._redraws:
            return
        name = case_id if repeat == 1 else f"{case_id} #{repeat}"
        line = Text(f"[{self._done + 1:>{len(str(self._total))}}/{self._total}] ")
        line.append(safe(name).ljust(46)[:46])
        for outcome in (Outcome.FAIL, Outcome.MARGINAL):
            if self._counts[outcome]:
                line.append(f" {self._counts[outcome]} {outcome}", MARKS[outcome][1])
        line.append(self._pace(), "dim")
        self._wipe()
        self._console.print(line, end="", no_wrap=True, overflow="ellipsis")

    def _pace(self) -> str:
        """Say how long it still takes at this pace, and what took longest so far."""
        if not self._done:
            return ""
        case_s = (time.monotonic() - self._begun_s) / self._done
        left_s = round(case_s * (self._total - self._done))
        told = f" {left_s // 60}:{left_s % 60:02d} left"
        if self._slowest is not None:
            name = safe(self._slowest.id)
            told += f", slowest {self._slowest.duration_s:.1f} s {name}"
        return told

    def case_ended(self, result: CaseResult) -> None:
        """Say how it went: every case without a terminal, only the bad ones on one."""
        self._done += 1
        if self._slowest is None or result.duration_s > self._slowest.duration_s:
            self._slowest = result
        self._counts[result.outcome] += 1
        bad = result.outcome in (Outcome.FAIL, Outcome.MARGINAL)
        if self._redraws:
            if not bad:
                return
            self._wipe()
        mark, style = MARKS[result.outcome]
        line = Text(f"{mark} {result.outcome.value:<9} ", style)
        line.append(safe(result.id), "default")
        if result.repeat > 1:
            line.append(f" #{result.repeat}")
        worst = [v.invariant for v in result.verdicts if v.outcome is result.outcome]
        if bad:
            line.append(f"  {', '.join(worst)}")
        put(self._console, line)

    def note(self, text: str) -> None:
        """Say something else."""
        self._wipe()
        say(self._console, text, "yellow")

    def over(self) -> None:
        """Wipe the line of the running case."""
        self._wipe()

    def _wipe(self) -> None:
        if self._redraws:
            self._console.file.write("\r\x1b[2K")


def print_legs(run: RunResult, console: Console, only: Collection[str] = ()) -> None:
    """Print what the legs took; *only* those, if any are named."""
    seconds: dict[str, list[float]] = {name: [] for name in LEGS}
    for case in run.cases:
        for leg in case.legs:
            seconds.setdefault(leg.name, []).append(leg.seconds)
    shown = {name: of for name, of in seconds.items() if not only or name in only}
    if not any(shown.values()):
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    limits = {LEGS[-1]: milliseconds(run.limits.standstill_ms / 1000)}
    table.add_column("latency")
    for heading in ("median", "p95", "max", "+/-", "limit", "n"):
        table.add_column(heading, justify="right", no_wrap=True)
    errors_s = errors_of(run)
    for name, values in shown.items():
        if values:
            table.add_row(
                name,
                milliseconds(statistics.median(values)),
                milliseconds(p95(values)),
                milliseconds(max(values)),
                error_ms(errors_s[name]),
                limits.get(name, ""),
                str(len(values)),
            )
    console.print()
    console.print(table)


def say(console: Console, text: str, style: str = "") -> None:
    """Print *text*, made safe, on a line or on as many as it takes."""
    put(console, Text(safe(text), style))


def put(console: Console, line: Text) -> None:
    """Print *line* as it is."""
    # In a pipe a line stays one, to be searched for; a person reads whole words.
    console.print(line, soft_wrap=not console.is_terminal)
