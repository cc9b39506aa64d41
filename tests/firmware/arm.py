"""An arm's board with all that its pins have done, for the tests of its firmware.

Whatever a test does, each step is looked at as it is made: drivers on, direction set up
in time, pins high and low for long enough (a DRV8825, the slower of the drivers that
people plug in, wants 1.9 us and 0.65 us).
"""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arduino_actuators.wire import Event, Refusal, Reply
from deadstop.boards.avr.core import AvrCore
from tests.harness.boards.host import Host

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import Change

__all__ = [
    "ACCEL_CPS2",
    "AXES",
    "CYCLES_PER_S",
    "JUMP_CPS",
    "MAX_CPS",
    "RANGES",
    "Arm",
    "Edge",
    "off_line_steps",
]

AXES: Final = "abc"
CYCLES_PER_S: Final = 16_000_000
# The firmware's; tests/firmware/test_tables.py holds them equal.
MAX_CPS: Final = 8000
ACCEL_CPS2: Final = 40_000
JUMP_CPS: Final = 400
RANGES: Final = {"a": (-3200, 3200), "b": (-1600, 3200), "c": (-3200, 3200)}

_HALF_PULSE_CYCLES: Final = 31  # 1.9 us
_SET_UP_CYCLES: Final = 16  # 1 us, of which a DRV8825 wants 0.65


@dataclass(frozen=True, slots=True)
class Edge:
    """A rising edge of a step pin, and where all axes are behind it, in steps."""

    cycle: int
    axis: str
    steps: tuple[int, ...]


class Arm:
    """A board with three joints and an open session.

    Attributes:
        edges: each step since power-up, in its order.
        enables: when the drivers were turned on or off.
        motion: the number last used.
    """

    def __init__(self, elf: Path | None = None) -> None:
        """Boot it and say hello."""
        self.host = Host("avr", elf, shield="cnc")
        core = self.host.board
        assert isinstance(core, AvrCore)
        self.core = core
        self.edges: list[Edge] = []
        self.enables: list[tuple[int, bool]] = []
        self._steps = dict.fromkeys(AXES, 0)
        self._forward = dict.fromkeys(AXES, 0)
        self._pin_changed: dict[tuple[str, str], int] = {}
        self._enabled = False
        self.motion = 0
        core.watch(self._see)
        self.ask("hello 1")
        self.host.settle()
        self.host.forget()

    def ask(self, words: str) -> tuple[str, ...]:
        """Have a command carried out; MOTION stands for the next number."""
        answer = self._answer(words)
        assert isinstance(answer, Reply), (words, answer)
        return answer.fields

    def refused(self, words: str) -> str:
        """Have a command refused; return why."""
        answer = self._answer(words)
        assert isinstance(answer, Refusal), (words, answer)
        return answer.code.word

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.host.wait(seconds)

    def keep_alive(self, seconds: float, axes: str = AXES) -> None:
        """Let time pass and renew the leases of what runs on *axes*."""
        until_s = self.host.now_s + seconds
        while self.host.now_s < until_s:
            for axis in axes:
                state, motion, *_ = self.ask(f"state {axis}")
                if state in {"moving", "stopping", "holding"}:
                    self._answer(f"keep {axis} {motion}")
            self.wait(0.05)

    def settle(self, within_s: float = 20.0) -> None:
        """Renew leases until all is at rest, and has been told."""
        until_s = self.host.now_s + within_s
        while not self.core.at_rest():
            assert self.host.now_s < until_s, "it does not come to rest"
            self.keep_alive(0.3)
        self.wait(0.02)

    def events(self) -> list[tuple[str, ...]]:
        """Return what was told, and forget it."""
        events = [e for e in self.host.forget() if isinstance(e, Event)]
        return [(e.event.value, *e.fields) for e in events]

    def told_steps(self) -> tuple[int, ...]:
        """Where the board says that its axes are."""
        return tuple(int(self.ask(f"state {axis}")[2]) for axis in AXES)

    @property
    def steps(self) -> tuple[int, ...]:
        """What the edges of each axis add up to."""
        return tuple(self._steps.values())

    def edge_cycles(self, axis: str) -> list[int]:
        """When the steps of an axis were."""
        return [edge.cycle for edge in self.edges if edge.axis == axis]

    # The inside.

    def _answer(self, words: str) -> Reply | Refusal:
        if "MOTION" in words:
            self.motion = self.motion % 65535 + 1
            words = words.replace("MOTION", str(self.motion))
        answer = self.host.ask(words)
        assert answer is not None, f"no answer to {words}"
        return answer

    def _see(self, change: "Change") -> None:
        last_cycle = self._pin_changed.get((change.axis, change.signal), 0)
        if change.signal == "enable":
            self._enabled = not change.level
            self.enables.append((change.cycle, self._enabled))
        elif change.signal == "direction":
            self._forward[change.axis] = change.level
        elif change.signal == "step":
            held_cycles = change.cycle - last_cycle
            assert held_cycles >= _HALF_PULSE_CYCLES, change
            if change.level:
                turned_cycle = self._pin_changed.get((change.axis, "direction"), 0)
                assert change.cycle - turned_cycle >= _SET_UP_CYCLES, change
                assert self._enabled, f"a step with the drivers off: {change}"
                self._steps[change.axis] += 1 if self._forward[change.axis] else -1
                self.edges.append(Edge(change.cycle, change.axis, self.steps))
        self._pin_changed[change.axis, change.signal] = change.cycle


def off_line_steps(
    edges: Iterable[Edge], corners: Iterable[tuple[int, ...]]
) -> tuple[float, Edge | None]:
    """Return how far off the lines between *corners* the worst step is, and which.

    In steps of the axis that is furthest off, from the point of a line that is nearest
    in space. The lines are gone through in their order, and each takes a step at least:
    none is left out, and none is come back to.
    """
    lines = [(a, b) for a, b in itertools.pairwise(corners) if a != b]
    # How far off it was at worst, if it is on this line by now.
    so_far = [0.0] + [math.inf] * (len(lines) - 1)
    worst: tuple[float, Edge | None] = (0.0, None)
    for edge in edges:
        before = math.inf
        for number, (begin, end) in enumerate(lines):
            least = min(before, so_far[number])
            before = so_far[number]
            if least < math.inf:
                so_far[number] = max(least, _off(edge.steps, begin, end))
        off = min(so_far)
        if off > worst[0]:
            worst = (off, edge)
    return worst


def _off(steps: tuple[int, ...], begin: tuple[int, ...], end: tuple[int, ...]) -> float:
    x, y, z = (p - b for p, b in zip(steps, begin, strict=True))
    u, v, w = (e - b for e, b in zip(end, begin, strict=True))
    length2 = u * u + v * v + w * w
    share = (x * u + y * v + z * w) / length2 if length2 else 0.0
    share = min(max(share, 0.0), 1.0)
    return max(abs(x - share * u), abs(y - share * v), abs(z - share * w))
