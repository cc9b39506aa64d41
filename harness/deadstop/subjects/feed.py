"""What a streamed call is fed with: batches, one after the other, at their pace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Self

__all__ = ["Feed"]


class Feed(AsyncIterator[list[Any]]):
    """The batches of one call; a trigger can break it at any time.

    Not a generator: whoever drops it half read leaves nothing to be finalized.
    """

    def __init__(self, batches: Sequence[list[Any]], every_s: float) -> None:
        """Give *batches*, the first at once, each other *every_s* seconds later."""
        self._left = list(batches)
        self._last: list[Any] = []
        self._every_s = every_s
        self._begun = False
        self._hurry = asyncio.Event()
        self._error: Exception | None = None
        self._waiting = True
        self._when_waiting: Callable[[], object] | None = None
        self.ended = False  # the end was given: nothing of it can break any more

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Any]:
        """Return the next batch, in its time.

        Raises:
            Exception: what `fail` was given.
        """
        if self._begun and (self._left or self._hurry.is_set()):
            await self._wait_due()
        self._begun = True
        if self._error is not None:
            raise self._error
        if not self._left:
            self.ended = True
            self._wait()
            raise StopAsyncIteration
        self._waiting = False
        self._last = self._left.pop(0)
        return self._last

    async def _wait_due(self) -> None:
        self._wait()
        try:
            async with asyncio.timeout(self._every_s):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    def _wait(self) -> None:
        self._waiting = True
        if self._when_waiting is not None:
            self._when_waiting()
            self._when_waiting = None

    def when_waiting(self, act: Callable[[], object]) -> None:
        """Call *act* while no batch is being sent: now, or as soon as that is so."""
        if self._waiting:
            act()
        else:
            self._when_waiting = act

    def peek(self) -> list[Any]:
        """Return the batch that comes next; behind the last one, the last."""
        return self._left[0] if self._left else self._last

    def send_next(self, batch: list[Any]) -> None:
        """Give *batch* next, at once."""
        self._left.insert(0, batch)
        self._hurry.set()

    def fail(self, error: Exception) -> None:
        """Raise *error* next, at once."""
        self._error = error
        self._hurry.set()
