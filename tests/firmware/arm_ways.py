"""What ways an arm takes, counted at its step pins: to a standstill, and on lines."""

import random
from dataclasses import dataclass
from typing import Final

from arduino_actuators.wire.frames import seal
from tests.firmware.arm import (
    ACCEL_CPS2,
    AXES,
    CYCLES_PER_S,
    RANGES,
    Arm,
    off_line_steps,
)

__all__ = ["StoppingWay", "TravelledPath", "stopping_ways", "travel_any_path"]

_PLACES: Final = 8
_AVERAGED_STEPS: Final = 64


@dataclass(frozen=True, slots=True)
class StoppingWay:
    """How a joint came to rest.

    Attributes:
        speed_cps: before that, from its edges.
        steps: edges behind the place where the board said that it began to stop.
        steps_behind_frame: edges behind the last stop bit of the frame that asked.
    """

    axis: str
    speed_cps: float
    steps: int
    steps_behind_frame: int

    @property
    def expected_steps(self) -> float:
        """v^2 / 2a."""
        return self.speed_cps**2 / 2 / ACCEL_CPS2

    @property
    def is_as_expected(self) -> bool:
        """Whether it is within 2 %, or the one step that a way cannot be cut into."""
        allowed = max(0.02 * self.expected_steps, 1.0)
        return abs(self.steps - self.expected_steps) <= allowed


def stopping_ways(speeds_cps: tuple[int, ...], later_cycles: int) -> list[StoppingWay]:
    """Have three joints cruise at different speeds and all ramp down at once.

    Args:
        speeds_cps: signed, of each axis.
        later_cycles: by how much the frame is late, to meet another part of a period.
    """
    arm = Arm()
    for axis, speed_cps in zip(AXES, speeds_cps, strict=True):
        least, most = RANGES[axis]
        arm.ask(f"goto {axis} MOTION 2000 {least if speed_cps > 0 else most} 8000")
    arm.settle()
    for axis, speed_cps in zip(AXES, speeds_cps, strict=True):
        arm.ask(f"spin {axis} MOTION 2000 {speed_cps}")
    arm.wait(0.02 + 1.05 * max(map(abs, speeds_cps)) / ACCEL_CPS2)
    arm.events()
    arm.core.run_until(arm.core.now_cycle + later_cycles)
    frame = seal(":7 halt 1") + b"\n"
    arm.core.put(frame)
    asked_cycle = arm.core.now_cycle + len(frame) * arm.core.byte_cycles
    arm.wait(0.4)

    told = arm.events()
    ways = []
    for number, axis in enumerate(AXES):
        edges = [edge for edge in arm.edges if edge.axis == axis]
        (begun,) = (int(e[-1]) for e in told if e[:2] == ("stopping", axis))
        (ended,) = (int(e[-1]) for e in told if e[:2] == ("stopped", axis))
        assert ended == edges[-1].steps[number], "told is not what was counted"
        before = [edge for edge in edges if edge.cycle <= asked_cycle]
        first, last = before[-1 - _AVERAGED_STEPS], before[-1]
        passed_s = (last.cycle - first.cycle) / CYCLES_PER_S
        behind = len(edges) - len(before)
        ways.append(
            StoppingWay(axis, _AVERAGED_STEPS / passed_s, abs(ended - begun), behind)
        )
    return ways


@dataclass(frozen=True, slots=True)
class TravelledPath:
    """What became of a path through waypoints.

    Attributes:
        way: its waypoints, from where it began.
        off_steps: how far a joint was off the straight line at worst.
        worst: what tells where that was.
        edges: steps made.
    """

    way: tuple[tuple[int, ...], ...]
    off_steps: float
    worst: str
    edges: int


def travel_any_path(seed: int) -> TravelledPath:
    """Go through places all over the range, at speeds and rates of all sizes.

    It asserts that the arm ends at the last of them.
    """
    choose = random.Random(f"{seed}")  # noqa: S311 - places, no secrets
    reach = choose.choice((3, 40, 1000, 3200))
    way = [
        tuple(
            choose.randint(max(least, -reach), min(most, reach))
            for least, most in RANGES.values()
        )
        for _ in range(_PLACES)
    ]
    speed_cps = choose.choice((700, 3000, 8000))
    accel_cps2 = choose.choice((3_000, ACCEL_CPS2))
    arm = Arm()
    first = " ".join(map(str, way[0]))
    arm.ask(f"line MOTION 2000 {first} {speed_cps} {accel_cps2}")
    for target in way[1:]:
        place = " ".join(map(str, target))
        arm.ask(f"via {arm.motion} {place} {choose.choice((speed_cps, 8000))}")
    arm.settle(40.0)

    corners = ((0,) * len(AXES), *way)
    assert arm.steps == way[-1] == arm.told_steps(), (seed, way)
    off_steps, edge = off_line_steps(arm.edges, corners)
    return TravelledPath(corners, off_steps, f"seed {seed}: {edge}", len(arm.edges))
