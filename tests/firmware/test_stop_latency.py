"""The stop byte cuts the drive within 10 us, whatever the firmware is doing."""

import os
from typing import Final

import pytest

from tests.firmware.stop_latency import LIMIT_US, STATES, Figures, measure_apart

# One cycle in so many of a control period; the benchmark takes every one.
STRIDE: Final = int(os.environ.get("DEADSTOP_STRIDE", "160"))


@pytest.fixture(scope="module")
def figures() -> dict[str, Figures]:
    """Measure all states once."""
    return measure_apart(STATES, STRIDE)


@pytest.mark.parametrize("state", STATES)
def test_a_stop_byte_cuts_the_drive_within_10_us(
    state: str, figures: dict[str, Figures]
) -> None:
    """And nothing drives again, in the control period behind it."""
    worst_us, offset = figures[state].worst
    assert worst_us <= LIMIT_US, f"{state}: {worst_us} us at offset {offset}"


def test_the_cycles_tried_are_all_over_the_firmware(
    figures: dict[str, Figures],
) -> None:
    """At work, idle, and in other interrupts: else it were one moment many times."""
    seen = {name for each in figures.values() for name in each.functions}
    assert any("idle" in name for name in seen), seen
    assert {"__vector_send_byte", "__vector_count_edge"} & seen, seen
    assert len(seen) >= 8, seen
