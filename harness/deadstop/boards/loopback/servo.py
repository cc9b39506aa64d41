"""One axis' position loop: feed-forward and PID on encoder counts."""

from collections import deque
from typing import Final

from deadstop.boards.loopback.config import TICK_S, ServoGains
from deadstop.boards.loopback.profile import Setpoint

__all__ = ["FULL_PERMILLE", "Servo", "SpeedMeter"]

FULL_PERMILLE: Final = 1000
_WINDOW_TICKS: Final = 8  # one count in 8 ms is 125 counts/s: the meter's resolution
_NEAR_COUNTS: Final = 1.5  # within it the integral rests: friction would make it hunt


class SpeedMeter:
    """Speed from the counts of the last few ticks."""

    def __init__(self, counts: int) -> None:
        """Stand at *counts*."""
        self._counts = deque([counts] * (_WINDOW_TICKS + 1), _WINDOW_TICKS + 1)

    def update(self, counts: int) -> None:
        """Take the count of this tick."""
        self._counts.append(counts)

    @property
    def speed_cps(self) -> float:
        """Mean speed over the window."""
        return (self._counts[-1] - self._counts[0]) / (_WINDOW_TICKS * TICK_S)


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
        behind_counts = setpoint.position_counts - counts
        duty = (
            setpoint.speed_cps * g.speed_permille_s
            + setpoint.accel_cps2 * g.accel_permille_s2
            + behind_counts * g.p_permille
            + (setpoint.speed_cps - speed_cps) * g.d_permille_s
            + self._integral_permille
        )
        if setpoint.speed_cps:
            duty += (
                g.friction_permille if setpoint.speed_cps > 0 else -g.friction_permille
            )
        # Anti-windup: integrate only what the bridge can still carry out.
        if abs(behind_counts) > _NEAR_COUNTS and abs(duty) < FULL_PERMILLE:
            self._integral_permille += behind_counts * g.i_permille_per_s * TICK_S
        return round(max(-FULL_PERMILLE, min(FULL_PERMILLE, duty)))
