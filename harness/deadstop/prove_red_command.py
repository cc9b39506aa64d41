"""`deadstop run --prove-red` as the command line does it."""

import json as codec
from pathlib import Path

from rich.console import Console
from rich.text import Text

from deadstop.errors import DeadstopError, UsageError
from deadstop.interruption import Interruption
from deadstop.prove_red import RedProof, RedResult, attempts_on
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.terminal import make_console
from deadstop.report.text import safe
from deadstop.results import CaseResult, ExitCode, Outcome
from deadstop.rig import Rig
from deadstop.run_command import new_folder, remove_empty

__all__ = ["carry_out_red"]

_MARKS = {
    Outcome.FAIL: ("+", "green", "seen red"),
    Outcome.PASS: ("X", "bold red", "STAYED GREEN"),
    Outcome.UNCHECKED: ("?", "cyan", "not seen"),
}


def carry_out_red(
    rig: Rig,
    *,
    component: str | None = None,
    motion: str | None = None,
    out: Path | None = None,
    json: str | None = None,
) -> ExitCode:
    """Do harm on *rig*, and tell which laws were seen broken by it.

    Args:
        rig: where.
        component: ``MODULE:CLASS`` to use in place of the rig's.
        motion: to harm; None for the rig's first one.
        out: the folder for the traces; None for one in `deadstop-runs`.
        json: where the figures go; ``-`` is standard output, and what a person reads
            then goes to standard error.

    Raises:
        DeadstopError: it could not begin.
    """
    require_writable(json)
    if not rig.simulated:
        raise UsageError(
            f"rig {rig.name!r} moves something real, and --prove-red takes its stops "
            "away: use a rig with a simulated board"
        )
    proof = RedProof(rig, attempts_on(rig, motion), component)
    folder = new_folder(out, f"prove-red-{rig.name}")
    console = make_console(stderr=json == STANDARD_OUTPUT)
    error: DeadstopError | None = None
    with Interruption() as interruption:
        try:
            interruption.run(lambda: proof.run(folder, _Progress(console)))
        except DeadstopError as problem:
            error = problem
        result = proof.result(interrupted=interruption.came)
        if interruption.came:
            interruption.keep()
    if error is not None:
        remove_empty(folder)
        raise error
    _print(result, console)
    if json is not None:
        write_json(_as_json(result, rig), json)
    return result.exit_code


def _print(result: RedResult, console: Console) -> None:
    for one in result.seen:
        mark, style, word = _MARKS[one.outcome]
        line = Text(f"{mark} {word:<13}", style)
        line.append(f"{one.law:<20} ", "default")
        line.append(safe(f"{one.by}: {one.detail}" if one.by else one.detail))
        console.print(line, soft_wrap=True)
    red = sum(one.red for one in result.seen)
    code = int(result.exit_code)
    console.print(
        f"{red} of {len(result.seen)} laws seen broken on this rig (exit code {code})"
    )


def _as_json(result: RedResult, rig: Rig) -> str:
    content = {
        "schema": 1,
        "rig": {"name": rig.name, "board": rig.kinds, "proves": rig.proves},
        "prove_red": {
            "red": sum(one.red for one in result.seen),
            "laws": [
                {
                    "invariant": one.law,
                    "red": one.red,
                    "outcome": one.outcome,
                    "by": one.by or None,
                    "detail": one.detail,
                }
                for one in result.seen
            ],
        },
        "exit_code": int(result.exit_code),
    }
    return codec.dumps(content, indent=1) + "\n"


class _Progress:
    """Tells only what takes a while: the verdicts of harmed cases are none."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begun(self, total: int) -> None:
        """Nothing to tell."""

    def case_begun(self, case_id: str, repeat: int) -> None:
        """Nothing to tell."""

    def case_ended(self, result: CaseResult) -> None:
        """Nothing to tell."""

    def note(self, text: str) -> None:
        """Say it."""
        self._console.print(Text(safe(text), "dim"), soft_wrap=True)
