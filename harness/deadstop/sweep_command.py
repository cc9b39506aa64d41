"""`deadstop sweep` as the command line does it: progress, Ctrl-C, files, figures."""

import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.errors import DeadstopError
from deadstop.interruption import Interruption
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.sweep import sweep_json
from deadstop.report.terminal import PROVES, make_console
from deadstop.report.text import how_to_mend, safe
from deadstop.results import ExitCode
from deadstop.run_command import new_folder, remove_empty
from deadstop.sweep.results import Finding, SweepResult, Window
from deadstop.sweep.sweep import Sweep, SweepWish
from deadstop.virtual.playable import require_one_board

__all__ = ["carry_out_sweep"]

TELL_EVERY_S: Final = 0.2  # on a terminal; ten times that elsewhere


def carry_out_sweep(
    wish: SweepWish, *, out: Path | None = None, json: str | None = None
) -> ExitCode:
    """Sweep, tell a person as it goes, and save what fails.

    However it ends, what was found until then is told and written.

    Args:
        wish: what is to be swept.
        out: the folder for the failing schedules; None for one in `deadstop-runs`.
        json: where the figures go; ``-`` is standard output, and what a person reads
            then goes to standard error.

    Raises:
        DeadstopError: the sweep could not begin, or the component does what virtual
            time does not hold for.
    """
    require_writable(json)
    require_one_board(wish.rig)
    folder = new_folder(out, f"sweep-{wish.rig.name}")
    console = make_console(stderr=json == STANDARD_OUTPUT)
    progress = _Progress(console)
    sweep = Sweep(wish, progress)
    board = wish.rig.board
    progress.say(
        f"rig {wish.rig.name}, board {board.kind}, seed {wish.seed}, "
        f"depth {wish.depth}: {', '.join(wish.motions)}; {len(wish.triggers)} triggers"
    )
    error: DeadstopError | None = None
    with Interruption() as interruption:
        try:
            interruption.run(lambda: sweep.run(folder))
        except DeadstopError as problem:
            error = problem
        result = sweep.result
        result.interrupted = interruption.came
        progress.over()
        sweep.save(folder)
        if interruption.came:
            interruption.keep()
    if error is not None and not result.points:
        remove_empty(folder)
        raise error
    text = sweep_json(result, wish)
    (folder / "sweep.json").write_text(text, encoding="utf-8")
    _tell(console, result, folder, PROVES[board.proves])
    if json is not None:
        write_json(text, json)
    if error is not None:
        raise error
    return result.exit_code


def _tell(
    console: Console,
    result: SweepResult,
    folder: Path,
    proves: str,
) -> None:
    for windows in result.kinds():
        _tell_kind(console, windows, result.saved.get(windows[0]))
    if not result.points:
        return
    _table(console, result)
    figures = result.as_dict()
    _say(
        console,
        f"{figures['points']} points in {figures['wall_s']:.1f} s: "
        f"{figures['points_per_s']:.0f} points/s, {figures['speedup']:.0f}x real time, "
        f"{figures['covered']:.0%} of all points"
        + (" (interrupted)" if result.interrupted else ""),
    )
    _say(console, f"trace hash {figures['trace_hash']}")
    if result.failures:
        _say(console, "what each means, and how to mend it:")
        found = (law for finding in result.failures for law, _ in finding.failed)
        for law in dict.fromkeys(found):
            _say(console, f"  {how_to_mend(law)}")
        text = f"{len(result.failures)} of {result.points} points FAILED: see {folder}"
        console.print(Text(safe(text), "bold red"), soft_wrap=True)
    else:
        _say(console, f"every verdict held at every step played; proves that {proves}")


def _tell_kind(console: Console, windows: list[Window], path: Path | None) -> None:
    """Tell of failures of one kind by the shortest schedule of them."""
    finding = windows[0].first
    line = Text(safe(f"X {finding.motion}, {finding.trigger}, "), "bold red")
    line.append(f"{windows[0].place}: {', '.join(finding.laws)}", "default")
    if len(windows) > 1:
        line.append(f"; so in {len(windows) - 1} more places", "default")
    console.print(line, soft_wrap=True)
    for law, detail in finding.failed:
        _say(console, f"    {law}: {detail}")
    if finding.error:
        _say(console, f"    {finding.error}")
    if path is not None:
        _say(console, f"    deadstop replay {path}")


def _table(console: Console, result: SweepResult) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("motion", "trigger", "points", "failed"):
        right = heading in ("points", "failed")
        table.add_column(heading, justify="right" if right else "left")
    for motion in result.motions:
        for trigger in result.triggers:
            found = [
                finding
                for finding in result.findings
                if (finding.motion, finding.trigger) == (motion, trigger)
            ]
            if not found:
                continue  # it was broken off before
            failed = sum(finding.is_failure for finding in found)
            style = "red" if failed else ""
            table.add_row(
                safe(motion), trigger, str(len(found)), str(failed), style=style
            )
    console.print(table)


def _say(console: Console, text: str) -> None:
    console.print(Text(safe(text)), soft_wrap=True)


class _Progress:
    """Tells how it goes: on a terminal in one line that is drawn over again."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._redraws = console.is_terminal and not console.is_dumb_terminal
        self._every_s = TELL_EVERY_S if self._redraws else 10 * TELL_EVERY_S
        self._told_s = time.monotonic()

    def say(self, text: str) -> None:
        """Say *text* on a line that stays."""
        self.over()
        _say(self._console, text)

    def note(self, text: str) -> None:
        """Say something that a person wants to know."""
        self.say(text)

    def planned(self, result: SweepResult) -> None:
        """Say how many points there are."""
        chosen = "" if result.chosen == result.planned else f", {result.chosen} chosen"
        self.say(f"{result.planned} points of the first depth{chosen}")

    def found(self, result: SweepResult, _: Finding) -> None:
        """Say how far it is, now and then."""
        now_s = time.monotonic()
        if now_s - self._told_s < self._every_s:
            return
        self._told_s = now_s
        rate = result.points / max(result.wall_s, 1e-9)
        share = result.done / max(result.chosen, 1)
        left_s = result.wall_s / max(share, 1e-9) * (1.0 - share)
        failed = len(result.failures)
        text = (
            f"{share:4.0%}  {result.points} points, {rate:.0f}/s, "
            f"{left_s:.0f} s left" + (f", {failed} failed" if failed else "")
        )
        if self._redraws:
            self.over()
            self._console.print(Text(text, "dim"), end="", no_wrap=True)
        else:
            _say(self._console, text)

    def over(self) -> None:
        """Wipe the line."""
        if self._redraws:
            self._console.file.write("\r\x1b[2K")
            sys.stdout.flush()
