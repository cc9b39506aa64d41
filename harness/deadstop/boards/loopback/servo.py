"""One axis' position loop: feed-forward and PID on encoder counts."""

from collections import deque
from typing import Final

from deadstop.boards.loopback.config import TICK_S, ServoGains
from deadstop.boards.loopback.profile import Setpoint

__all__ = ["FULL_PERMILLE", "Servo", "SpeedMeter"]

FULL_PERMILLE: Final = 1000
_WINDOW_TICKS: Final = 8  # one count in 8 ms is 125 counts/s: the meter's resolution
_WINDOW_S: Final = _WINDOW_TICKS * TICK_S
_NEAR_COUNTS: Final = 1.5  # within it the integral rests: friction would make it hunt


class SpeedMeter:
    """Speed from the counts of the last few ticks.

    Attributes:
        speed_cps: the mean over these.
    """

    def __init__(self, counts: int) -> None:
        """Stand at *counts*."""
        self._counts = deque([counts] * (_WINDOW_TICKS + 1), _WINDOW_TICKS + 1)
        self.speed_cps = 0.0

    def update(self, counts: int) -> None:
        """Take the count of this tick."""
        window = self._counts
        window.append(counts)
        self.speed_cps = (counts - window[0]) / _WINDOW_S

    @property
    def settled(self) -> bool:
        """Whether the count was the same all over the window."""
        return self._counts.count(self._counts[-1]) > _WINDOW_TICKS


class Servo:
    """Turns setpoint and measurement into a duty cycle."""

    def __init__(self, gains: ServoGains) -> None:
        """Start with nothing integrated."""
        self._gains = gains
        self._integral_permille = 0.0

    def reset(self) -> None:
        """Forget what is integrated."""
        self._integral_permille = 0.0

    def duty_permille(self, setpoint: Setpoint, counts: int, speed_cps: float) -> int:
        """Return the duty cycle for this tick, -1000 to 1000."""
        g = self._gains
        wanted_counts, wanted_cps, accel_cps2 = setpoint
        behind_counts = wanted_counts - counts
        duty = (
            wanted_cps * g.speed_permille_s
            + accel_cps2 * g.accel_permille_s2
            + behind_counts * g.p_permille
            + (wanted_cps - speed_cps) * g.d_permille_s
            + self._integral_permille
        )
        if wanted_cps:
            duty += g.friction_permille if wanted_cps > 0 else -g.friction_permille
        if duty >= FULL_PERMILLE:
            return FULL_PERMILLE
        if duty <= -FULL_PERMILLE:
            return -FULL_PERMILLE
        # Anti-windup: integrate only what the bridge can still carry out.
        if abs(behind_counts) > _NEAR_COUNTS:
            self._integral_permille += behind_counts * g.i_permille_per_s * TICK_S
        return round(duty)
