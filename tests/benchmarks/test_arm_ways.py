"""How exactly an arm keeps to its ways: to a standstill, and on straight lines."""

import pytest

from tests.firmware.arm_ways import stopping_ways, travel_any_path

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

SPEEDS_CPS = (8000, -5000, 2500)
LATER_CYCLES = range(0, 16_000, 2000)  # over a control period
PATHS = 24


@pytest.mark.parametrize("first", range(3))
def test_the_way_to_a_standstill(first: int) -> None:
    """The limit is 2 % of v^2 / 2a, or one step where that is more."""
    speeds_cps = (*SPEEDS_CPS[first:], *SPEEDS_CPS[:first])
    runs = [stopping_ways(speeds_cps, later) for later in LATER_CYCLES]
    for ways in zip(*runs, strict=True):
        for way in ways:
            assert way.is_as_expected, way
        off_steps = max(abs(way.steps - way.expected_steps) for way in ways)
        late_ms = max(
            (way.steps_behind_frame - way.steps) / way.speed_cps * 1e3 for way in ways
        )
        print(
            f"\naxis {ways[0].axis} from {ways[0].speed_cps:.0f} steps/s: "
            f"{min(way.steps for way in ways)} to {max(way.steps for way in ways)} "
            f"steps, off by at most {off_steps:.2f} "
            f"({off_steps / ways[0].expected_steps:.2%}); "
            f"begun at most {late_ms:.2f} ms behind the frame"
        )


def test_how_far_off_a_line_a_joint_gets() -> None:
    """The limit is one step."""
    paths = [travel_any_path(seed) for seed in range(PATHS)]
    for path in paths:
        assert path.off_steps <= 1.0, (path.worst, path.way)
    worst = max(paths, key=lambda path: path.off_steps)
    print(
        f"\n{sum(path.edges for path in paths):,} steps on {len(paths)} paths: "
        f"at most {worst.off_steps:.3f} steps off ({worst.worst})"
    )
