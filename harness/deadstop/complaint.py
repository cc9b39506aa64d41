"""One line on standard error for whatever ends a command early."""

import contextlib
import os
import sys
import traceback
from typing import Final

from deadstop.errors import DeadstopError
from deadstop.report.text import safe

__all__ = ["complain", "explain_error"]

INTERNAL: Final = 70  # `ExitCode.INTERNAL`, without its imports: --help must be quick
MAX_CHARACTERS: Final = 4000  # a path alone may have as many; the advice comes last


def explain_error(error: Exception) -> tuple[str, int]:
    """Return a line about *error*, and the exit code that belongs to it.

    With ``DEADSTOP_TRACEBACK`` set, a traceback is printed of what nobody foresaw.
    """
    if isinstance(error, DeadstopError):
        return str(error), int(error.exit_code)
    if os.environ.get("DEADSTOP_TRACEBACK"):
        traceback.print_exception(error)
    if isinstance(error, OSError):
        return f"the system refused: {error}", INTERNAL
    what = f"{type(error).__name__}: {error}"
    return f"internal error: {what}; set DEADSTOP_TRACEBACK=1 to see where", INTERNAL


def complain(message: str) -> None:
    """Write ``deadstop: MESSAGE``; text in it that came from elsewhere is escaped."""
    with contextlib.suppress(OSError):  # the terminal is gone, or the disk is full
        sys.stderr.write(f"deadstop: {safe(message, MAX_CHARACTERS)}\n")
        sys.stderr.flush()
