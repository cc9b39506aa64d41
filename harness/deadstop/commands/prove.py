"""`deadstop prove`: what can be asked of it."""

import random
from pathlib import Path
from typing import Annotated, Final

import typer

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "prove"]

EXAMPLES: Final = (
    "Examples: deadstop prove; deadstop prove --only B7 --only 'B1?'; "
    "deadstop prove --rig avr --json prove.json"
)


def prove(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB", help="Only these components, such as B7; repeatable."
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Run N components at once; their figures suffer on few cores.",
        ),
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Kept with the run.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The traces; default deadstop-runs/TIME-prove-RIG."
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write the figures; - is stdout."),
    ] = None,
) -> int:
    """Prove Deadstop: it catches every broken component and no correct one.

    Runs the gallery on the board and with the limits of the rig: 31 components, each
    with one mistake, must fail by the invariant that is named for that mistake, and
    correct ones in different styles must pass. Exit code 1 if any does not.
    """
    from deadstop.prove_command import carry_out_proof  # noqa: PLC0415
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick

    return carry_out_proof(
        load_rig(rig),
        only or (),
        seed=random.randrange(2**32) if seed is None else seed,  # noqa: S311
        jobs=jobs,
        out=out,
        json=json,
    )
