"""`deadstop report`: one or more saved runs as a page, or as a trace for Perfetto."""

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = ["EXAMPLES", "report"]

EXAMPLES: Final = (
    "Examples: deadstop report deadstop-runs/*-loopback; "
    "deadstop report BEFORE AFTER --out compared.html; "
    "deadstop report RUN --perfetto run.perfetto.json"
)


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Folders of runs; what changed is told against the first.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The page; default report.html in the run, or compared.html in the "
            "first of several.",
        ),
    ] = None,
    perfetto: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a trace for ui.perfetto.dev instead of a page."
        ),
    ] = None,
) -> int:
    """Make a page of saved runs, with what changed between them.

    A page needs no network and no server: any browser opens it.
    """
    from deadstop.errors import UsageError  # noqa: PLC0415 - keeps --help quick
    from deadstop.report.page.render import (  # noqa: PLC0415
        COMPARED_NAME,
        PAGE_NAME,
        write_page,
    )
    from deadstop.report.page.saved import read_runs  # noqa: PLC0415
    from deadstop.report.perfetto import write_perfetto  # noqa: PLC0415
    from deadstop.report.text import safe  # noqa: PLC0415

    if out is not None and perfetto is not None:
        raise UsageError("--out is for a page, --perfetto for a trace; give one")
    saved = read_runs(runs)
    if perfetto is not None:
        written = write_perfetto(saved, perfetto)
    else:
        name = PAGE_NAME if len(runs) == 1 else COMPARED_NAME
        written = write_page(saved, out or runs[0] / name)
    typer.echo(safe(written, 4000))
    return 0
