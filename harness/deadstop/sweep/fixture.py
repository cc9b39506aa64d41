"""A sweep for a test: one call, whether a loop runs in this thread or not."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deadstop.rig import Rig
from deadstop.sweep.results import Finding, SweepResult
from deadstop.sweep.sweep import Sweep, SweepWish

__all__ = ["run_sweep"]


class _Silent:
    """Hears how it goes, and says nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def planned(self, result: SweepResult) -> None:
        """Say nothing."""

    def found(self, result: SweepResult, finding: Finding) -> None:
        """Say nothing."""


def run_sweep(
    rig: Rig,
    component: str | None,
    folder: Path,
    *,
    motion: str = "*",
    trigger: str = "",
    depth: int = 1,
    max_cases: int | None = None,
    seed: int = 0,
    faults: bool = False,
    max_faults: int | None = None,
) -> SweepResult:
    """Sweep, and save failing schedules into *folder*.

    Args:
        rig: where.
        component: ``MODULE:CLASS`` to use in place of the rig's.
        folder: gets the schedules, and the component's output.
        motion: a glob.
        trigger: a glob; empty for those of the catalogue that need no process.
        depth: 2 strikes once more at each step of what follows.
        max_cases: how many points to play at most, chosen by *seed*.
        faults: cross each strike with faults of the link.
        max_faults: how many of them to try at each strike at most.
        seed: of that choice and of the component's random numbers.

    Raises:
        DeadstopError: the rig or the component cannot be used, or what it does
            cannot be done in virtual time.
    """
    wish = SweepWish(
        rig,
        component=component,
        motions=[motion],
        triggers=[trigger] if trigger else [],
        depth=depth,
        seed=seed,
        jobs=len(os.sched_getaffinity(0)),
        max_cases=max_cases,
        faults=faults,
        max_faults=max_faults,
    )
    sweep = Sweep(wish, _Silent())

    def run() -> None:
        asyncio.run(sweep.run(folder))

    with ThreadPoolExecutor(1) as pool:  # the test itself may be a coroutine
        pool.submit(run).result()
    sweep.save(folder)
    return sweep.result
