"""Correct: it polls its operation with `is_cancelled`, every few milliseconds."""

import asyncio
from typing import Any, Final

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from arduino_actuators.wire import Verb
from deadstop.gallery.talk import RENEW_S
from deadstop.gallery.wire_motor import WireMotor

POLL_S: Final = 0.005


class PollingMotor(WireMotor):
    """As many drivers do it, but often enough."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, and look again and again whether anybody still wants it."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        talk = await self.ready()
        if await operation.is_cancelled():
            raise OperationCancelledError
        turn = talk.turn()
        try:
            await turn.begin(Verb.MOVE, *self.way(rpm, revolutions))
            polls = 0
            while not turn.end.done() and not await operation.is_cancelled():
                await asyncio.sleep(POLL_S)
                polls += 1
                if polls * POLL_S >= RENEW_S:
                    polls = 0
                    await turn.renew()
        finally:
            if not turn.over:
                await talk.halt()
        if operation.reason is not None:
            raise OperationCancelledError
        self.require_arrived(turn.end.result())
