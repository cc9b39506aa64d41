"""What a run records has to be written; what keeps it from that is said in one line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deadstop.errors import UsageError

__all__ = ["writing"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what cannot be written within this context which file it is.

    Args:
        path: that it is, or is in, where the system does not name one.

    Raises:
        UsageError: it cannot be written; what to do.
    """
    try:
        yield
    except OSError as error:
        advice = "see that its folder is there and may be written to"
        if error.errno in _FULL:
            advice = "make room there"
        raise UsageError(
            f"cannot write {error.filename or path}: {error.strerror or error}; "
            f"{advice}, or give another folder with --out"
        ) from error
