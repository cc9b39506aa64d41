"""Which processes have a serial port open, as far as this one may look (proc(5))."""

import contextlib
import os
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["PortUser", "command_of", "port_users"]

_MOST_CHARACTERS: Final = 200


class PortUser(NamedTuple):
    """One descriptor of one process."""

    pid: int
    fd: int


def port_users(path: str) -> frozenset[PortUser]:
    """Return who has the device at *path* open."""
    real = os.path.realpath(path)
    found = set()
    for process in os.scandir("/proc"):
        if not process.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            for descriptor in os.scandir(f"{process.path}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(descriptor.path) == real:  # noqa: PTH115 - quick
                        found.add(PortUser(int(process.name), int(descriptor.name)))
    return frozenset(found)


def command_of(pid: int) -> str:
    """Return what was typed to start a process, on one line that is not endless.

    Empty, if that cannot be known.
    """
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    words = line.replace(b"\0", b" ").decode("utf-8", "replace").split()
    return " ".join(words)[:_MOST_CHARACTERS]
