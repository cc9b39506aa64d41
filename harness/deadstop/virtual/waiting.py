"""What everyone waits for: the tasks of a loop, each with the line it stands in."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["describe_tasks", "describe_waiting", "place_of"]


def describe_waiting(loop: asyncio.AbstractEventLoop, otherwise: str) -> str:
    """Say of each task of *loop* where it waits, or *otherwise* if there is none."""
    return describe_tasks(asyncio.all_tasks(loop)) or otherwise


def describe_tasks(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Say of each of *tasks* where it waits."""
    named = sorted(tasks, key=lambda task: task.get_name())
    return "; ".join(map(_describe, named))


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
