"""`deadstop sweep`: what can be asked of it."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "sweep"]

EXAMPLES: Final = (
    "Examples: deadstop sweep; "
    "deadstop sweep --rig avr --motion go_for --trigger client-cancel; "
    "deadstop sweep --component my_module.motor:MyMotor --depth 2 --max-cases 500"
)


def sweep(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    component: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="Use it in place of the rig's."),
    ] = None,
    motion: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only these motions; repeatable."),
    ] = None,
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Only these triggers; repeatable. Default: the 11 of the catalogue "
            "that need no process of their own.",
        ),
    ] = None,
    depth: Annotated[
        int,
        typer.Option(
            min=1, max=2, metavar="N", help="2: strike again at each step that follows."
        ),
    ] = 1,
    second: Annotated[
        str, typer.Option(metavar="TRIGGER", help="What strikes the second time.")
    ] = "second-cancel",
    faults: Annotated[
        bool,
        typer.Option(
            "--faults", help="Cross each strike with link faults at every byte."
        ),
    ] = False,
    max_faults: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Try N of these at each strike, chosen by --seed."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Processes at once; default: all cores."),
    ] = None,
    max_cases: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Play a sample of the points, chosen by --seed."
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(metavar="NUMBER", help="Of the sample and of random numbers."),
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Gets the failing schedules; default deadstop-runs/TIME-sweep-RIG.",
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write the figures; - is stdout."),
    ] = None,
) -> int:
    """End a motion at EVERY step of the event loop, on virtual time, and judge."""
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick
    from deadstop.sweep.sweep import SweepWish  # noqa: PLC0415
    from deadstop.sweep_command import carry_out_sweep  # noqa: PLC0415

    wish = SweepWish(
        load_rig(rig),
        component=component,
        motions=motion or (),
        triggers=trigger or (),
        depth=depth,
        second=second,
        seed=seed,
        jobs=jobs or len(os.sched_getaffinity(0)),
        max_cases=max_cases,
        faults=faults or max_faults is not None,
        max_faults=max_faults,
    )
    return carry_out_sweep(wish, out=out, json=json)
