"""`deadstop rigs`: which there are."""

from typing import Annotated, Final

import typer

__all__ = ["EXAMPLES", "rigs"]

EXAMPLES: Final = "Example: deadstop rigs --schema > rig.schema.json"


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
