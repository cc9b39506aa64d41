"""The deadman of the real firmware, and of firmware with one mistake in its lease."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deadstop.boards.avr.core import AvrCore
from deadstop.boards.clocked import ClockedBoard
from deadstop.deadman import DeadmanMoment, DeadmanResult, prove_deadman
from deadstop.results import Outcome
from deadstop.toolchain import firmware_elf
from deadstop.trace import Event
from tests.broken.firmwares import build_edited

LEASE_MS = 50
CYCLE_S = 1 / 16e6
BYTE_S = 1360 * CYCLE_S


def prove(elf: Path, *moments: DeadmanMoment) -> DeadmanResult:
    """Prove the shortest lease of *elf*, which is quickly done."""

    def make(observe: Callable[[Event], None]) -> ClockedBoard:
        return AvrCore(elf, t_s=0.0, observe=observe)

    return prove_deadman(make, "b", (LEASE_MS,), moments=moments, seed=5)


def test_the_firmware_keeps_its_lease() -> None:
    """From the renewal's stop bit to the pins: a tick late at most, and the work.

    The work is half a millisecond: the frame is read, the tick is done.
    """
    moments = (DeadmanMoment.BEFORE_FIRST_ACK, DeadmanMoment.HOLDING)

    result = prove(firmware_elf(), *moments)

    assert result.wrong == ()
    (lease,) = result.leases
    assert lease.limit is not None
    assert lease.longest_gap is not None
    assert lease.limit.min_s * 1000 >= LEASE_MS
    assert lease.limit.max_s * 1000 <= LEASE_MS + 1.6
    # A renewal has to be read before it counts: a byte time, and a turn of the main
    # loop, which is less than another.
    assert 0 < lease.limit.min_s - lease.longest_gap.min_s < 2 * BYTE_S
    assert result.firmware.startswith("motor-shield ")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        pytest.param(
            "if (a.lease_left_ticks == 0)",
            "if (false)",
            "the drive never went off",
            id="none",
        ),
        pytest.param(
            "lease_ms + 1 +", "lease_ms +", "before its lease of 50 ms", id="early"
        ),
        pytest.param(
            "lease_ms + 1 +", "lease_ms + 7 +", "the most allowed is 55 ms", id="late"
        ),
        pytest.param(
            "Cause::lease, Category::remove_power);\n        return;\n",
            "Cause::lease, Category::ramp_then_remove);\n",
            "the most allowed is 55 ms",
            id="ramps-down",
        ),
    ],
)
def test_firmware_with_a_wrong_lease_fails(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    """One word is enough."""
    result = prove(build_edited((("axis.cpp", was, becomes),), tmp_path))

    assert result.outcome is Outcome.FAIL
    assert told in "\n".join(result.wrong)
