"""A harness that puts a board under guard, lets it spin, and then goes wrong.

``python reckless.py PORT RECORD HOW``; it writes ``spinning`` once the board moves.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import serial

from arduino_actuators.wire import encode_command, hello, spin
from deadstop.guardian import GuardedBoard, Guardian

LEASE_MS = 2000  # long: the guardian must be quicker than the board itself
SPEED_CPS = 4000


async def main() -> None:
    """Guard, spin, go wrong."""
    path, record, how, *power_off = sys.argv[1:]
    port = serial.Serial(path, 115200, timeout=1.0)
    with Guardian(0.3, Path(record)) as guardian:
        board = GuardedBoard("", "ab", 1.0, power_off=power_off)
        guardian.listen(Path(record).with_suffix(".stop"))
        guardian.guard(board, port.fileno())
        guardian.beat(lambda: None)
        port.write(encode_command(hello(1, 1)))
        port.write(encode_command(spin(2, "a", 1, LEASE_MS, SPEED_CPS)))
        while b"started" not in port.readline():
            pass
        if how == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.write("spinning\n")
        sys.stdout.flush()
        if how == "hang":
            time.sleep(60)  # noqa: ASYNC251 - that is what goes wrong
        elif how == "raise":
            raise RuntimeError("on purpose")
        elif how == "half":  # ends amid a frame
            port.write(b":3 spin a 2 2000 40")
            os._exit(1)
        elif how == "rest":
            guardian.leave("")
            return
        await asyncio.sleep(60)


asyncio.run(main())
