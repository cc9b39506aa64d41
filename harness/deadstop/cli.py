"""The command line: `deadstop run | verify | rigs | board`."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from typer.exceptions import TyperException

from deadstop.errors import DeadstopError, UsageError
from deadstop.report.text import safe

__all__ = ["main"]

T = TypeVar("T")

RUNS: Final = Path("deadstop-runs")
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
INTERNAL: Final = 70  # EX_SOFTWARE of sysexits.h: a bug of ours

app = typer.Typer(
    help="Proves that a motor stops when the caller goes away.",
    epilog="Exit codes: 0 held, 1 failed, 2 bad usage, rig file or component, "
    "5 nothing checked, 20 rig busy, 21 board absent, 22 simulator or toolchain, "
    "24 link fault, 30 NOT AT REST, 70 a bug of deadstop's, 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

RigOption = Annotated[
    str,
    typer.Option("--rig", metavar="NAME_OR_PATH", help="A built-in rig, or a file."),
]
Globs = list[str]


def main() -> None:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except DeadstopError as error:
        _complain(str(error))
        code = int(error.exit_code)
    except TyperException as error:
        told = getattr(error, "format_message", error.__str__)()
        _complain(f"{told.removesuffix('.')}; see --help")
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        # Who read our output has gone; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    except Exception as error:  # noqa: BLE001 - the last stop: one line for a person
        if os.environ.get("DEADSTOP_TRACEBACK"):
            traceback.print_exc()
        _complain(
            f"internal error: {type(error).__name__}: {error}; "
            "set DEADSTOP_TRACEBACK=1 to see where"
        )
        code = INTERNAL
    sys.exit(code)


def _complain(message: str) -> None:
    sys.stderr.write(f"deadstop: {safe(message)}\n")


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
    epilog="Examples: deadstop run; "
    "deadstop run --component my_module.motor:MyMotor --moment cruise; "
    "deadstop run --trigger 'client-*' --repeat 5 --json run.json"
)
def run(  # noqa: PLR0917 - typer makes options of these
    rig: RigOption = "loopback",
    component: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="Use it in place of the rig's."),
    ] = None,
    motion: Annotated[
        Globs | None, typer.Option(metavar="GLOB", help="Only these; repeatable.")
    ] = None,
    trigger: Annotated[
        Globs | None, typer.Option(metavar="GLOB", help="Only these; repeatable.")
    ] = None,
    moment: Annotated[
        Globs | None, typer.Option(metavar="GLOB", help="Only these; repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Kept with the run.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The run's folder; default deadstop-runs/TIME-RIG."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write run.json there; - is stdout."),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Run each case N times.")] = 1,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the cases; open nothing.")
    ] = False,
) -> int:
    """Make the client go away, at every moment of a motion, and judge."""
    from deadstop.cases import select_cases  # noqa: PLC0415 - keeps --help quick
    from deadstop.rig import load_rig  # noqa: PLC0415

    the_rig = load_rig(rig)
    cases = select_cases(the_rig, motion or (), trigger or (), moment or ())
    if list_only:
        for case in cases:
            typer.echo(case.id)
        return 0
    folder = _new_folder(out, the_rig.name)
    console = Console(stderr=json == "-", highlight=False)
    code = _run(
        the_rig,
        cases,
        console,
        folder,
        component=component,
        seed=random.randrange(2**32) if seed is None else seed,  # noqa: S311
        repeat=repeat,
    )
    if json is not None:
        text = (folder / "run.json").read_text(encoding="utf-8")
        if json == "-":
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            Path(json).write_text(text, encoding="utf-8")
    return code


def _run(
    rig: Any,  # noqa: ANN401 - a Rig, imported late
    cases: Any,  # noqa: ANN401
    console: Console,
    folder: Path,
    *,
    component: str | None,
    seed: int,
    repeat: int,
) -> int:
    from deadstop.report.junit import write_junit  # noqa: PLC0415
    from deadstop.report.run_json import write_run  # noqa: PLC0415
    from deadstop.report.terminal import (  # noqa: PLC0415
        TerminalProgress,
        print_run,
    )
    from deadstop.runner import CaseSequence  # noqa: PLC0415

    progress = TerminalProgress(console)
    console.print(
        f"rig {rig.name}, board {rig.board.kind}, seed {seed}: "
        f"{len(cases) * repeat} cases",
        soft_wrap=True,
    )
    sequence = CaseSequence(rig, cases, component=component, seed=seed, repeat=repeat)
    interrupted = False
    try:
        asyncio.run(sequence.run(folder, progress))
    except KeyboardInterrupt:
        interrupted = True
    except DeadstopError:
        progress.over()
        if not sequence.results:
            _drop_if_empty(folder)
            raise
        _save(sequence.result(), folder, write_run, write_junit)
        raise
    progress.over()
    result = sequence.result(interrupted=interrupted)
    _save(result, folder, write_run, write_junit)
    print_run(result, console, folder)
    if interrupted and result.at_rest:
        return INTERRUPTED
    return int(result.exit_code)


def _save(result: T, folder: Path, *writers: Callable[[T, Path], None]) -> None:
    for write in writers:
        write(result, folder)


def _new_folder(out: Path | None, rig_name: str) -> Path:
    if out is None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        out = RUNS / f"{stamp}-{rig_name}"
        number = 1
        while out.exists():
            number += 1
            out = RUNS / f"{stamp}-{rig_name}-{number}"
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is in the way; --out wants a new or an empty folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the run's folder {out}: {error}") from error
    return out


def _drop_if_empty(folder: Path) -> None:
    """Remove what a run left that never began."""
    for log in folder.glob("component.log"):
        if log.stat().st_size == 0:
            log.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


@app.command(epilog="Example: deadstop verify deadstop-runs/20261122T210000Z-loopback")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
) -> int:
    """Judge a saved run again, from its traces alone."""
    from deadstop.report.run_json import read_run  # noqa: PLC0415
    from deadstop.verify import disagreements, judge_again  # noqa: PLC0415

    recorded = read_run(folder)
    again = judge_again(folder)
    differing = disagreements(recorded, again)
    for line in differing:
        typer.echo(safe(line))
    counts = ", ".join(f"{n} {name}" for name, n in again.summary.items() if n)
    if differing:
        typer.echo(f"{len(differing)} verdicts differ from {folder / 'run.json'}")
        return 1
    typer.echo(f"{len(again.cases)} cases judged again: {counts or 'none'}; all agree")
    return int(again.exit_code)


@app.command(epilog="Example: deadstop rigs --schema > rig.schema.json")
def rigs(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of rig files.")
    ] = False,
) -> int:
    """List the built-in rigs and what each can prove."""
    from deadstop.report.terminal import PROVES  # noqa: PLC0415
    from deadstop.rig import builtin_rigs, rig_schema  # noqa: PLC0415

    if schema:
        import json as json_module  # noqa: PLC0415 - `json` is an option's name here

        typer.echo(json_module.dumps(rig_schema(), indent=2))
        return 0
    for rig in builtin_rigs():
        typer.echo(f"{rig.name:<12} {rig.description}")
        typer.echo(f"{'':<12} proves that {PROVES[rig.board.proves]}")
        typer.echo(f"{'':<12} motions: {', '.join(rig.motions)}")
    return 0


@app.command(epilog="Example: deadstop board, and in another terminal: screen PATH")
def board(
    rig: RigOption = "loopback",
) -> int:
    """Serve the rig's simulated board on a pseudo-terminal until Ctrl-C."""
    from deadstop.boards.loopback import BoardConfig, LoopbackBoard  # noqa: PLC0415
    from deadstop.rig import load_rig  # noqa: PLC0415

    config = load_rig(rig).board
    with LoopbackBoard(
        BoardConfig(axes=config.axes), observe=lambda _: None, baud=config.baud
    ) as served:
        typer.echo(f"{served.path}  {config.baud} baud, axes {config.axes}")
        typer.echo("type ? for the state, A or B to stop an axis, ! to stop them all")
        typer.echo("Ctrl-C ends it")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0
