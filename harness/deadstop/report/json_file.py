"""Where the JSON of a command goes: a file, or standard output."""

import sys
from pathlib import Path
from typing import Final

from deadstop.errors import UsageError

__all__ = ["STANDARD_OUTPUT", "require_writable", "write_json"]

STANDARD_OUTPUT: Final = "-"


def require_writable(json: str | None) -> None:
    """Refuse, before minutes have been spent, what cannot be written after them.

    Raises:
        UsageError: *json* is neither a file that can be nor standard output.
    """
    if json in (None, STANDARD_OUTPUT):
        return
    path = Path(json)
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"--json {json}: it must be a file in a folder that is there, "
            f"or {STANDARD_OUTPUT} for standard output"
        )


def write_json(text: str, json: str) -> None:
    """Write *text* there."""
    if json == STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        Path(json).write_text(text, encoding="utf-8")
