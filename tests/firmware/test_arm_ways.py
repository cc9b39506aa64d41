"""The ways that an arm takes are those that its speeds, rates and targets say."""

import os
from typing import Final

import pytest

from tests.firmware.arm import Edge, off_line_steps
from tests.firmware.arm_ways import stopping_ways, travel_any_path

# The benchmark tries more of them.
SEED: Final = int(os.environ.get("DEADSTOP_SEED", "5"))
PATHS: Final = 2
REACTION_S: Final = 0.0015  # from the end of a frame to the ramp of the last joint

SQUARE: Final = ((0, 0, 0), (3, 0, 0), (3, 3, 0), (0, 3, 0))


def edges(places: list[tuple[int, ...]]) -> list[Edge]:
    """Return steps to all these places."""
    return [Edge(0, "a", place) for place in places]


def test_all_joints_begin_to_ramp_down_at_once() -> None:
    """Whatever their speeds; each takes v^2 / 2a, within 2 % or one step."""
    ways = stopping_ways((2500, -5000, 8000), 9000)

    assert [round(way.speed_cps, -2) for way in ways] == [2500, 5000, 8000]
    for way in ways:
        assert way.is_as_expected, way
        late_steps = way.steps_behind_frame - way.steps
        assert late_steps <= REACTION_S * way.speed_cps + 1, way


@pytest.mark.parametrize("seed", range(SEED, SEED + PATHS))
def test_any_path_is_straight_and_ends_where_it_should(seed: int) -> None:
    """No joint is ever more than one step off."""
    path = travel_any_path(seed)
    assert path.off_steps <= 1.0, (path.worst, path.way)


@pytest.mark.parametrize(
    ("places", "off_steps"),
    [
        ([(1, 0, 0), (3, 0, 0), (3, 2, 0), (3, 3, 0), (0, 3, 0)], 0.0),
        ([(1, 0, 0), (2, 1, 0), (3, 1, 0), (3, 3, 0), (1, 3, 0)], 1.0),
        ([(1, 1, 0), (2, 2, 0), (3, 3, 0), (0, 3, 0)], 1.0),  # cuts a corner
        ([(1, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 0)], 2.0),  # leaves two out
        ([(3, 0, 0), (3, 3, 0), (0, 3, 0), (3, 0, 0)], 3.0),  # comes back
    ],
)
def test_how_far_off_is_seen(places: list[tuple[int, ...]], off_steps: float) -> None:
    """Only the line that is next may be gone over to."""
    off, worst = off_line_steps(edges(places), SQUARE)
    assert off == pytest.approx(off_steps)
    assert (worst is None) == (off_steps == 0.0)
