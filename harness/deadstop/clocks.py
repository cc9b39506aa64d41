"""The clocks that a case can be played on."""

from enum import StrEnum

__all__ = ["Clock"]


class Clock(StrEnum):
    """Whose time it is."""

    REAL = "real"  # CLOCK_MONOTONIC: real processes, real sockets, real waiting
    VIRTUAL = "virtual"  # the simulated board's own: nothing waits, nothing is late
