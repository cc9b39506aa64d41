"""Options that several commands take."""

from typing import Annotated

import typer

__all__ = ["RigOption"]

RigOption = Annotated[
    str,
    typer.Option("--rig", metavar="NAME_OR_PATH", help="A built-in rig, or a file."),
]
