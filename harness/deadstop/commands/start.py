"""The commands one begins with: `deadstop init` and `deadstop explain`."""

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = ["EXPLAIN_EXAMPLES", "INIT_EXAMPLES", "explain", "init"]

INIT_EXAMPLES: Final = (
    "Examples: deadstop init; "
    "deadstop init --component my_module.motor:MyMotor --attribute port={port}"
)
EXPLAIN_EXAMPLES: Final = "Examples: deadstop explain; deadstop explain stop-commanded"


def init(  # noqa: PLR0917 - typer makes options of these
    component: Annotated[
        str, typer.Option(metavar="MODULE:CLASS", help="What is to be tested.")
    ] = "",
    rig_file: Annotated[
        Path, typer.Option(metavar="PATH", help="Where the rig goes.")
    ] = Path("rig.toml"),
    test_file: Annotated[
        Path, typer.Option(metavar="PATH", help="Where the test goes.")
    ] = Path("test_stops.py"),
    board: Annotated[
        str, typer.Option(metavar="KIND", help="What answers; default loopback.")
    ] = "",
    axis: Annotated[
        str,
        typer.Option(metavar="LETTERS", help="Which of the board's axes it moves."),
    ] = "",
    attribute: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Of the component; repeatable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing; so without a terminal.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what is there.")
    ] = False,
) -> int:
    """Look at a component, and write a rig and a test for it that run."""
    from deadstop.init_command import (  # noqa: PLC0415 - keeps --help quick
        InitWish,
        ask_at_terminal,
        carry_out_init,
        may_ask,
    )

    asks = may_ask() and not yes
    wish = InitWish(
        component,
        rig_file,
        test_file,
        board or ("" if asks else "loopback"),
        axis,
        tuple(attribute or ()),
        force=force,
    )
    return carry_out_init(wish, ask_at_terminal if asks else None)


def explain(
    invariant: Annotated[
        str, typer.Argument(metavar="[INVARIANT]", help="Which; default: list them.")
    ] = "",
) -> int:
    """Say what an invariant means, how a component breaks it, and how to mend that."""
    from deadstop.explain_command import carry_out_explain  # noqa: PLC0415

    return carry_out_explain(invariant)
