"""The pages about the invariants, which travel with Deadstop."""

from collections.abc import Iterator
from typing import Final

from deadstop.errors import UsageError
from deadstop.invariants import INVARIANTS
from deadstop.report.text import safe
from deadstop.resources import resource_folder

__all__ = ["laws", "page_of"]

_BOLD: Final = "**"


def page_of(invariant: str) -> str:
    """Return the page about *invariant*, in Markdown.

    Raises:
        UsageError: there is no such invariant; the message lists them.
    """
    if invariant not in INVARIANTS:
        raise UsageError(
            f"unknown invariant {safe(invariant)!r}; known: {', '.join(INVARIANTS)}"
        )
    page = resource_folder("docs") / "invariants" / f"{invariant}.md"
    return page.read_text(encoding="utf-8")


def laws() -> Iterator[tuple[str, str]]:
    """Yield each invariant with its law: the sentence in bold under the title."""
    for name in INVARIANTS:
        law = page_of(name).split(_BOLD)[1]
        yield name, " ".join(law.split())
