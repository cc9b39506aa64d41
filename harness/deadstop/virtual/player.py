"""Plays one case on virtual time, from power-up to the closing of the port.

A process plays once: the component's module, its registries and its caches are then as
new as on a robot that has just been switched on.
"""

import asyncio
import gc
from collections.abc import Mapping
from typing import Final

from deadstop.case_run import CaseRun
from deadstop.cases import Case
from deadstop.errors import UsageError
from deadstop.moments import Profile
from deadstop.trace import Trace
from deadstop.triggers import by_name
from deadstop.virtual.bench import VirtualBench
from deadstop.virtual.boards import make_clocked
from deadstop.virtual.clock import Owner, VirtualLoop, context_of
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.outside import enter
from deadstop.virtual.ports import install_ports
from deadstop.virtual.refusal import VirtualTimeError, refused

__all__ = ["CASE_WITHIN_S", "Player"]

# Simulated: no case that holds its rig's limits lasts as long.
CASE_WITHIN_S: Final = 120.0


class Player:
    """This process, as the place where one case is played.

    Attributes:
        loop: on which all of it lives.
        trace: its record.
        run: the case, once its bench has come to life.
        bench: what it is played on.
    """

    def __init__(self, config: PlayConfig, *, ask_directly: bool = False) -> None:
        """Put this process on virtual time, for good.

        Args:
            config: of the run.
            ask_directly: as for `VirtualBench`.
        """
        self.config = config
        self._ask_directly = ask_directly
        self.loop = VirtualLoop()
        self.trace = Trace()
        self.run: CaseRun
        self.bench: VirtualBench
        enter(self.loop, config.seed)
        install_ports()
        asyncio.set_event_loop(self.loop)

    def play(
        self,
        case: Case,
        profiles: Mapping[str, Profile],
        *,
        repeat: int = 1,
        ends_after_s: float | None = None,
    ) -> Trace:
        """Play *case*, and return its trace.

        Raises:
            VirtualTimeError: the component did what virtual time does not hold for.
            DeadlockError: nothing would ever happen again.
            DeadstopError: the rig could not be brought to life.
        """
        config = self.config
        trigger = by_name(case.trigger)
        if trigger.needs_process:
            raise UsageError(
                f"trigger {case.trigger} needs a process of its own to strike: use the "
                "real clock (deadstop run --clock real)"
            )
        self.bench = VirtualBench(
            config.rig,
            self.trace,
            self.loop,
            lambda observe: make_clocked(
                config.rig.board, config.elf, observe, self.loop.time()
            ),
            api=config.api,
            hosting=trigger.hosting,
            component=config.component,
            ask_directly=self._ask_directly,
        )
        self.run = CaseRun(self.bench, case, repeat, profiles, ends_after_s)
        gc.collect()
        gc.freeze()
        gc.disable()  # when it comes must not depend on what this process did before
        body = self._play()
        task = self.loop.create_task(body, context=context_of(Owner.JUDGE))
        # In that context, so that what ends the loop outlives the component's side.
        context_of(Owner.JUDGE).run(self.loop.run_until_complete, task)
        if refused():
            raise VirtualTimeError(refused())
        return self.trace

    async def _play(self) -> None:
        async with self.bench as bench:
            try:
                async with asyncio.timeout(CASE_WITHIN_S):
                    await self.run.run()
            except TimeoutError:
                why = f"the case did not end within {CASE_WITHIN_S:g} s"
                bench.note("unanswered", text=why)
            await bench.come_to_rest()
