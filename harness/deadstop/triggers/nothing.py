"""`none`: nothing ends the motion early. It is the reference for all others."""

from typing import Final

from deadstop.moments import Moment
from deadstop.triggers.base import Ends, Trigger

__all__ = ["TRIGGER"]

TRIGGER: Final = Trigger(
    name="none",
    summary="nothing: the motion ends by itself (the reference)",
    ends=Ends.NOTHING,
    moments=frozenset({Moment.IDLE}),
)
