"""How long a machine that was too busy let the processes of a case wait for a CPU.

A stop that comes late because nobody let its process run says nothing of the
component. What was waited is noted on the trace, and a limit that was missed by no
more than that is a verdict that this machine could not come to.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["BUSY", "WAITS", "CpuWaits"]

BUSY: Final = "this machine was too busy to tell"
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
