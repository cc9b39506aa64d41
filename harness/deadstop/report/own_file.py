"""A file of a report: written whole or not at all, and never over somebody else's."""

from collections.abc import Callable
from pathlib import Path
from typing import IO

from deadstop.errors import UsageError

__all__ = ["replace_own"]


def replace_own(
    out: Path, begin: str, option: str, write: Callable[[IO[str]], object]
) -> Path:
    """Let *write* fill *out*; return *out*.

    Args:
        out: the file; what is there already must begin as ours do, or be empty.
        begin: how that is.
        option: which one to give another file with.
        write: gets the file.

    Raises:
        UsageError: *out* cannot be written, or something else is in it.
    """
    if not out.parent.is_dir():
        raise UsageError(f"{out}: there is no folder {out.parent}")
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        if out.exists() and not _is_own(out, begin.encode()):
            raise UsageError(
                f"{out} is there, and not by this command; give another {option}"
            )
        with unfinished.open("w", encoding="utf-8") as file:
            write(file)
        unfinished.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return out


def _is_own(out: Path, begin: bytes) -> bool:
    with out.open("rb") as file:
        there = file.read(len(begin))
    return there in (b"", begin)
