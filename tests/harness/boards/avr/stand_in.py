"""A process like the one that simulates AVRs, with the quicker twin inside.

What is named as the firmware says how it misbehaves: ``fails`` and ``falls silent``.
"""

import sys
import time
from collections.abc import Callable
from typing import Final

from deadstop.boards.avr.far_end import serve
from deadstop.boards.avr.pins import SHIELD_AXES, ShieldName
from deadstop.boards.clocked import ClockedBoard
from deadstop.boards.loopback import BoardConfig, ClockedLoopback
from deadstop.trace import Event

__all__ = ["COMMAND"]

COMMAND: Final = (sys.executable, "-P", __file__)


def _make(
    firmware: str, shield: ShieldName, observe: Callable[[Event], None]
) -> ClockedBoard:
    if firmware == "fails":
        raise RuntimeError("there is no such chip")
    if firmware == "falls silent":
        time.sleep(3600)
    config = BoardConfig.of_shield(shield, SHIELD_AXES[shield])
    return ClockedLoopback(config, t_s=time.monotonic(), observe=observe)


if __name__ == "__main__":
    serve(_make)
