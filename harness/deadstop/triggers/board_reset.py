"""`board-reset`: the board is reset while it moves, as by its button.

The reset itself ends every motion, so no stop is owed. But the call must not come back
as a success, nothing may move until it is asked anew, and then it must move again.

Not before the first byte: nothing moves yet, and the call may well succeed after it.
"""

from typing import Final

from deadstop.moments import Moment
from deadstop.triggers.base import IN_MOTION, Actor, Ends, Stopper, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="board-reset",
    summary="the board is reset, which ends every motion on it",
    ends=Ends.BOARD,
    moments=IN_MOTION - {Moment.BEFORE_FIRST_BYTE},
    actor=Actor.JUDGE,
    harm=lambda hands, struck: hands.reset_board(struck.component),
    stopper=Stopper.RESET,
    keeps_position=False,
)
