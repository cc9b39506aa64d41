"""A step pin's edges, each at its cycle, gathered into a few events."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

__all__ = ["Pulses"]

_MOST_EDGES: Final = 64  # in an event: some 400 characters at 1000 steps/s


class Pulses:
    """The edges of one pin; they alternate, so only the first one's level is kept."""

    def __init__(self, report: Callable[[int, int, str], None]) -> None:
        """Begin with none.

        Args:
            report: called with the cycle of the first edge, the level from there on,
                and the cycles from each edge to the next, separated by spaces.
        """
        self._report = report
        self._level = 0
        self._cycles: list[int] = []

    def add(self, cycle: int, level: int) -> None:
        """See an edge."""
        if not self._cycles:
            self._level = level
        self._cycles.append(cycle)
        if len(self._cycles) == _MOST_EDGES:
            self.flush()

    def flush(self) -> None:
        """Report what there is."""
        cycles, self._cycles = self._cycles, []
        if cycles:
            gaps = (b - a for a, b in pairwise(cycles))
            self._report(cycles[0], self._level, " ".join(map(str, gaps)))
