"""Has every point played: scouts the motions, shares the points out, hears the rest."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from deadstop.boards.maker import BoardMaker
from deadstop.errors import DeadstopError, ToolchainError, UsageError
from deadstop.hosting import ChildProcess, Message, Zygote
from deadstop.hosting.inspection import inspect_rig
from deadstop.moments import Profile
from deadstop.rig import Rig
from deadstop.sweep.plan import (
    SECONDS,
    SWEPT,
    Group,
    Point,
    Scouted,
    choose,
    group,
    sample,
    scout_with,
    sweepable,
    times_of,
)
from deadstop.sweep.results import Finding, SweepResult
from deadstop.sweep.schedule import Schedule
from deadstop.triggers import by_name
from deadstop.triggers.base import Stopper
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.playable import only_api, require_one_board

__all__ = ["Sweep", "SweepProgress", "SweepWish", "ended", "raise_told"]

SCOUT: Final = "deadstop.virtual.sweep_role:scout"
SWEEP: Final = "deadstop.virtual.sweep_role:sweep"


class SweepProgress(Protocol):
    """Who hears how a sweep goes."""

    def note(self, text: str) -> None:
        """Something that a person wants to know."""

    def planned(self, result: SweepResult) -> None:
        """The motions were scouted: it is known how many points there are."""

    def found(self, result: SweepResult, finding: Finding) -> None:
        """One case was played and judged."""


class SweepWish:
    """What is to be swept."""

    def __init__(
        self,
        rig: Rig,
        *,
        component: str | None = None,
        motions: Sequence[str] = (),
        triggers: Sequence[str] = (),
        depth: int = 1,
        second: str = SECONDS[0],
        seed: int = 0,
        jobs: int = 1,
        max_cases: int | None = None,
        faults: bool = False,
        max_faults: int | None = None,
    ) -> None:
        """Check what is asked for.

        Args:
            rig: where.
            component: ``MODULE:CLASS`` to use in place of the rig's.
            motions: globs; none means all of the rig's.
            triggers: globs; none means those of the catalogue that need no process.
            depth: 2 strikes once more at each step of what follows.
            second: what strikes then.
            seed: of the sample, and of random numbers in the component's process.
            jobs: how many processes play at once.
            max_cases: how many points of the first depth to play at most.
            faults: cross each strike with faults of the link, at every byte.
            max_faults: how many of them to try at each strike at most.

        Raises:
            UsageError: something is not known; the message lists what is.
        """
        self.rig = rig
        self.component = component
        self.motions = choose(tuple(rig.motions), motions, "motion")
        self.triggers = (
            choose(sweepable(), triggers, "trigger") if triggers else list(SWEPT)
        )
        if second not in SECONDS:
            raise UsageError(
                f"unknown --second {second!r}; known: {', '.join(SECONDS)}"
            )
        self.depth = depth
        self.second = second if depth > 1 else ""
        if self.second == "stop-rpc":
            # It would stop, and rightly so, the newer motion that must go on.
            self.triggers = [
                name for name in self.triggers if not by_name(name).takes_over
            ]
        self.faults: int | None = max_faults if faults else 0
        if faults and depth > 1:
            raise UsageError("--faults and --depth 2 cannot be had in one sweep")
        if faults:
            self.triggers = [n for n in self.triggers if _leaves_link(n)]
        self.seed = seed
        self.jobs = jobs
        self.max_cases = max_cases


class Sweep:
    """One sweep; its result so far is always there."""

    def __init__(self, wish: SweepWish, progress: SweepProgress) -> None:
        """Prepare; `run` does it."""
        self.result = SweepResult(
            depth=wish.depth,
            motions=tuple(wish.motions),
            triggers=tuple(wish.triggers),
        )
        self.play: PlayConfig
        self.scouted: dict[str, Scouted] = {}
        self._wish = wish
        self._progress = progress
        self._zygote = Zygote()
        self._folder: Path
        self._began_s = 0.0

    async def run(self, folder: Path) -> None:
        """Sweep; the components' output goes into *folder*.

        Raises:
            DeadstopError: the rig or the component cannot be used, or what it does
                cannot be done in virtual time.
        """
        wish = self._wish
        self._folder = folder
        async with self._zygote:
            self.play = await prepare(
                wish.rig, self._zygote, wish, folder, self._progress.note
            )
            points: list[Point] = []
            for motion in wish.motions:
                self.scouted[motion] = await self._scout(motion)
                points += self.scouted[motion].points(motion)
            chosen = sample(points, wish.max_cases, wish.seed)
            self.result.planned, self.result.chosen = len(points), len(chosen)
            self._progress.planned(self.result)
            self._began_s = time.monotonic()
            await self._play_all(chosen)

    def save(self, folder: Path) -> None:
        """Save the shortest schedule of each kind of failure into *folder*."""
        for windows in self.result.kinds():
            finding = windows[0].first
            if not finding.hash:
                continue  # not played to its end: there is nothing to compare with
            name = f"{finding.motion}-{finding.trigger}-{finding.step}"
            if finding.fault:
                name += f"-{finding.fault.replace(' ', '-')}"
            if finding.second:
                name += f"-{finding.second}-{finding.second_step}"
            axes = {
                axis: profile.as_dict()
                for axis, profile in self.scouted[finding.motion].profiles.items()
            }
            path = folder / f"{name}.json"
            Schedule.of(finding, self.play, axes).write(path)
            self.result.saved[windows[0]] = path

    async def _scout(self, motion: str) -> Scouted:
        what = scout_with(self._wish.rig, motion, self._wish.triggers)
        told: list[Message] = []
        config = {"play": self.play.to_message(), **what}
        child = await self._fork(SCOUT, config, told.append)
        await ended(child)
        raise_told(told)
        found = told[0]
        steps, times_s = {}, {}
        for name, way in what["ways"].items():
            play = found["plays"][way]
            if by_name(name).timed:
                times_s[name] = times_of(play)
            else:
                steps[name] = int(play["steps"])
        axes = {axis: Profile(**values) for axis, values in found["axes"].items()}
        return Scouted(axes, steps, times_s)

    async def _play_all(self, chosen: Sequence[Point]) -> None:
        jobs = self._wish.jobs
        shares = deque(
            share
            for one in group(chosen)
            for number in range(jobs)
            if (share := one.share(number, jobs)).points
        )

        async def work() -> None:
            while shares:
                await self._play(shares.popleft())

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(jobs):
                    workers.create_task(work())
        except BaseExceptionGroup as problems:
            raise _first_of(problems) from None

    async def _play(self, share: Group) -> None:
        error: list[Message] = []
        played = 0

        def hear(message: Message) -> Message | None:
            nonlocal played
            if "trigger" not in message:
                error.append(message)
                return None
            played += not (message.get("second") or message.get("fault"))
            self._found(Finding.from_message(share.motion, message))
            return None

        timed = by_name(share.trigger).timed
        steps: dict[str, list[int]] = {}
        if not timed:
            for point in share.points:
                steps.setdefault(point.trigger, []).append(point.step)
        axes = self.scouted[share.motion].profiles
        config = {
            "play": self.play.to_message(),
            "motion": share.motion,
            "trigger": share.trigger,
            "axes": {axis: profile.as_dict() for axis, profile in axes.items()},
            "second": self._wish.second,
            "faults": self._wish.faults,
            "steps": steps,
            "times_s": [(p.step, p.after_s) for p in share.points] if timed else [],
        }
        child = await self._fork(SWEEP, config, hear)
        code = await ended(child)
        raise_told(error)
        if played < len(share.points):
            raise ToolchainError(
                f"a process that plays ended early (exit code {code}) after "
                f"{played} of {len(share.points)} points; its output: {child.output}"
            )

    def _found(self, finding: Finding) -> None:
        result = self.result
        result.findings.append(finding)
        result.done += not (finding.second or finding.fault)
        result.wall_s = time.monotonic() - self._began_s
        self._progress.found(result, finding)

    async def _fork(
        self,
        role: str,
        config: Mapping[str, Any],
        hear: Callable[[Message], Message | None],
    ) -> ChildProcess:
        log = self._folder / "component.log"
        child = await self._zygote.fork(role, config, log)
        return child.connect(hear)


def _leaves_link(name: str) -> bool:
    """Whether a component still has a link to be harmed, and a strike to begin with."""
    trigger = by_name(name)
    return trigger.stopper is Stopper.COMPONENT and not trigger.timed


async def prepare(
    rig: Rig,
    zygote: Zygote,
    wish: SweepWish,
    folder: Path,
    tell: Callable[[str], None],
) -> PlayConfig:
    """Look at the component and build what the board needs.

    Raises:
        UsageError: virtual time cannot play this rig.
        ComponentError: the component cannot be used.
        ToolchainError: what the board needs is missing.
    """
    require_one_board(rig)
    boards = BoardMaker(rig.board)
    boards.prepare(tell)
    log = folder / "component.log"
    classes = await inspect_rig(zygote, rig, wish.component, log)
    elf = "" if boards.elf is None else str(boards.elf)
    return PlayConfig(rig, elf, only_api(rig, classes), wish.component, wish.seed)


async def ended(child: ChildProcess) -> int:
    """Wait for the process to end and for all that it said."""
    try:
        code = await child.wait_exited()
        while not child.peer.gone:  # noqa: ASYNC110 - its last words are being read
            await asyncio.sleep(0.001)
    finally:
        with suppress(TimeoutError):
            child.kill_nowait()
            await child.end()
    return code


def raise_told(told: Sequence[Message]) -> None:
    """Raise what a process that plays has told of.

    Raises:
        DeadstopError: if it did.
    """
    for message in told:
        if "error" in message:
            raise _TOLD.get(message["exit_code"], DeadstopError)(message["error"])


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what ended the first of several tasks: what they raise is alike."""
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


_TOLD: Final[Mapping[int, type[DeadstopError]]] = {
    2: UsageError,
    22: ToolchainError,
}
