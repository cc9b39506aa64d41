"""The link to a motor board: the one place that talks to a serial port.

`port.py` moves bytes, `commands.py` pairs commands with answers, `motion.py` is one
motion from its frame to its end, `line.py` one of several axes with its waypoints,
`board.py` joins them, `shared.py` lets the
components on one board use one link.
"""

from arduino_actuators.link.board import BoardLink
from arduino_actuators.link.line import LiveLine
from arduino_actuators.link.motion import LiveMotion, MotionEnd
from arduino_actuators.link.shared import acquire_link, release_link

__all__ = [
    "BoardLink",
    "LiveLine",
    "LiveMotion",
    "MotionEnd",
    "acquire_link",
    "release_link",
]
