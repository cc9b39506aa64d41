"""The command line: `deadstop run`, `sweep`, `replay`, `verify` and the others."""

import contextlib
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from typer.exceptions import TyperException

from deadstop.cli_start import EXPLAIN_EXAMPLES, INIT_EXAMPLES, explain, init
from deadstop.clocks import Clock
from deadstop.complaint import complain, explain_error
from deadstop.errors import UsageError
from deadstop.interruption import ENDING_SIGNALS
from deadstop.report.text import counted, safe
from deadstop.report_command import REPORT_EXAMPLES, report
from deadstop.run_help import RunHelp

if TYPE_CHECKING:
    from deadstop.rig import Rig

__all__ = ["main"]

USAGE: Final = 2  # these two as in `ExitCode`, whose imports would slow --help down
INTERRUPTED: Final = 130

app = typer.Typer(
    help="Proves that a motor stops when the caller goes away.",
    epilog="Exit codes: 0 held, 1 failed, 2 bad usage, rig file or component, "
    "5 nothing checked, 20 rig busy, 21 board absent, 22 simulator or toolchain, "
    "24 link fault, 30 NOT AT REST, 70 a bug of deadstop's, 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command(epilog=INIT_EXAMPLES)(init)
app.command(epilog=EXPLAIN_EXAMPLES)(explain)
app.command(epilog=REPORT_EXAMPLES)(report)

RigOption = Annotated[
    str,
    typer.Option("--rig", metavar="NAME_OR_PATH", help="A built-in rig, or a file."),
]
Globs = list[str]


def main() -> None:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _require_streams()
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        told = getattr(error, "format_message", error.__str__)()
        complain(f"{told.removesuffix('.')}; see --help")
        code = USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # typer makes the one into the other
        # Whoever read our output has gone; keep Python from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last stop: one line for a person
        text, code = explain_error(error)
        complain(text)
    for number in ENDING_SIGNALS:  # a late one must not take the exit code's place
        signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


def _require_streams() -> None:
    """Open what the caller closed, or a port of ours would get its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - rarely wanted

        typer.echo(f"deadstop {version('deadstop')}")
        raise typer.Exit


@app.callback()
def _common(
    _version_wanted: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which."),
    ] = False,
) -> None:
    """Prove that a motor stops when the caller goes away."""


@app.command(
    cls=RunHelp,
    epilog="Examples: deadstop run; "
    "deadstop run --component my_module.motor:MyMotor --moment cruise; "
    "deadstop run --trigger 'client-*' --repeat 5 --json run.json; "
    "deadstop run --clock virtual",
)
def run(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    component: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="Use it in place of the rig's."),
    ] = None,
    motion: Annotated[
        Globs | None,
        typer.Option(metavar="GLOB", help="Only these motions; repeatable."),
    ] = None,
    trigger: Annotated[
        Globs | None,
        typer.Option(metavar="GLOB", help="Only these triggers; repeatable."),
    ] = None,
    moment: Annotated[
        Globs | None,
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


@app.command(
    epilog="Examples: deadstop sweep; "
    "deadstop sweep --rig avr --motion go_for --trigger client-cancel; "
    "deadstop sweep --component my_module.motor:MyMotor --depth 2 --max-cases 500",
)
def sweep(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    component: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="Use it in place of the rig's."),
    ] = None,
    motion: Annotated[
        Globs | None,
        typer.Option(metavar="GLOB", help="Only these motions; repeatable."),
    ] = None,
    trigger: Annotated[
        Globs | None,
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


@app.command(
    epilog="Example: deadstop replay deadstop-runs/*/go_for-client-cancel-41.json"
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


@app.command(
    epilog="Examples: deadstop prove; deadstop prove --only B7 --only 'B1?'; "
    "deadstop prove --rig avr --json prove.json",
)
def prove(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    only: Annotated[
        Globs | None,
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


@app.command(epilog="Example: deadstop verify deadstop-runs/20261122T210000Z-loopback")
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


@app.command(epilog="Example: deadstop rigs --schema > rig.schema.json")
def rigs(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of rig files.")
    ] = False,
) -> int:
    """List the built-in rigs and what each can prove."""
    from deadstop.report.terminal import proof  # noqa: PLC0415
    from deadstop.rig import AvrBoardConfig, builtin_rigs  # noqa: PLC0415
    from deadstop.rig.schema import schema_text  # noqa: PLC0415
    from deadstop.toolchain import missing_for_avr  # noqa: PLC0415

    if schema:
        typer.echo(schema_text(), nl=False)
        return 0
    for rig in builtin_rigs():
        typer.echo(f"{rig.name:<12} {rig.description}")
        boards = rig.all_boards.values()
        avr = any(isinstance(board, AvrBoardConfig) for board in boards)
        missing = missing_for_avr() if avr else ""
        but = f"; NOT HERE: {missing}" if missing else ""
        typer.echo(f"{'':<12} proves that {proof(rig.proves, rig.kinds)}{but}")
        typer.echo(f"{'':<12} motions: {', '.join(rig.motions)}")
    return 0


@app.command(
    epilog="Examples: deadstop deadman; "
    "deadstop deadman --rig avr --axis b; "
    "deadstop deadman --rig avr --lease 300 --json deadman.json",
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


@app.command(epilog="Example: deadstop board, and in another terminal: screen PATH")
def board(
    rig: RigOption = "loopback",
) -> int:
    """Serve the rig's simulated board on a pseudo-terminal until Ctrl-C."""
    from deadstop.boards.maker import BoardMaker  # noqa: PLC0415
    from deadstop.rig import ProgramBoardConfig, load_rig  # noqa: PLC0415

    config = load_rig(rig).board
    if isinstance(config, ProgramBoardConfig):
        raise UsageError(
            f"rig {rig!r}: its board is a program of its own; start that by itself"
        )
    with BoardMaker(config) as boards:
        boards.prepare(lambda line: typer.echo(line, err=True))
        with (
            boards.make(lambda _: None) as served,
            contextlib.suppress(KeyboardInterrupt),
        ):
            typer.echo(f"{served.path}  {config.baud} baud, axes {config.axes}")
            typer.echo(
                "type ? for the state, A or B to stop an axis, ! to stop them all"
            )
            typer.echo("Ctrl-C ends it")
            signal.pause()
    return 0
