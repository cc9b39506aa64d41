"""`board-reset`, `brown-out`: the board is reset while it moves, as by its button.

Or by its supply, which sags where a motor draws more than it gives.
The reset itself ends every motion, so no stop is owed. But the call must not come back
as a success, nothing may move until it is asked anew, and then it must move again.

Not before the first byte: nothing moves yet, and the call may well succeed after it.
"""

from typing import Final

from arduino_actuators.wire import BootCause
from deadstop.moments import Moment
from deadstop.triggers.base import AIMED, IN_MOTION, Actor, Ends, Stopper, Trigger

__all__ = ["TRIGGERS"]

TRIGGERS: Final = (
    Trigger(
        name="board-reset",
        summary="the board is reset, which ends every motion on it",
        ends=Ends.BOARD,
        moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
        actor=Actor.JUDGE,
        harm=lambda hands, struck: hands.reset_board(struck.component),
        stopper=Stopper.RESET,
        keeps_position=False,
    ),
    Trigger(
        name="brown-out",
        summary="the board's supply sags under the load, which resets it",
        ends=Ends.BOARD,
        moments=AIMED,  # where a motor draws
        actor=Actor.JUDGE,
        harm=lambda hands, struck: hands.reset_board(
            struck.component, BootCause.BROWNOUT
        ),
        stopper=Stopper.RESET,
        keeps_position=False,
    ),
)
