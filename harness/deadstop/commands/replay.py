"""`deadstop replay`: what can be asked of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = ["EXAMPLES", "replay"]

EXAMPLES: Final = (
    "Example: deadstop replay deadstop-runs/*/go_for-client-cancel-41.json"
)


def replay(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A schedule that a sweep saved.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Gets the trace; default deadstop-runs/TIME-replay-RIG."
        ),
    ] = None,
    steps: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="How many steps to tell, before and behind."
        ),
    ] = 12,
) -> int:
    """Play a failing schedule again, to the same trace, and tell its last moments."""
    from deadstop.replay_command import carry_out_replay  # noqa: PLC0415
    from deadstop.sweep.schedule import Schedule  # noqa: PLC0415

    return carry_out_replay(Schedule.read(file), out=out, steps=steps)
