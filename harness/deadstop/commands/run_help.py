"""The help of `deadstop run`: what can be chosen is listed from where it is defined."""

from typing import Any

from typer.core import TyperCommand

__all__ = ["RunHelp"]


class RunHelp(TyperCommand):
    """A command whose help ends with the triggers and the moments."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer's
        """Write triggers, moments, and then the examples."""
        from deadstop.moments import NAMED  # noqa: PLC0415 - other helps are quicker
        from deadstop.triggers import TRIGGERS  # noqa: PLC0415

        with formatter.section("Triggers"):
            formatter.write_dl([(one.name, one.summary) for one in TRIGGERS])
        with formatter.section("Moments"):
            formatter.write_text(", ".join(NAMED))
        super().format_epilog(ctx, formatter)
