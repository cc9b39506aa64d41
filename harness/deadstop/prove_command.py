"""`deadstop prove` as the command line does it: progress, Ctrl-C, files, the matrix."""

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from deadstop.errors import DeadstopError
from deadstop.interruption import Interruption
from deadstop.prove import Proof, Row, choose
from deadstop.report.json_file import STANDARD_OUTPUT, require_writable, write_json
from deadstop.report.prove import print_proof, print_row, prove_json
from deadstop.report.terminal import PROVES, make_console
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.rig import Rig
from deadstop.run_command import new_folder, remove_empty

__all__ = ["carry_out_proof"]


def carry_out_proof(
    rig: Rig,
    only: Sequence[str] = (),
    *,
    seed: int = 0,
    jobs: int = 1,
    out: Path | None = None,
    json: str | None = None,
) -> ExitCode:
    """Run the gallery, tell a person as it goes, and write what came of it.

    However it ends, what was found until then is told and written.

    Args:
        rig: has the board and the limits.
        only: globs for the ids of components; none means all.
        seed: kept with the run.
        jobs: how many components are run at once.
        out: the folder for the traces; None for one in `deadstop-runs`.
        json: where the figures go; ``-`` is standard output, and what a person reads
            then goes to standard error.

    Raises:
        DeadstopError: it could not begin.
    """
    require_writable(json)
    proof = Proof(rig, choose(only), seed=seed, jobs=jobs)
    folder = new_folder(out, f"prove-{rig.name}")
    console = make_console(stderr=json == STANDARD_OUTPUT)
    console.print(
        Text(safe(f"rig {rig.name}, board {rig.kinds}; {PROVES[rig.proves]}")),
        soft_wrap=True,
    )
    error: DeadstopError | None = None
    began_s = time.monotonic()
    with Interruption() as interruption:
        try:
            interruption.run(lambda: proof.run(folder, _Progress(console)))
        except* DeadstopError as problems:
            error = _first(problems)
        result = proof.result(
            rig, time.monotonic() - began_s, interrupted=interruption.came
        )
        if interruption.came:
            interruption.keep()
    text = prove_json(result, seed)
    if error is not None and not result.rows:
        remove_empty(folder)
        raise error
    (folder / "prove.json").write_text(text, encoding="utf-8")
    print_proof(result, console)
    if json is not None:
        write_json(text, json)
    if error is not None:
        raise error
    return result.exit_code


def _first(problems: BaseExceptionGroup[DeadstopError]) -> DeadstopError:
    """Return the first of *problems*: lanes fail of the same cause."""
    found: BaseException = problems
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, DeadstopError)  # noqa: S101 - what `except*` has chosen
    return found


class _Progress:
    """Prints each row when it is known."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begun(self, total: int) -> None:
        """Say how many there will be."""
        self.note(f"{total} components of the gallery, on the real clock")

    def row(self, row: Row) -> None:
        """Print it."""
        print_row(row, self._console)

    def note(self, text: str) -> None:
        """Say something else."""
        self._console.print(Text(safe(text), "dim"), soft_wrap=True)
