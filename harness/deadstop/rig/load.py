"""Find a rig file, read it, and say clearly what is wrong with it."""

import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from deadstop.errors import RigFileError, UsageError
from deadstop.resources import resource_folder
from deadstop.rig.mistakes import explain
from deadstop.rig.model import Rig
from deadstop.rig.references import show

__all__ = ["builtin_rigs", "load_rig"]

_SUFFIX: Final = ".toml"
# A rig file is a page or two; what is larger is another file.
_MAX_BYTES: Final = 1_000_000
_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE: Final = ("overwrite", "twice", "Duplicate", "mutate", "redefine")


def builtin_rigs() -> tuple[Rig, ...]:
    """Return the rigs that travel with Deadstop, by name."""
    return tuple(_read(file) for _, file in sorted(_builtin_files().items()))


def load_rig(name_or_path: str) -> Rig:
    """Read a rig.

    Args:
        name_or_path: the name of a built-in rig, or a path: it ends in ``.toml`` or
            has a slash in it.

    Raises:
        UsageError: no built-in rig has this name; the message lists them.
        RigFileError: the file cannot be read, or says something wrong; the message
            is one line, ``PATH:LINE: what; what is allowed``.
    """
    if name_or_path.endswith(_SUFFIX) or "/" in name_or_path:
        return _read(Path(name_or_path))
    files = _builtin_files()
    if name_or_path not in files:
        raise UsageError(
            f"no built-in rig is called {show(name_or_path)}; there are: "
            f"{', '.join(sorted(files))}; a file of your own is given as a path "
            f"that ends in {_SUFFIX}"
        )
    return _read(files[name_or_path])


def _builtin_files() -> dict[str, Traversable]:
    return {
        file.name.removesuffix(_SUFFIX): file
        for file in resource_folder("rigs").iterdir()
        if file.name.endswith(_SUFFIX)
    }


def _read(file: Traversable) -> Rig:
    shown = str(file) if str(file).isprintable() else ascii(str(file))
    text = _text(file, shown)
    data: dict[str, Any] = {}
    try:
        data = tomllib.loads(text)
        if not data:
            raise RigFileError(
                f"{shown}:1: the file is empty; a rig has name, board, components and "
                "motions; start from a copy of the built-in loopback.toml"
            )
        folder = file.parent if isinstance(file, Path) else None
        return Rig.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        raise RigFileError(f"{shown}:{explain(error, data, text)}") from error
    except RecursionError:
        raise RigFileError(
            f"{shown}:1: arrays or tables are nested too deep; "
            "a rig needs no more than four levels"
        ) from None
    except ValueError as error:  # also an integer of more than 4300 digits
        raise RigFileError(f"{shown}:{_bad_toml(str(error), text)}") from error


def _text(file: Traversable, shown: str) -> str:
    try:
        if not file.is_file():
            raise RigFileError(
                f"{shown}: {_what_instead(file)}; give the path of a rig file"
            )
        with file.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        why = getattr(error, "strerror", None) or str(error)
        raise RigFileError(f"{shown}: cannot be read: {why}") from error
    if len(raw) > _MAX_BYTES:
        raise RigFileError(
            f"{shown}: has more than {_MAX_BYTES} bytes; that is no rig file"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RigFileError(
            f"{shown}:{line}: byte 0x{raw[error.start]:02x} is not UTF-8; "
            "save the file as UTF-8"
        ) from error


def _what_instead(file: Traversable) -> str:
    if file.is_dir():
        return "is a directory"
    if isinstance(file, Path) and file.exists():
        return "is not a regular file"
    return "there is no such file"


def _bad_toml(message: str, text: str) -> str:
    lines = text.splitlines() or [""]
    at = _AT.search(message)
    what = ascii(message[: at.start()] if at else message)[1:-1]
    if not at:
        return f" bad TOML: {what}"
    number = int(at[1]) if at[1] else len(lines)
    key, equals, _ = lines[min(number, len(lines)) - 1].partition("=")
    if any(word in message for word in _TWICE):
        whole_line = equals and "inline" not in message
        named = f"key {show(key.strip())}" if whole_line else "a key or a table"
        return f"{number}: {named} is given twice ({what}); keep one of them"
    where = f"column {at[2]}" if at[2] else "end of file"
    return (
        f"{number}: bad TOML at {where}: {what}; allowed: KEY = VALUE, with texts in "
        "quotes, and [TABLE]"
    )
