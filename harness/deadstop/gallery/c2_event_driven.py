"""Correct: the cancellation calls it back, and the stop leaves inside that call."""

import contextlib
from typing import Any

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from arduino_actuators.wire import Verb
from deadstop.gallery.talk import BoardError
from deadstop.gallery.wire_motor import WireMotor


class EventDrivenMotor(WireMotor):
    """Nothing is polled."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; a callback of the operation's stops the motor."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        talk = await self.ready()
        if operation.reason is not None:
            raise OperationCancelledError
        turn = talk.turn()
        still = None

        def cut() -> None:
            nonlocal still
            if not turn.over:
                with contextlib.suppress(BoardError):  # told to who waits for the end
                    still = talk.stop_now()

        operation.add_cancel_callback(cut)
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            end = await turn.wait_end()
        finally:
            operation.remove_cancel_callback(cut)
            if still is not None:
                await talk.confirmed(still)
        if operation.reason is not None:
            raise OperationCancelledError
        self.require_arrived(end)
