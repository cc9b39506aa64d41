"""The gallery, run: is every broken component caught, every correct one left alone?"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from deadstop.cases import Case, case_by_id
from deadstop.errors import BoardAbsentError, ComponentError, UsageError
from deadstop.gallery.catalogue import (
    BROKEN,
    CORRECT,
    BrokenComponent,
    CorrectComponent,
    Stand,
)
from deadstop.moments import Moment
from deadstop.results import CaseResult, ExitCode, Outcome, Verdict
from deadstop.rig import ProgramBoardConfig, Rig, load_rig
from deadstop.runner import PATIENT, Runner

__all__ = [
    "BrokenRow",
    "Caught",
    "CorrectRow",
    "Exhibit",
    "Proof",
    "ProofProgress",
    "ProofResult",
    "Row",
    "choose",
    "mount",
]

Exhibit: TypeAlias = BrokenComponent | CorrectComponent

# What the gallery's components need: two motors with encoders.
_AXES: Final = "ab"


class Caught(StrEnum):
    """What became of a broken component."""

    NAMED = "by the invariant named"
    OTHER = "by another"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A broken component, and what its case came to.

    Attributes:
        result: None if its case could not be run; *error* says why.
    """

    component: BrokenComponent
    result: CaseResult | None
    error: str = ""

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """What failed, in the order of the catalogue; nothing if nothing was struck."""
        if self.result is None or not _happened(self.result):
            return ()
        return _failed(self.result)

    @property
    def caught(self) -> Caught:
        """Whether it was caught, and by what."""
        if self.named is not None:
            return Caught.NAMED
        return Caught.OTHER if self.failed else Caught.MISSED

    @property
    def named(self) -> Verdict | None:
        """The verdict that fails it by an invariant that the catalogue names."""
        named = (v for v in self.failed if v.invariant in self.component.invariants)
        return next(named, None)

    @property
    def holds(self) -> bool:
        """Whether this is as it should be."""
        return self.caught is Caught.NAMED


@dataclass(frozen=True, slots=True)
class CorrectRow:
    """A correct component, and what its cases came to."""

    component: CorrectComponent
    results: tuple[CaseResult, ...]
    error: str = ""

    @property
    def alarms(self) -> tuple[tuple[CaseResult, Verdict], ...]:
        """The verdicts that failed it, each with its case; all of them are false."""
        return tuple((case, bad) for case in self.results for bad in _failed(case))

    @property
    def holds(self) -> bool:
        """Whether this is as it should be."""
        return not self.alarms and not self.error


Row: TypeAlias = BrokenRow | CorrectRow


def _failed(result: CaseResult) -> tuple[Verdict, ...]:
    return tuple(v for v in result.verdicts if v.outcome is Outcome.FAIL)


