"""`deadstop run`: what can be asked of it."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deadstop.clocks import Clock
from deadstop.commands.options import RigOption
from deadstop.errors import UsageError

if TYPE_CHECKING:
    from deadstop.rig import Rig

__all__ = ["EXAMPLES", "run"]

EXAMPLES: Final = (
    "Examples: deadstop run; "
    "deadstop run --component my_module.motor:MyMotor --moment cruise; "
    "deadstop run --trigger 'client-*' --repeat 5 --json run.json; "
    "deadstop run --clock virtual"
)


def run(  # noqa: PLR0917 - typer makes options of these
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
        typer.Option(metavar="GLOB", help="Only these triggers; repeatable."),
    ] = None,
    moment: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only these moments; repeatable."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Kept with the run.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The run's folder; default deadstop-runs/TIME-RIG."
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write run.json there; - is stdout."),
    ] = None,
    repeat: Annotated[
        int, typer.Option(min=1, metavar="N", help="Run each case N times.")
    ] = 1,
    clock: Annotated[
        Clock,
        typer.Option(help="Virtual: the simulated board's own time; nothing waits."),
    ] = Clock.REAL,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="On the virtual clock, play N cases at once; default: one a core.",
        ),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the cases; open nothing.")
    ] = False,
    armed: Annotated[
        bool,
        typer.Option("--armed", help="A real motor may move: nobody can be hurt."),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show each frame, decoded, as it passes, and at the end every table; "
            "on the virtual clock, when its case is over.",
        ),
    ] = False,
    prove_red: Annotated[
        bool,
        typer.Option(
            "--prove-red",
            help="Instead, see each invariant FAIL on this rig: lose the stops in the "
            "tap, freeze the component. The motor runs on to the end of its motion.",
        ),
    ] = False,
) -> int:
    """Make the client go away, at every moment of a motion, and judge."""
    from deadstop.cases import select_cases  # noqa: PLC0415 - keeps --help quick
    from deadstop.rig import load_rig  # noqa: PLC0415
    from deadstop.run_command import carry_out, choose_jobs  # noqa: PLC0415
    from deadstop.virtual.playable import playable  # noqa: PLC0415

    the_rig = load_rig(rig)
    if armed:
        the_rig = the_rig.armed()
    if prove_red:
        return _prove_red(
            the_rig,
            component,
            motion or (),
            others=bool(trigger or moment) or clock is not Clock.REAL,
            list_only=list_only,
            out=out,
            json=json,
        )
    jobs = choose_jobs(clock, jobs)
    cases = select_cases(the_rig, motion or (), trigger or (), moment or ())
    note = ""
    if clock is Clock.VIRTUAL:
        cases, note = playable(cases, trigger or ())
    if list_only:
        for case in cases:
            typer.echo(case.id)
        return 0
    return carry_out(
        the_rig,
        cases,
        component=component,
        seed=random.randrange(2**32) if seed is None else seed,  # noqa: S311
        repeat=repeat,
        clock=clock,
        jobs=jobs,
        note=note,
        out=out,
        json=json,
        rig_argument=rig,
        verbose=verbose,
    )


def _prove_red(
    rig: "Rig",
    component: str | None,
    motions: Sequence[str],
    *,
    others: bool,
    list_only: bool,
    out: Path | None,
    json: str | None,
) -> int:
    from deadstop.prove_red import attempts_on  # noqa: PLC0415 - keeps --help quick
    from deadstop.prove_red_command import carry_out_red  # noqa: PLC0415

    if others or len(motions) > 1:
        raise UsageError(
            "--prove-red chooses its own triggers and moments, on the real clock: give "
            "--rig, --component, one --motion, --out, --json and --list only"
        )
    motion = motions[0] if motions else None
    if list_only:
        for attempt in attempts_on(rig, motion):
            typer.echo(f"{attempt.case.id}: {attempt.what}")
        return 0
    return carry_out_red(rig, component=component, motion=motion, out=out, json=json)
