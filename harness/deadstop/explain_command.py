"""`deadstop explain`: what an invariant means, how it breaks, how to mend it."""

import sys

from rich.markdown import Markdown
from rich.table import Table

from deadstop.pages import laws, page_of
from deadstop.report.terminal import make_console
from deadstop.results import ExitCode

__all__ = ["carry_out_explain"]

WIDTH = 100  # a page is read, not searched: no wider than a page


def carry_out_explain(invariant: str) -> ExitCode:
    """Print the page about *invariant*; without one, list them all.

    In a pipe it is the Markdown as it is, to be searched.

    Raises:
        UsageError: there is no such invariant.
    """
    console = make_console()
    if invariant:
        page = page_of(invariant)
        if console.is_terminal:
            width = min(console.width, WIDTH)
            console.print(
                Markdown(page, code_theme="ansi_dark", hyperlinks=False), width=width
            )
        else:
            sys.stdout.write(page)
        return ExitCode.HELD
    if not console.is_terminal:
        for name, law in laws():
            sys.stdout.write(f"{name:<20} {law}\n")
        return ExitCode.HELD
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, law in laws():
        table.add_row(name, law)
    console.print(table)
    return ExitCode.HELD
