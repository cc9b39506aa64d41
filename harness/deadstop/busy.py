"""How long a machine that was too busy let the processes of a case wait for a CPU.

A stop that comes late because nobody let its process run says nothing of the
component. What was waited is noted on the trace, and a limit that was missed by no
more than that is a verdict that this machine could not come to.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

__all__ = ["BUSY", "WAITS", "CpuWaits", "Pressure"]

BUSY: Final = "this machine was too busy to tell"
HIGH: Final = 0.2
# The kind of the judge's event; {waited_s}, summed up over all since they began.
WAITS: Final = "cpu-waits"


class CpuWaits:
    """What the threads of some processes have waited for a CPU."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._waited_ns: dict[tuple[int, str], int] = {}

    def total_s(self, pids: Iterable[int]) -> float:
        """Return how many seconds their threads were ready to run, and did not.

        Since each began, summed up; of a thread that has ended, as far as it was
        looked at. A kernel without CONFIG_SCHED_INFO tells nothing, which counts
        as 0. Source: Linux, sched-stats.rst.

        Args:
            pids: the processes to look at.
        """
        for pid in pids:
            with suppress(OSError):  # it has ended
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    with suppress(OSError, IndexError, ValueError):
                        told = (thread / "schedstat").read_text("ascii").split()
                        self._waited_ns[pid, thread.name] = int(told[1])
        return sum(self._waited_ns.values()) / 1e9


class Pressure:
    """Whether anything on this machine had to wait for a CPU, from now on."""

    def __init__(self) -> None:
        """Begin to look."""
        self._since_s = monotonic()
        self._before_s = _stalled_s()

    def is_high(self) -> bool:
        """Whether something waited for more than a fifth of the time since.

        Kernel threads count, too: what passes a pseudo-terminal is carried by one. A
        kernel that does not tell counts as idle. Source: Linux, psi.rst.
        """
        stalled_s = _stalled_s() - self._before_s
        return stalled_s > HIGH * (monotonic() - self._since_s)


def _stalled_s() -> float:
    with suppress(OSError, ValueError, IndexError):
        some = Path("/proc/pressure/cpu").read_text("ascii").splitlines()[0]
        return int(some.rpartition("total=")[2]) / 1e6
    return 0.0
