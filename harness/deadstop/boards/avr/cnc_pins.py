"""Which pin does what: the CNC Shield V3 with three stepper drivers on an Uno.

The firmware's half of this table is its `cnc_pins.h`; a test holds the two equal.
What nobody drives: the shield pulls the enable up, which is drivers off; step and
direction are pulled down inside of the drivers.
"""

from dataclasses import dataclass
from typing import Final

from deadstop.boards import BoardError

__all__ = ["ENABLE", "ENABLE_LABEL", "JOINTS", "JointPins", "no_encoder"]

ENABLE: Final = "PB0"  # of all three drivers; active low
ENABLE_LABEL: Final = "D8"


@dataclass(frozen=True, slots=True)
class JointPins:
    """One joint's pins by port, and the names printed on the Uno beside them.

    The limit switch connects its pin to ground when it is closed; open it leaves it to
    the chip's own pull-up.
    """

    step: str
    direction: str
    limit: str
    step_label: str
    direction_label: str
    limit_label: str


JOINTS: Final = {
    "a": JointPins("PD2", "PD5", "PB1", "D2", "D5", "D9"),
    "b": JointPins("PD3", "PD6", "PB2", "D3", "D6", "D10"),
    "c": JointPins("PD4", "PD7", "PB3", "D4", "D7", "D11"),
}


def no_encoder(axis: str) -> BoardError:
    """Say why nothing can be done to the encoder of *axis*."""
    return BoardError(
        f"axis {axis!r} of the cnc shield has no encoder to break: its steps are "
        "counted; to have some lost, jam the shaft"
    )
