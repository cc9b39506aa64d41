"""B6: it reads the port with calls that block the event loop until a line has come."""

from typing import Any, Final

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from arduino_actuators.wire import Verb
from deadstop.gallery.blocking_talk import BlockingMotor

READ_S: Final = 0.2


class BrokenMotor(BlockingMotor):
    """Right but for one thing."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, look at the operation, and read, as if nobody else used the loop."""
        operation: Operation = kwargs[Operation.ARG_NAME]
        line = await self.connect()
        number = line.begin(Verb.MOVE, *self.way(rpm, revolutions))
        while number not in line.ends:
            if await operation.is_cancelled():
                line.halt()
                raise OperationCancelledError
            line.renew(number)
            line.listen(READ_S)
        self.require_arrived(line.ends[number])
