"""`deadstop deadman`: what can be asked of it."""

import random
from typing import Annotated, Final

import typer

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "deadman"]

EXAMPLES: Final = (
    "Examples: deadstop deadman; "
    "deadstop deadman --rig avr --axis b; "
    "deadstop deadman --rig avr --lease 300 --json deadman.json"
)


def deadman(
    rig: RigOption = "loopback",
    axis: Annotated[
        str, typer.Option(metavar="LETTER", help="Which axis of the board.")
    ] = "a",
    lease: Annotated[
        list[int] | None,
        typer.Option(
            metavar="MS", help="Ask for this lease; repeatable. Default 4, 50 to 2000."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Decides the instants of the renewals."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write the figures; - is stdout."),
    ] = None,
) -> int:
    """Prove the board's own deadman: fed it never strikes, starved it always does."""
    from deadstop.deadman import DEFAULT_LEASES_MS  # noqa: PLC0415
    from deadstop.deadman_command import carry_out_deadman  # noqa: PLC0415
    from deadstop.rig import load_rig  # noqa: PLC0415

    return carry_out_deadman(
        load_rig(rig),
        axis,
        lease or DEFAULT_LEASES_MS,
        seed=random.randrange(2**32) if seed is None else seed,  # noqa: S311
        json=json,
    )