def _happened(result: CaseResult) -> bool:
    """Whether the trigger struck, or none was to: else it proves nothing."""
    return result.moment == Moment.IDLE or result.moment_reached != "never"


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What the gallery came to, so far.

    Attributes:
        rig: with which the components were mounted.
        at_rest: whether the rig was confirmed at rest after every case.
        interrupted: whether somebody ended it before all had run.
    """

    rig: Rig
    rows: tuple[Row, ...]
    wall_s: float = 0.0
    at_rest: bool = True
    interrupted: bool = False

    @property
    def broken(self) -> tuple[BrokenRow, ...]:
        """The broken components, in the order of the catalogue."""
        return tuple(row for row in self.rows if isinstance(row, BrokenRow))

    @property
    def correct(self) -> tuple[CorrectRow, ...]:
        """The correct components."""
        return tuple(row for row in self.rows if isinstance(row, CorrectRow))

    @property
    def caught(self) -> int:
        """How many broken ones were caught, by whatever invariant."""
        return sum(row.caught is not Caught.MISSED for row in self.broken)

    @property
    def caught_by_named(self) -> int:
        """How many broken ones were caught by the invariant that is named."""
        return sum(row.caught is Caught.NAMED for row in self.broken)

    @property
    def false_alarms(self) -> int:
        """How many verdicts failed a correct component."""
        return sum(len(row.alarms) for row in self.correct)

    @property
    def exit_code(self) -> ExitCode:
        """0 only if every row is as it should be."""
        if not self.at_rest:
            return ExitCode.NOT_AT_REST
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if not self.rows:
            return ExitCode.NOTHING_CHECKED
        held = all(row.holds for row in self.rows)
        return ExitCode.HELD if held else ExitCode.FAILED


class ProofProgress(Protocol):
    """Who hears how it goes."""

    def begun(self, total: int) -> None:
        """It begins; *total* components will be run."""

    def row(self, row: Row) -> None:
        """One component has been run."""

    def note(self, text: str) -> None:
        """Something else that a person wants to know."""


def choose(globs: Sequence[str] = ()) -> tuple[Exhibit, ...]:
    """Choose components by their ids; none means all.

    Raises:
        UsageError: a glob matches nothing; the message lists what is known.
    """
    known = (*BROKEN, *CORRECT)
    for glob in globs:
        if not any(_matches(one, [glob]) for one in known):
            names = ", ".join(one.id for one in known)
            raise UsageError(f"no component of the gallery is {glob!r}; known: {names}")
    return tuple(one for one in known if not globs or _matches(one, globs))


def _matches(one: Exhibit, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(one.id.lower(), glob.lower()) for glob in globs)


def mount(rig: Rig, stand: Stand) -> Rig:
    """Return the gallery's *stand* with the board and the limits of *rig*.

    Raises:
        UsageError: its board has not two motors.
    """
    board = rig.board
    shield = "program" if isinstance(board, ProgramBoardConfig) else board.shield
    if shield != "motor" or not board.axes.startswith(_AXES):
        raise UsageError(
            f"rig {rig.name!r} has the axes {board.axes!r} on a board of the kind "
            f"{shield!r}; the gallery needs two motors, {_AXES!r}: use loopback or avr"
        )
    own = load_rig(str(files("deadstop.gallery") / f"{stand}.toml"))
    name = f"{own.name}-{rig.name}"
    return own.model_copy(update={"name": name, "board": board, "limits": rig.limits})


class Proof:
    """Runs chosen components of the gallery; what it found so far is always there."""

    def __init__(
        self, rig: Rig, chosen: Sequence[Exhibit], *, seed: int = 0, jobs: int = 1
    ) -> None:
        """Plan to run *chosen* on the board of *rig*.

        Args:
            rig: has the board and the limits.
            chosen: what to run.
            seed: kept with the run; what is chosen does not depend on it.
            jobs: how many are run at once, each on a bench of its own.

        Raises:
            UsageError: the board has not two motors.
        """
        self.at_rest = True
        self.rows: dict[str, Row] = {}
        self._chosen = tuple(chosen)
        self._stands = {one.stand: mount(rig, one.stand) for one in chosen}
        self._seed = seed
        self._jobs = jobs

    def result(
        self, rig: Rig, wall_s: float, *, interrupted: bool = False
    ) -> ProofResult:
        """Return what was found so far, in the order of the gallery."""
        rows = [self.rows[one.id] for one in self._chosen if one.id in self.rows]
        return ProofResult(rig, tuple(rows), wall_s, self.at_rest, interrupted)

    async def run(self, folder: Path, progress: ProofProgress) -> None:
        """Run; ends early when the rig cannot be put to rest.

        Raises:
            DeadstopError: the rig cannot be brought to life.
        """
        progress.begun(len(self._chosen))
        for stand, rig in self._stands.items():
            waiting = deque(one for one in self._chosen if one.stand is stand)
            async with asyncio.TaskGroup() as group:
                for lane in range(min(self._jobs, len(waiting))):
                    own = folder / "stands" / f"{stand}-{lane + 1}"
                    group.create_task(
                        self._run_lane(rig, waiting, folder, own, progress)
                    )

    async def _run_lane(
        self,
        rig: Rig,
        waiting: deque[Exhibit],
        folder: Path,
        own: Path,
        progress: ProofProgress,
    ) -> None:
        own.mkdir(parents=True)  # noqa: ASYNC240 - before anything moves
        runner = Runner(rig, own, seed=self._seed, tell=progress.note)
        runner.played_again = PATIENT
        async with runner:
            # What is undisturbed is learnt from the stand's own, correct component.
            await runner.run(Case(next(iter(rig.motions)), "none", Moment.IDLE.value))
            while waiting and self.at_rest:
                one = waiting.popleft()
                row = await self._run_one(runner, one, folder / one.id)
                self.at_rest = self.at_rest and runner.at_rest
                self.rows[one.id] = row
                progress.row(row)
        if not self.at_rest:
            progress.note("the rig is not at rest: no further component is run")

    async def _run_one(self, runner: Runner, one: Exhibit, folder: Path) -> Row:
        folder.mkdir()  # noqa: ASYNC240 - before anything moves
        cases = (one.case,) if isinstance(one, BrokenComponent) else one.cases
        results: list[CaseResult] = []
        error = ""

        def as_expected(result: CaseResult) -> bool:
            return _row(one, [result]).holds

        try:
            await runner.use(one.class_path, folder)
            for case_id in cases:
                case = case_by_id(runner.rig, case_id)
                results.append(await runner.run(case, expected=as_expected))
                if not runner.at_rest:
                    break
        except (BoardAbsentError, ComponentError) as problem:
            error = str(problem)  # of this component alone
        return _row(one, results, error)


def _row(one: Exhibit, results: Sequence[CaseResult], error: str = "") -> Row:
    if isinstance(one, BrokenComponent):
        return BrokenRow(one, results[0] if results else None, error)
    return CorrectRow(one, tuple(results), error)
