"""`deadstop doctor` as the command line does it."""

from rich.text import Text

from deadstop.doctor import Finding, Health, examine
from deadstop.errors import UsageError
from deadstop.report.terminal import make_console
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.rig import Rig, SerialBoardConfig

__all__ = ["carry_out_doctor"]

_MARKS = {
    Health.GOOD: ("+", "green"),
    Health.POOR: ("~", "yellow"),
    Health.BAD: ("X", "bold red"),
}


def carry_out_doctor(rig: Rig) -> ExitCode:
    """Examine every real board of *rig*, and tell.

    Raises:
        UsageError: it has none.
    """
    boards = {
        name: one
        for name, one in rig.all_boards.items()
        if isinstance(one, SerialBoardConfig)
    }
    if not boards:
        raise UsageError(
            f"rig {rig.name!r} has no real board: `deadstop rigs` says what it needs"
        )
    console = make_console()
    code = ExitCode.HELD
    for name, board in boards.items():
        if name:
            console.print(f"board {safe(name)}")
        for finding in examine(board, rig.name):
            console.print(_line(finding), soft_wrap=True)
            if finding.health is Health.BAD and code is ExitCode.HELD:
                code = ExitCode(finding.exit_code)
    return code


def _line(finding: Finding) -> Text:
    mark, style = _MARKS[finding.health]
    line = Text(f"{mark} {finding.what:<14}", style)
    line.append(safe(finding.detail), "default")
    if finding.advice:
        line.append(f"\n  {'':<14}-> {safe(finding.advice)}", "default")
    return line
