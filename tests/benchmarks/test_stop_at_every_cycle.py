"""How soon a stop byte cuts the drive, at every cycle of a control period.

`DEADSTOP_STRIDE=16 make bench` takes one cycle in sixteen.
"""

import os

import pytest

from tests.firmware.stop_latency import LIMIT_US, STATES, measure_apart

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3000)]


def test_stop_byte_to_pins_at_every_cycle() -> None:
    """The limit is PROTOCOL.md's 10 us; entering the interrupt alone takes 0.5."""
    stride = int(os.environ.get("DEADSTOP_STRIDE", "1"))
    worst_us = 0.0
    for state, figures in measure_apart(STATES, stride).items():
        us, offset = figures.worst
        worst_us = max(worst_us, us)
        bars = ", ".join(f"{n} us: {count}" for n, count in figures.histogram().items())
        print(
            f"\n{state}: {len(figures.latency_us)} offsets, worst {us:.2f} us at cycle "
            f"{offset} of 16000 [{bars}]"
        )
        busy = sorted(figures.functions.items(), key=lambda each: -each[1])[:5]
        print("  most often in", ", ".join(f"{name} {count}" for name, count in busy))
    print(f"worst of all: {worst_us:.2f} us, limit {LIMIT_US:.0f} us")
    assert worst_us <= LIMIT_US
