"""One operation at a time on one actuator; a newer one supersedes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from arduino_actuators.operations.errors import OperationCancelledError
from arduino_actuators.operations.operation import CancelReason, Operation
from arduino_actuators.operations.running import current_operation


class OperationManager:
    """Grants an actuator to one operation at a time, the latest asker first.

    The counterpart of `SingleOperationManager` in Viam's Go packages.
    """

    def __init__(self) -> None:
        """Start with the actuator free."""
        self._holder: Operation | None = None
        self._next: Operation | None = None
        self._released = asyncio.Event()

    @property
    def running(self) -> Operation | None:
        """The operation that holds the actuator."""
        return self._holder

    def is_current(self, operation: Operation) -> bool:
        """Tell whether *operation*, or one it runs inside, holds the actuator."""
        return self._holder is not None and self._holder in operation.lineage()

    @contextlib.asynccontextmanager
    async def take(self, operation: Operation) -> AsyncIterator[None]:
        """Hold the actuator for *operation* while the block runs.

        Cancels the holder as SUPERSEDED and waits until its block has ended, its
        cleanup included. Of several waiting, only the latest ever starts. An
        operation that runs inside the holder enters at once.

        Put the stop inside the block: there it cannot hit a newer operation.

        Raises:
            OperationCancelledError: *operation* was cancelled before its turn.
        """
        if self.is_current(operation):
            yield
            return
        await self._wait_turn(operation)
        self._holder = operation
        try:
            yield
        finally:
            self._holder = None
            self._released.set()
            self._released = asyncio.Event()

    async def cancel_running(
        self, reason: CancelReason = CancelReason.SUPERSEDED
    ) -> bool:
        """Cancel whoever holds or waits, and wait until the holder's block has ended.

        Does nothing when called from inside the holder, which would wait for itself.

        Returns:
            Whether there was a holder to wait for.
        """
        holder = self._holder
        asker = current_operation()
        if asker is not None and self.is_current(asker):
            return False
        if self._next is not None:
            self._next.cancel(reason)
        if holder is None:
            return False
        holder.cancel(reason)
        while self._holder is holder:
            await self._released.wait()
        return True

    async def _wait_turn(self, operation: Operation) -> None:
        if operation.reason is None:
            if self._next is not None:
                self._next.cancel(CancelReason.SUPERSEDED)
            self._next = operation
            if self._holder is not None:
                self._holder.cancel(CancelReason.SUPERSEDED)
        try:
            while self._holder is not None or operation.reason is not None:
                await operation.run_until_cancelled(self._released.wait())
        finally:
            if self._next is operation:
                self._next = None
        if operation.reason is not None:
            raise OperationCancelledError(f"{operation} was cancelled before its turn")
