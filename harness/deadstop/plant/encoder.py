"""A quadrature encoder: shaft angle to counts."""

import math

__all__ = ["QuadratureEncoder"]


class QuadratureEncoder:
    """Counts whole quadrature edges; it counts from its power-up at angle 0."""

    def __init__(self, counts_per_rev: int) -> None:
        """Set the resolution: four counts for each encoder line."""
        self.counts_per_rev = counts_per_rev
        self._dead_at_counts: int | None = None

    def counts(self, position_rev: float) -> int:
        """Return the count at *position_rev*; a dead encoder repeats its last."""
        if self._dead_at_counts is not None:
            return self._dead_at_counts
        # Half a count of offset: angle 0 is the middle of a count, not an edge.
        return math.floor(position_rev * self.counts_per_rev + 0.5)

    @property
    def dead(self) -> bool:
        """Whether it repeats one count for ever."""
        return self._dead_at_counts is not None

    def die(self, position_rev: float) -> None:
        """Freeze at the count of *position_rev*, as with a broken wire."""
        self._dead_at_counts = self.counts(position_rev)
