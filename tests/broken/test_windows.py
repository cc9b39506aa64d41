"""Components that are wrong for one to three steps of the event loop pass on real time.

At the moments that a run can name, each of them does what it should; only a sweep of
every step finds it. `WINDOWS` says by which invariant, and with what.
"""

from pathlib import Path
from typing import Final

import pytest

from deadstop.cases import case_by_id
from deadstop.hosting import Zygote
from deadstop.results import Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

# For the sweep: each must fail by the invariant named, within a motion that ends early
# by the trigger, struck at every step of it: for w05 at every step of the cleanup.
WINDOWS: Final = [
    ("w01_recorded_late", "stop-commanded", "outer-cancel"),
    ("w02_taken_for_timeout", "stop-commanded", "outer-cancel"),
    ("w03_arrived_unnoticed", "honest-state", "outer-cancel"),
    ("w04_between_two_lists", "stop-commanded", "outer-cancel"),
    ("w05_second_cancel", "stop-commanded", "outer-cancel"),
    ("w06_lost_lock", "next-works", "outer-cancel"),
    ("w07_never_began", "stop-commanded", "outer-cancel"),
    ("w08_suppressed", "stays-stopped", "outer-cancel"),
    ("w09_rearmed", "cleanup-complete", "outer-cancel"),
    ("w10_result_wins", "stays-stopped", "outer-cancel"),
    ("w11_shield_gap", "stop-commanded", "outer-cancel"),
]

# What of a default run comes nearest to the window.
STARTING: Final = (
    "outer-cancel/before-first-byte",
    "outer-cancel/mid-frame",
    "client-cancel/mid-frame",
)
ACCEPTED: Final = (
    "outer-cancel/awaiting-ack",
    "client-cancel/awaiting-ack",
    "outer-cancel/accelerating",
)
UNDER_WAY: Final = (
    "outer-cancel/cruise",
    "client-cancel/decelerating",
    "outer-cancel/during-cleanup",
)
ARRIVED: Final = (
    "outer-cancel/arriving",
    "outer-cancel/after-arrival",
    "client-cancel/after-arrival",
)
TWICE: Final = (
    "second-cancel/cruise",
    "outer-cancel/during-cleanup",
    "client-cancel/during-cleanup",
)
NEAREST: Final = {
    "w01_recorded_late": STARTING,
    "w02_taken_for_timeout": UNDER_WAY,
    "w03_arrived_unnoticed": ARRIVED,
    "w04_between_two_lists": ACCEPTED,
    "w05_second_cancel": TWICE,
    "w06_lost_lock": STARTING,
    "w07_never_began": ACCEPTED,
    "w08_suppressed": ARRIVED,
    "w09_rearmed": UNDER_WAY,
    "w10_result_wins": ARRIVED,
    "w11_shield_gap": ACCEPTED,
}

# A window of some 50 us is hit now and then, on a busy machine; hardly so often in a
# row.
STROKES: Final = 4


@pytest.mark.parametrize("module", list(NEAREST))
async def test_a_run_at_named_moments_misses_a_window_of_a_few_steps(
    zygote: Zygote, tmp_path: Path, module: str
) -> None:
    """Each is right where a run on the real clock strikes, but for a stroke of luck."""
    rig = load_rig("loopback")
    spec = f"tests.broken.{module}:BrokenMotor"
    async with Runner(rig, tmp_path, component=spec, zygote=zygote) as runner:
        for case_id in NEAREST[module]:
            case = case_by_id(rig, f"go_for/{case_id}")
            result = await runner.run(case)
            for repeat in range(2, STROKES + 1):
                if result.outcome is Outcome.FAIL:
                    result = await runner.run(case, repeat)
            assert result.outcome is not Outcome.FAIL, result.explain()
