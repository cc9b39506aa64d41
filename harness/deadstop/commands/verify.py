"""`deadstop verify`: judges a saved run again."""

from pathlib import Path
from typing import Annotated, Final

import typer

from deadstop.report.text import counted, safe

__all__ = ["EXAMPLES", "verify"]

EXAMPLES: Final = "Example: deadstop verify deadstop-runs/20261122T210000Z-loopback"


def verify(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
) -> int:
    """Judge a saved run again, from its traces alone."""
    from deadstop.report.run_json import contradictions, read_run  # noqa: PLC0415
    from deadstop.verify import disagreements, judge_again  # noqa: PLC0415

    recorded = read_run(folder)
    again = judge_again(folder)
    differing = [*disagreements(recorded, again), *contradictions(folder)]
    for line in differing:
        typer.echo(safe(line))
    counts = ", ".join(f"{n} {name}" for name, n in again.summary.items() if n)
    if differing:
        told = safe(folder / "run.json")
        typer.echo(f"{len(differing)} lines above: {told} is not borne out")
        return 1
    judged = counted(len(again.cases))
    typer.echo(f"{judged} judged again: {counts or 'none'}; all agree")
    return int(again.exit_code)
