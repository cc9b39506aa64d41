"""The command line: `deadstop run`, `sweep`, `replay`, `verify` and the others."""

import os
import signal
import sys
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

from deadstop.commands import (
    board,
    deadman,
    doctor,
    flash,
    prove,
    replay,
    report,
    rigs,
    run,
    start,
    stop,
    sweep,
    verify,
)
from deadstop.commands.run_help import RunHelp
from deadstop.complaint import complain, explain_error
from deadstop.interruption import ENDING_SIGNALS

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

app.command(epilog=start.INIT_EXAMPLES)(start.init)
app.command(epilog=start.EXPLAIN_EXAMPLES)(start.explain)
app.command(cls=RunHelp, epilog=run.EXAMPLES)(run.run)
app.command(epilog=sweep.EXAMPLES)(sweep.sweep)
app.command(epilog=replay.EXAMPLES)(replay.replay)
app.command(epilog=prove.EXAMPLES)(prove.prove)
app.command(epilog=verify.EXAMPLES)(verify.verify)
app.command(epilog=report.EXAMPLES)(report.report)
app.command(epilog=rigs.EXAMPLES)(rigs.rigs)
app.command(epilog=deadman.EXAMPLES)(deadman.deadman)
app.command(epilog=board.EXAMPLES)(board.board)
app.command(epilog=doctor.EXAMPLES)(doctor.doctor)
app.command(epilog=flash.EXAMPLES)(flash.flash)
app.command(epilog=stop.EXAMPLES)(stop.stop)


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
