"""`deadstop rigs`: which there are."""

from typing import Annotated, Final

import typer

__all__ = ["EXAMPLES", "rigs"]

EXAMPLES: Final = (
    "Examples: deadstop rigs; deadstop rigs --json - | python -m json.tool; "
    "deadstop rigs --schema > rig.schema.json"
)


def rigs(
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of rig files.")
    ] = False,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write the list there; - is stdout."),
    ] = None,
) -> int:
    """List the built-in rigs: what each moves, what it can prove, what it lacks here.

    Of a real board, whether its port is there now; none is opened, and nothing moves.
    """
    from deadstop.rig.schema import schema_text  # noqa: PLC0415 - keeps --help quick
    from deadstop.rigs_command import carry_out_rigs  # noqa: PLC0415

    if schema:
        typer.echo(schema_text(), nl=False)
        return 0
    return carry_out_rigs(json)
