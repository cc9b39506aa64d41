"""How evenly an arm's steps come: how far each is from where its neighbours put it."""

import statistics
from typing import Final

import pytest

from tests.firmware.arm import CYCLES_PER_S, RANGES, Arm

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

CYCLES_PER_US: Final = 16
MEASURED_S: Final = 0.4
# What steps/s the three joints make together, and at what speed each.
LOADS: Final = {
    "one joint": (8000, 0, 0),
    "three joints, 10,000 steps/s": (4000, 3500, 2500),
    "three joints, 24,000 steps/s": (8000, 8000, 8000),
    "three joints, 24,000 steps/s, talking": (8000, 8000, 8000),
}
LIMIT_US: Final = 40.0  # a third of the shortest interval there is


def late_us(cycles: list[int]) -> list[float]:
    """Return how late each step is against an even pace through all of them."""
    numbers = range(len(cycles))
    slope, intercept = statistics.linear_regression(numbers, cycles)
    return [
        (cycle - intercept - slope * number) / CYCLES_PER_US
        for number, cycle in zip(numbers, cycles, strict=True)
    ]


@pytest.mark.parametrize("load", LOADS)
def test_step_timing_jitter(load: str) -> None:
    """While all of them cruise."""
    arm = Arm()
    moving = [(axis, cps) for axis, cps in zip("abc", LOADS[load], strict=True) if cps]
    for axis, _ in moving:
        arm.ask(f"goto {axis} MOTION 2000 {RANGES[axis][0]} 8000")
    arm.settle()
    for axis, cps in moving:
        arm.ask(f"goto {axis} MOTION 2000 {RANGES[axis][1]} {cps}")
    arm.wait(0.21)  # the slowest ramp takes 0.2 s
    begin_cycle = arm.core.now_cycle
    if load.endswith("talking"):
        for _ in range(30):
            arm.ask("state b")
            arm.host.send(b"?")
    else:
        arm.wait(MEASURED_S)
    made = [edge for edge in arm.edges if edge.cycle > begin_cycle]
    end_cycle = min(
        max(edge.cycle for edge in made if edge.axis == axis) for axis, _ in moving
    )
    lasted_s = min((end_cycle - begin_cycle) / CYCLES_PER_S, 0.3)
    until_cycle = begin_cycle + int(lasted_s * CYCLES_PER_S)
    worst_us = spread_us = 0.0
    count = 0
    for axis, _ in moving:
        cycles = [e.cycle for e in made if e.axis == axis and e.cycle < until_cycle]
        late = late_us(cycles)
        count += len(cycles)
        worst_us = max(worst_us, *map(abs, late))
        spread_us = max(spread_us, statistics.pstdev(late))
    print(
        f"\n{load}: {count / lasted_s:,.0f} steps/s; "
        f"standard deviation {spread_us:.2f} us, worst {worst_us:.2f} us"
    )
    assert worst_us <= LIMIT_US
