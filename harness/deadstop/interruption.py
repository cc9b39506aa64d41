"""Signals that ask a run to end: heard once, so that what they begin is not disturbed.

Python's own Ctrl-C raises wherever it strikes, and a second one breaks off what the
first one began: the bench that is putting its rig to rest.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final, Self

__all__ = ["ENDING_SIGNALS", "Interruption"]

# What a terminal, a service manager and a closed terminal send.
ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A bench is at rest or given up long before; who still asks then is heard again.
DEAF_FOR_S: Final = 10.0


class Interruption:
    """A context in which those signals end what `run` runs, in order.

    After that, and until the context is left, they do nothing. A signal that was
    ignored before (``nohup``) stays so.
    """

    def __init__(self) -> None:
        """Make it; listens when it is entered."""
        self.came = False
        self._deaf_until_s = 0.0
        self._cancel: Callable[[], object] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def keep(self) -> None:
        """Let the signals do nothing also after the context, for a process that ends.

        A third Ctrl-C would otherwise strike in the midst of the report.
        """
        self._before.clear()

    def run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *main* on a loop of its own; a signal cancels it, and it may clean up."""
        asyncio.run(self._cancellable(main))

    async def _cancellable(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine of it
        # A handler runs between two bytecodes: the loop has to be woken up.
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self.came:
            return
        try:
            await main()
        except asyncio.CancelledError:
            if not self.came:
                raise
        finally:
            self._cancel = None

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self._cancel is not None and now_s >= self._deaf_until_s:
            self._deaf_until_s = now_s + DEAF_FOR_S
            self._cancel()
        self.came = True
