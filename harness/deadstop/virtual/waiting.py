"""What everyone waits for: the tasks of a loop, each with the line it stands in."""

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["describe_waiting", "place_of"]


def describe_waiting(loop: asyncio.AbstractEventLoop, otherwise: str) -> str:
    """Say of each task where it stands and what it awaits."""
    tasks = sorted(
        (task for task in asyncio.all_tasks(loop)), key=lambda task: task.get_name()
    )
    return "; ".join(map(_describe, tasks)) or otherwise


def _describe(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    name = getattr(coroutine, "__qualname__", type(coroutine).__name__)
    return f"{task.get_name()} ({name}) waits at {place_of(coroutine)}"


def place_of(coroutine: object) -> str:
    """Return where *coroutine*, or the innermost one it awaits, stands."""
    place = "its beginning"
    inner: object = coroutine
    while inner is not None:
        frame = getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None)
        if frame is None:
            return place  # what is awaited is a future, written in C
        code: CodeType = frame.f_code
        place = f"{code.co_filename}:{frame.f_lineno} in {code.co_qualname}"
        inner = getattr(inner, "cr_await", None) or getattr(inner, "gi_yieldfrom", None)
    return place
