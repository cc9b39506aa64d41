"""What lives: processes of this one's making, and descriptors."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

# An unreaped process has ended; its parent merely has not looked (proc(5)).
ENDED_STATES = "ZX"


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    state, parent = stat.rpartition(")")[2].split()[:2]
    return state, int(parent)


def is_running(pid: int) -> bool:
    """Whether *pid* runs."""
    return _state_and_parent(pid)[0] not in ENDED_STATES


def parent_of(pid: int) -> int:
    """Return the parent of *pid*."""
    return _state_and_parent(pid)[1]


def descendants() -> set[int]:
    """Return the running processes that this one started, directly or not."""
    pids = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    parents = {pid: parent_of(pid) for pid in pids if is_running(pid)}
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def descriptors() -> list[str]:
    """Return what this process has open."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(entry.readlink()))
        except FileNotFoundError:
            continue  # the descriptor of the listing itself
    return sorted(found)


async def comes_true(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Wait until *condition* holds; processes end without telling us."""
    until_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until_s:
            return False
        await asyncio.sleep(0.01)
    return True
