"""A decorated async generator: its body runs only as items are asked for."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncGenerator, Callable
from typing import Any

from arduino_actuators.operations.errors import OperationCancelledError
from arduino_actuators.operations.operation import CancelReason
from arduino_actuators.operations.running import TIDY, RunningOperation


class RunningStream(RunningOperation):
    """The operation of an async generator.

    The body has one task for its whole life, so `asyncio.timeout` and a `TaskGroup`
    may span its yields. Items flow outwards only: `asend()` values are dropped.

    At a `yield` the body waits until it is asked for more. Where the operation is
    cancelled meanwhile (superseded, out of time, shut down), the body does not wait
    for that: the `yield` raises `OperationCancelledError`, it cleans up, and what it
    then raises is what its consumer gets next. Where the consumer closes the
    generator, or drops it, the `yield` raises `GeneratorExit`, as always.
    """

    item: Any = None
    _has_item: bool = False
    _demand: asyncio.Future[bool] | None = None
    _closing: bool = False

    async def advance(
        self,
        func: Callable[..., AsyncGenerator[Any, None]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> bool:
        """Let the body run to its next item; False once there is none to be had."""
        self._has_item = False
        self.item = None
        if self._demand is None:
            pump = functools.partial(self._pump, func)
            await self._wait(self.begin(self.run_body(pump, args, kwargs)))
        elif not (self.ended or self._unheard):
            await self._wait(self._answer(self._demand, more=True))
        return self._has_item and not self._caller_cancelled

    async def close(self) -> None:
        """End the body, wait for its cleanup, and raise what it raised."""
        leaving = self._has_item  # its consumer, at a yield
        if self._demand is not None and not (self.ended or self._unheard):
            self._closing = True
            self.cancel(CancelReason.CALLER_GONE)
            await self._wait(self._answer(self._demand, more=False))
        if (self._closing or leaving) and isinstance(self._error, TIDY):
            self._error = None
        self.outcome()

    def cancel(self, reason: CancelReason) -> bool:
        """Cancel the operation; a body that waits at a yield is let go."""
        cancelled = super().cancel(reason)
        if cancelled and self._demand is not None and not self._demand.done():
            self._demand.set_result(False)
        return cancelled

    def _answer(
        self, demand: asyncio.Future[bool], *, more: bool
    ) -> asyncio.Future[None]:
        if not demand.done():
            demand.set_result(more)
        return self._new_gate()

    async def _wait(self, gate: asyncio.Future[None]) -> None:
        try:
            await gate
        except BaseException as error:  # noqa: BLE001 - judged there
            self.wait_failed(error)

    async def _pump(
        self,
        func: Callable[..., AsyncGenerator[Any, None]],
        *args: Any,  # noqa: ANN401 - func's own
        **kwargs: Any,  # noqa: ANN401 - func's own
    ) -> None:
        async with contextlib.aclosing(func(*args, **kwargs)) as items:
            async for item in items:
                self.item = item
                self._has_item = True
                self._demand = self.loop.create_future()
                self._open_gate()
                if not await self._demand:
                    if not self._closing:
                        await self._interrupt(items)
                    break

    async def _interrupt(self, items: AsyncGenerator[Any, None]) -> None:
        """Let the yield at which the body waits raise that it was cancelled."""
        with contextlib.suppress(StopAsyncIteration):
            await items.athrow(OperationCancelledError(self._why()))
