"""The twin of an arm, whose every edge is written down."""

from dataclasses import dataclass
from operator import attrgetter

from arduino_actuators.wire import PositionRange, Reply, StopCategory, Verb
from deadstop.boards.loopback import BoardConfig
from deadstop.boards.loopback.config import CNC_RANGES
from deadstop.boards.loopback.core import Plant
from deadstop.plant import Stepper
from tests.harness.boards.twin import Twin

__all__ = ["ACCEL_CPS2", "AXES", "MAX_CPS", "ArmTwin", "Edge"]

AXES = "abc"
MAX_CPS = 8000
ACCEL_CPS2 = 40_000


@dataclass(frozen=True)
class Edge:
    """A rising edge of a step pin."""

    t_s: float
    axis: str
    sign: int


class _Joint(Stepper):
    def __init__(self, axis: str, config: BoardConfig, edges: list[Edge]) -> None:
        super().__init__(config.joint, least_steps=CNC_RANGES[axis].start)
        self._axis = axis
        self._seen = edges

    def run(self, first_s: float, last_s: float, count: int, *, forward: bool) -> None:
        super().run(first_s, last_s, count, forward=forward)
        gap_s = (last_s - first_s) / max(1, count - 1)
        sign = 1 if forward else -1
        self._seen += (
            Edge(first_s + i * gap_s, self._axis, sign) for i in range(count)
        )


class ArmTwin(Twin):
    """An arm with a session, at rest.

    Attributes:
        joints: its plant.
    """

    def __init__(self) -> None:
        """Power up at 0 s and say hello."""
        self.joints: dict[str, Stepper] = {}
        self._edges: list[Edge] = []
        super().__init__(config=BoardConfig.of_shield("cnc", AXES))
        self.hello()

    def _make_plant(self) -> Plant:
        self.joints = {axis: _Joint(axis, self.config, self._edges) for axis in AXES}
        return self.joints

    @property
    def edges(self) -> list[Edge]:
        """Every edge so far, in the order of time."""
        return sorted(self._edges, key=attrgetter("t_s"))

    def line(
        self,
        motion: int,
        *targets: int,
        cps: int = 4000,
        accel: int = ACCEL_CPS2,
        lease_ms: int = 2000,
    ) -> None:
        """Begin to move all joints."""
        reply = self.ask(Verb.LINE, motion, lease_ms, *targets, cps, accel)
        assert isinstance(reply, Reply), reply

    def via(self, motion: int, *targets: int, cps: int = 4000) -> None:
        """Go on from there."""
        reply = self.ask(Verb.VIA, motion, *targets, cps)
        assert isinstance(reply, Reply), reply

    def stop(self, axis: str, category: int, motion: int = 0) -> None:
        """Stop by a frame."""
        reply = self.ask(Verb.STOP, axis, motion, StopCategory(category))
        assert isinstance(reply, Reply), reply

    def range(self, axis: str) -> PositionRange:
        """Ask for the range of *axis*."""
        reply = self.ask(Verb.RANGE, axis)
        assert isinstance(reply, Reply)
        return PositionRange.from_reply(reply)

    def positions(self) -> tuple[int, ...]:
        """What the board says of its joints."""
        return tuple(self.report(axis).position_counts for axis in AXES)

    def steps(self) -> tuple[int, ...]:
        """What came out of its step pins."""
        return tuple(joint.steps for joint in self.joints.values())

    def told(self, axis: str) -> list[str]:
        """The events about *axis*."""
        return [notice.event.value for _, notice in self.notices(axis)]
