"""Was this machine too busy to be judged by? The kernel keeps account of that."""

import os
import time
from pathlib import Path
from typing import Final

__all__ = ["CpuPressure"]

# Linux since 4.20: how long, in us, some task was ready to run and was not let.
_ACCOUNT: Final = Path("/proc/pressure/cpu")
# A machine that does nothing else has 1 to 5 % during a case; two busy loops on two
# cores make it 80 % and more.
_BUSY_SHARE: Final = 0.2


class CpuPressure:
    """What the CPU owed to those that were ready to run, from now on."""

    def __init__(self) -> None:
        """Begin."""
        self._began_s = time.monotonic()
        self._stalled_us = _stalled_us()

    @property
    def busy(self) -> bool:
        """Whether this machine had more to do than it has cores, much of the time."""
        if self._stalled_us is None:
            return os.getloadavg()[0] > (os.cpu_count() or 1)
        took_s = max(time.monotonic() - self._began_s, 1e-3)
        stalled_us = (_stalled_us() or 0) - self._stalled_us
        return stalled_us / 1e6 > _BUSY_SHARE * took_s


def _stalled_us() -> int | None:
    try:
        some = _ACCOUNT.read_text(encoding="ascii").splitlines()[0]
    except (OSError, IndexError):
        return None  # the kernel was built without it
    return int(some.rpartition("total=")[2])
