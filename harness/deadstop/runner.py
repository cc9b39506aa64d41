"""Runs cases: each on a bench of its own, each judged by its own trace."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, assert_never

from deadstop.boards.maker import RigBoards
from deadstop.cases import Case
from deadstop.clocks import Clock
from deadstop.errors import ToolchainError
from deadstop.guardian import GONE
from deadstop.hosting import Zygote
from deadstop.hosting.inspection import ComponentClass, inspect_rig
from deadstop.judgement import judged
from deadstop.moments import Moment, Profile, learn_profiles
from deadstop.pressure import CpuPressure
from deadstop.results import CaseResult, Outcome, RunResult
from deadstop.rig import Rig
from deadstop.stage import RealStage, Stage, VirtualStage, Watch
from deadstop.trace import Scalar, Source, Trace
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.playable import only_api, require_one_board
from deadstop.writing import writing

if TYPE_CHECKING:
    from deadstop.harm import Harm

__all__ = ["PATIENT", "CaseSequence", "Progress", "Runner"]

# The tap and the board run in threads of this process. At Python's default of 5 ms a
# busy thread delays the tap's median by as much (tests/benchmarks).
SWITCH_INTERVAL_S: Final = 0.0002
# How often a case is played again that a busy machine spoiled, or may have.
PLAYED_AGAIN: Final = 3
PATIENT: Final = 10  # where what comes out is known, and only has to be seen
_FAIL: Final = Outcome.FAIL


class Progress(Protocol):
    """Who hears how a run goes."""

    def begun(self, total: int) -> None:
        """The run begins; *total* cases will be run."""

    def case_begun(self, case_id: str, repeat: int) -> None:
        """One case begins."""

    def case_ended(self, result: CaseResult) -> None:
        """One case has been judged."""

    def note(self, text: str) -> None:
        """Something else that a person wants to know."""


class Runner:
    """Runs cases on a rig with one warmed-up parent process; an async context manager.

    The first case of a motion is preceded by its reference, unless that is the case.
    """

    def __init__(
        self,
        rig: Rig,
        folder: Path,
        *,
        component: str | None = None,
        zygote: Zygote | None = None,
        boards: RigBoards | None = None,
        clock: Clock = Clock.REAL,
        seed: int = 0,
        tell: Callable[[str], object] = lambda _: None,
        watch: Watch | None = None,
    ) -> None:
        """Run on *rig*, with *component* in place of the rig's, into *folder*.

        Args:
            rig: where to run.
            folder: gets the traces and the components' output.
            component: ``MODULE:CLASS`` to use in place of the rig's.
            zygote: a parent process that was started; default: one of its own.
            boards: makes the boards; default: one of its own.
            clock: whose time the cases are played in.
            seed: of random numbers in virtual time.
            tell: called with a line before something that takes a while.
            watch: hears what happens in cases that are played on the real clock.
        """
        self.rig = rig
        self.folder = folder
        self.component = component
        self.clock = clock
        self.at_rest = True
        self.guardian_lost = False
        self.identity = ""
        self.harm: Harm | None = None  # done to the component on the real clock
        self.played_again = PLAYED_AGAIN
        self._interval_s = 0.0
        self._zygote = zygote or Zygote()
        self._own_zygote = zygote is None
        self._boards = boards or RigBoards(rig)
        self._own_boards = boards is None
        self._tell = tell
        self._watch = watch
        self._seed = seed
        self._classes: Mapping[str, ComponentClass] = {}
        self._profiles: dict[str, dict[str, Profile]] = {}
        self._learning: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        """Start the parent process and look at the component.

        Raises:
            UsageError: virtual time cannot play this rig.
            ComponentError: it cannot be used.
            ToolchainError: what the board needs is missing.
        """
        if self.clock is Clock.VIRTUAL:
            require_one_board(self.rig)
        self._interval_s = sys.getswitchinterval()
        if self.clock is Clock.REAL:
            sys.setswitchinterval(SWITCH_INTERVAL_S)
        try:
            self._boards.prepare(self._tell, self.folder / "guardian.json")
            if self._boards.guardian is not None:
                self._boards.guardian.beat(self._unguarded(asyncio.current_task()))
            if self._own_zygote:
                self._zygote.start()
            await self._zygote.attach()
            await self.use(self.component)
            await self._boards.prove_stops(self._tell)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    def _unguarded(self, run: "asyncio.Task[object] | None") -> Callable[[], None]:
        """Return what ends *run* when nobody guards the real boards any more."""

        def end() -> None:
            self.guardian_lost = True
            if run is not None:
                run.cancel("the guardian is gone")

        return end

    async def __aexit__(self, *_: object) -> None:
        sys.setswitchinterval(self._interval_s)
        self._zygote.detach()
        if self._own_zygote:
            await asyncio.to_thread(self._zygote.close)
        if self._own_boards and not self._boards.close():
            self.at_rest = False

    async def use(self, component: str | None, folder: Path | None = None) -> None:
        """Run *component* from now on; what was learnt of the motions stays.

        Args:
            component: ``MODULE:CLASS`` to use in place of the rig's; None for those.
            folder: gets the traces from now on; default: the same as before.

        Raises:
            ComponentError: it cannot be used.
            UsageError: virtual time cannot play it.
        """
        self.folder = self.folder if folder is None else folder
        log = self.folder / "component.log"
        self._classes = await inspect_rig(self._zygote, self.rig, component, log)
        self.component = component
        if self.clock is Clock.VIRTUAL:
            only_api(self.rig, self._classes)

    async def run(
        self,
        case: Case,
        repeat: int = 1,
        *,
        expected: Callable[[CaseResult], bool] = lambda it: it.outcome is not _FAIL,
    ) -> CaseResult:
        """Run one case and judge it; several may run at once on the virtual clock.

        Args:
            case: what to do.
            repeat: which time this is, from 1.
            expected: whether it came out right. If it did not, and the machine had
                more to do than it could, the case is played again.
        """
        name = case.id if repeat == 1 else f"{case.id}.{repeat}"
        folder = self.folder / "cases" / name
        async with self._learning.setdefault(case.motion, asyncio.Lock()):
            if case.is_reference:
                result, trace = await self._run(case, repeat, folder)
                self._learn(case.motion, trace)
                return result
            if case.motion not in self._profiles:
                reference = Case(case.motion, "none", Moment.IDLE.value)
                aside = self.folder / "reference" / case.motion
                _, trace = await self._run(reference, 1, aside)
                self._learn(case.motion, trace)
        for plays in range(1, self.played_again + 1):
            pressure = CpuPressure()
            result = (await self._run(case, repeat, folder))[0].played(plays)
            doubtful = result.spoiled or (pressure.busy and not expected(result))
            if self.clock is Clock.VIRTUAL or not doubtful or not self.at_rest:
                return result
            self._tell(f"{case.id}: this machine was too busy, so it is played again")
        return (await self._run(case, repeat, folder))[0].played(self.played_again + 1)

    def _learn(self, motion: str, trace: Trace) -> None:
        self._profiles[motion] = learn_profiles(trace, self.rig.axes_of(motion))

    async def _run(
        self, case: Case, repeat: int, folder: Path
    ) -> tuple[CaseResult, Trace]:
        began_s = time.monotonic()
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before it
        path = folder / "trace.jsonl"
        profiles = self._profiles.get(case.motion, {})
        stage = self._stage()
        try:
            await stage.play(case, repeat, profiles, path)
        finally:
            self.at_rest = self.at_rest and stage.at_rest
        took_s = time.monotonic() - began_s
        # What was written is judged, so that `verify` cannot differ.
        trace = Trace.read(path)
        self.identity = self.identity or _identity(trace)
        result = judged(
            case,
            trace,
            self.rig,
            repeat=repeat,
            folder=str(folder.relative_to(self.folder)),
            duration_s=took_s,
        )
        return result, trace

    def _stage(self) -> Stage:
        match self.clock:
            case Clock.REAL:
                return RealStage(
                    self.rig,
                    self._zygote,
                    self._boards,
                    self._classes,
                    self.harm,
                    watch=self._watch,
                )
            case Clock.VIRTUAL:
                elf = "" if self._boards.elf is None else str(self._boards.elf)
                api = only_api(self.rig, self._classes)
                play = PlayConfig(self.rig, elf, api, self.component, self._seed)
                return VirtualStage(play, self._zygote)
            case _:
                assert_never(self.clock)


def _identity(trace: Trace) -> str:
    """What each board said of itself in answer to `hello`: name and build."""
    told: dict[Scalar, str] = {}
    for event in trace:
        if event.source is Source.LINK and event.data.get("verb") == "hello":
            words = str(event.data.get("fields", "")).split()
            if event.kind == "ack" and len(words) > 2:  # noqa: PLR2004 - version first
                told.setdefault(event.data.get("board", ""), f"{words[1]} {words[2]}")
    return ", ".join(told.values())


class CaseSequence:
    """A run: cases in order, each repeated; its results so far are always there."""

    def __init__(
        self,
        rig: Rig,
        cases: Sequence[Case],
        *,
        component: str | None = None,
        seed: int = 0,
        repeat: int = 1,
        clock: Clock = Clock.REAL,
        jobs: int = 1,
        watch: Watch | None = None,
    ) -> None:
        """Plan to run *cases* on *rig*, all of them *repeat* times.

        Args:
            rig: where.
            cases: what.
            component: ``MODULE:CLASS`` to use in place of the rig's.
            seed: kept with the run.
            repeat: how often.
            clock: whose time the cases are played in.
            jobs: how many cases are played at once; on the real clock 1.
            watch: hears what happens in cases that are played on the real clock.
        """
        self.results: list[CaseResult] = []
        self._rig = rig
        self._plan = [
            (case, number) for number in range(1, repeat + 1) for case in cases
        ]
        self._component = component
        self._seed = seed
        self._clock = clock
        self._jobs = jobs
        self._watch = watch
        self._runner: Runner | None = None

    async def run(self, folder: Path, progress: Progress) -> None:
        """Run; ends early when the rig cannot be put to rest.

        Raises:
            DeadstopError: the rig cannot be brought to life or the component made.
        """
        self._runner = Runner(
            self._rig,
            folder,
            component=self._component,
            clock=self._clock,
            seed=self._seed,
            tell=progress.note,
            watch=self._watch,
        )
        try:
            async with self._runner as runner:
                progress.begun(len(self._plan))
                running: deque[asyncio.Task[CaseResult]] = deque()
                try:
                    await self._run_all(runner, running, progress)
                finally:
                    await self._break_off(running)
        except asyncio.CancelledError:
            if self._runner.guardian_lost:
                raise ToolchainError(GONE) from None
            raise

    async def _run_all(
        self,
        runner: Runner,
        running: deque[asyncio.Task[CaseResult]],
        progress: Progress,
    ) -> None:
        """Run up to `jobs` cases at once, and take their results in order."""
        loop = asyncio.get_running_loop()
        begun = 0
        for number, (case, repeat) in enumerate(self._plan):
            progress.case_begun(case.id, repeat)
            while begun < min(number + self._jobs, len(self._plan)):
                running.append(loop.create_task(runner.run(*self._plan[begun])))
                begun += 1
            self.results.append(await running[0])
            running.popleft()
            progress.case_ended(self.results[-1])
            if not runner.at_rest:
                progress.note("the rig is not at rest: no further case is run")
                return

    async def _break_off(self, running: deque[asyncio.Task[CaseResult]]) -> None:
        """End what is still running; what has been judged counts."""
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        for task in running:
            if not task.cancelled() and task.exception() is None:
                self.results.append(task.result())

    def result(self, *, interrupted: bool = False) -> RunResult:
        """Return what was found so far."""
        specs = {one.made_of for one in self._rig.components.values()}
        return RunResult(
            rig_name=self._rig.name,
            board=self._rig.kinds,
            proves=self._rig.proves,
            component=self._component or ", ".join(sorted(specs)),
            seed=self._seed,
            clock=self._clock,
            cases=tuple(self.results),
            limits=self._rig.limits,
            at_rest=self._runner is None or self._runner.at_rest,
            board_identity="" if self._runner is None else self._runner.identity,
            interrupted=interrupted,
        )
