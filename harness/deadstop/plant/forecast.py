"""When an encoder will next count: the motor's own closed form, solved for time."""

import math
from typing import Final

from deadstop.plant.motor import Motor

__all__ = ["next_count_s"]

_CLOSE_S: Final = 1e-12  # far below a cycle of any controller's clock
# Newton's rule needs 2 to 6 turns, but halves its error only where the shaft just
# about reaches the edge before it stops.
_TURNS: Final = 60


def next_count_s(motor: Motor, duty: float, *, brake: bool) -> float:
    """Say how long the count will stay as it is, with the bridge set so.

    Returns:
        Seconds from now, right to rounding; infinity if it stays for ever. What
        injures the motor or its encoder makes the answer void.
    """
    if motor.jammed or motor.encoder.dead:
        return math.inf
    per_rev = motor.encoder.counts_per_rev
    counts = motor.counts
    above_rev = (counts + 0.5) / per_rev - motor.position_rev
    below_rev = motor.position_rev - (counts - 0.5) / per_rev
    waited_s = 0.0
    speed_rev_s = motor.speed_rev_s
    for _ in range(2):  # to standstill, and away from it
        direction = motor.direction(speed_rev_s, duty)
        if not direction:
            return math.inf
        final_rev_s, tau_s = motor.course(direction, duty, brake=brake)
        final_rev_s *= direction
        speed_rev_s *= direction
        way_rev = above_rev if direction > 0.0 else below_rev
        rest_s = math.inf
        if final_rev_s < 0.0 < speed_rev_s:
            rest_s = tau_s * math.log((speed_rev_s - final_rev_s) / -final_rev_s)
            reach_rev = final_rev_s * rest_s + speed_rev_s * tau_s
        elif final_rev_s <= 0.0:
            reach_rev = speed_rev_s * tau_s
        else:
            reach_rev = math.inf
        if way_rev < reach_rev:
            return waited_s + _time_s(way_rev, speed_rev_s, final_rev_s, tau_s, rest_s)
        if math.isinf(rest_s):
            return math.inf
        waited_s += rest_s
        speed_rev_s = 0.0
        above_rev -= direction * reach_rev
        below_rev += direction * reach_rev
    return math.inf


def _time_s(
    way_rev: float, speed_rev_s: float, final_rev_s: float, tau_s: float, most_s: float
) -> float:
    """Solve for the time in which a shaft that only goes forward makes its way."""
    if way_rev <= 0.0:
        return 0.0
    away_rev_s = speed_rev_s - final_rev_s
    if away_rev_s >= 0.0:
        time_s = way_rev / speed_rev_s  # too short, as it only slows down
    else:
        gain_rev_s2 = -away_rev_s / tau_s
        root = math.sqrt(speed_rev_s * speed_rev_s + 2.0 * gain_rev_s2 * way_rev)
        time_s = 2.0 * way_rev / (speed_rev_s + root)  # too short, as the gain fades
    for _ in range(_TURNS):
        left = math.exp(-time_s / tau_s)
        made_rev = final_rev_s * time_s + away_rev_s * tau_s * (1.0 - left)
        pace_rev_s = final_rev_s + away_rev_s * left
        if pace_rev_s <= 0.0:
            return most_s
        step_s = (way_rev - made_rev) / pace_rev_s
        time_s = min(time_s + step_s, most_s)
        if abs(step_s) < _CLOSE_S:
            break
    return time_s
