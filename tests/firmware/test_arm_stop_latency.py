"""A stop byte ends an arm's steps within 20 us, whatever the firmware is doing."""

import os
from typing import Final

import pytest

from tests.firmware.arm_stop_latency import ARM_STATES, LAST_STEP_LIMIT_US
from tests.firmware.stop_latency import Figures, measure_apart
from tests.harness.boards.host import firmware

# One cycle in so many of a control period; the benchmark takes every one.
STRIDE: Final = int(os.environ.get("DEADSTOP_STRIDE", "320"))
MODULE: Final = "tests.firmware.arm_stop_latency"


@pytest.fixture(scope="module")
def figures() -> dict[str, Figures]:
    """Measure all states once."""
    return measure_apart(ARM_STATES, STRIDE, firmware("cnc"), MODULE)


@pytest.mark.parametrize("state", ARM_STATES)
def test_no_step_comes_later_than_20_us_behind_a_stop_byte(
    state: str, figures: dict[str, Figures]
) -> None:
    """Nor is a driver on by then; nor does any of that come back."""
    worst_us, offset = figures[state].worst
    assert worst_us <= LAST_STEP_LIMIT_US, f"{state}: {worst_us} us at offset {offset}"


def test_the_cycles_tried_are_in_the_step_interrupt_too(
    figures: dict[str, Figures],
) -> None:
    """And all over the rest."""
    seen = {name for each in figures.values() for name in each.functions}
    assert "__vector_step" in seen, seen
    assert len(seen) >= 8, seen
