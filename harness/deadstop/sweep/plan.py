"""Which points a sweep has: a motion, a trigger, and where it strikes."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from deadstop.cases import can_strike
from deadstop.errors import UsageError
from deadstop.moments import Profile
from deadstop.rig import Rig
from deadstop.triggers import TRIGGERS, Hosting, by_name

__all__ = ["SECONDS", "SWEPT", "Group", "Point", "Scouted", "sample", "sweepable"]

# In the catalogue's order: what reaches a component without a process of its own.
SWEPT: Final = (
    "client-cancel",
    "client-close",
    "client-reset",
    "client-deadline",
    "call-timeout",
    "stop-rpc",
    "preempt",
    "remove",
    "board-reset",
    "unplug",
    "loop-teardown",
    "stream-drop",
    "stream-drop-mid-batch",
    "stream-bad-point",
    "stream-source-fails",
)
# What can strike once more while the first is being cleaned up.
SECONDS: Final = ("second-cancel", "client-close", "client-reset", "stop-rpc")


def sweepable() -> tuple[str, ...]:
    """Return the triggers that can strike at any step, the default ones first."""
    more = [
        trigger.name
        for trigger in TRIGGERS
        if trigger.name not in SWEPT
        and not (trigger.needs_process or trigger.expired or trigger.name == "none")
    ]
    return (*SWEPT, *more)


def choose(known: Sequence[str], globs: Sequence[str], what: str) -> list[str]:
    """Return those of *known* that match one of *globs*; all if there are none.

    Raises:
        UsageError: one of them matches nothing; the message lists what is known.
    """
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in known):
            raise UsageError(f"unknown {what} {glob!r}; known: {', '.join(known)}")
    return [
        name
        for name in known
        if not globs or any(fnmatchcase(name, glob) for glob in globs)
    ]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One case of the first depth.

    Attributes:
        motion: by its name in the rig.
        trigger: by its name in the catalogue.
        step: the number of the step, from 0; of a timed trigger that of the time.
        after_s: for a timed trigger, after how long the operation is to end.
    """

    motion: str
    trigger: str
    step: int
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scouted:
    """What an undisturbed motion looks like, step by step.

    Attributes:
        profiles: by axis.
        steps: how many there are, by the trigger's name.
        times_s: for a timed trigger, the times at which it is to end the motion.
    """

    profiles: Mapping[str, Profile]
    steps: Mapping[str, int]
    times_s: Mapping[str, tuple[float, ...]]

    def points(self, motion: str) -> Iterable[Point]:
        """Yield every point of *motion*."""
        for trigger, steps in self.steps.items():
            for step in range(steps):
                yield Point(motion, trigger, step)
        for trigger, times_s in self.times_s.items():
            for step, after_s in enumerate(times_s):
                yield Point(motion, trigger, step, after_s)


def times_of(scout: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the times that bring a trigger's timers into every turn of the loop.

    Args:
        scout: from `deadstop.virtual.conductor.Conductor.scout`.
    """
    offsets_s = scout["offsets_s"] or [0.0]
    times_s = {
        round(turn_s - offset_s, 9)
        for turn_s in scout["turns_s"]
        for offset_s in offsets_s
    }
    return tuple(sorted(time_s for time_s in times_s if time_s > 0))


@dataclass(frozen=True, slots=True)
class Group:
    """Points that one process can fork off one play of a motion.

    Attributes:
        motion: by its name in the rig.
        trigger: any of them; says how the component is served, and whether timed.
        points: of one hosting, or of one timed trigger.
    """

    motion: str
    trigger: str
    points: tuple[Point, ...]

    def share(self, number: int, of: int) -> "Group":
        """Return every *of*-th of the points, from *number* on."""
        return Group(self.motion, self.trigger, self.points[number::of])


def group(points: Iterable[Point]) -> list[Group]:
    """Put together what can be forked off one play."""
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        trigger = by_name(point.trigger)
        key = point.trigger if trigger.timed else trigger.hosting.value
        groups.setdefault((point.motion, key), []).append(point)
    return [
        Group(motion, members[0].trigger, tuple(sorted(members, key=_by_step)))
        for (motion, _), members in groups.items()
    ]


def _by_step(point: Point) -> tuple[int, str]:
    return point.step, point.trigger


def sample(points: Sequence[Point], most: int | None, seed: int) -> list[Point]:
    """Return *most* of the points, by chance and in order; all of them if None."""
    if most is None or most >= len(points):
        return list(points)
    generator = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return sorted(generator.sample(list(points), most), key=points.index)


def scout_with(rig: Rig, motion: str, triggers: Sequence[str]) -> dict[str, Any]:
    """Return what to scout for *triggers*: one play for each way it may go."""
    ways: dict[str, str] = {}
    for name in triggers:
        trigger = by_name(name)
        if not can_strike(rig, motion, trigger):
            continue
        ways[name] = name if trigger.timed else _first(triggers, trigger.hosting)
    return {
        "motion": motion,
        "plays": sorted(set(ways.values())),
        "ways": ways,
        "rig": rig.name,
    }


def _first(triggers: Sequence[str], hosting: Hosting) -> str:
    return next(
        name
        for name in triggers
        if by_name(name).hosting is hosting and not by_name(name).timed
    )
