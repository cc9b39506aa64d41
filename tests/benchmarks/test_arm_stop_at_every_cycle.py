"""How soon a stop byte ends an arm's steps, at every cycle of a control period.

`DEADSTOP_STRIDE=16 make bench` takes one cycle in sixteen.
"""

import os

import pytest

from tests.firmware.arm_stop_latency import ARM_STATES, LAST_STEP_LIMIT_US
from tests.firmware.stop_latency import measure_apart
from tests.harness.boards.host import firmware

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(6000)]

MODULE = "tests.firmware.arm_stop_latency"


def test_stop_byte_to_last_step_at_every_cycle() -> None:
    """The limit is PROTOCOL.md's 20 us."""
    stride = int(os.environ.get("DEADSTOP_STRIDE", "1"))
    worst_us = 0.0
    told = measure_apart(ARM_STATES, stride, firmware("cnc"), MODULE)
    for state, figures in told.items():
        us, offset = figures.worst
        worst_us = max(worst_us, us)
        bars = ", ".join(f"{n} us: {count}" for n, count in figures.histogram().items())
        print(
            f"\n{state}: {len(figures.latency_us)} offsets, worst {us:.2f} us at cycle "
            f"{offset} of 16000 [{bars}]"
        )
    print(f"worst of all: {worst_us:.2f} us, limit {LAST_STEP_LIMIT_US:.0f} us")
    assert worst_us <= LAST_STEP_LIMIT_US
