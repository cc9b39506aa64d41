"""Where a case is played: on a bench of its own, on the real clock or on virtual time.

Both leave the case's whole record in one file, and nothing else counts as evidence.
"""

import asyncio
import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, NoReturn, Protocol, TypeAlias

from deadstop.bench import Bench
from deadstop.boards.maker import RigBoards
from deadstop.case_run import CaseRun
from deadstop.cases import Case
from deadstop.errors import (
    BoardAbsentError,
    ComponentError,
    DeadstopError,
    LinkFaultError,
    ToolchainError,
    UsageError,
)
from deadstop.harm import Harm
from deadstop.hosting import ChildProcess, Message, Zygote
from deadstop.hosting.inspection import ComponentClass
from deadstop.hosting.processes import shorten_log
from deadstop.moments import Profile
from deadstop.rig import Rig
from deadstop.trace import Event, Source, Trace
from deadstop.triggers import by_name
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.refusal import VirtualTimeError
from deadstop.writing import writing

__all__ = ["RealStage", "Stage", "VirtualStage", "Watch"]

# Called as a case begins to be played, with its id; the result hears its events at
# once, in whichever thread they are noted, and must be quick.
Watch: TypeAlias = Callable[[str], Callable[[Event], None]]

PLAY: Final = "deadstop.virtual.play_role:main"
# Of real time. A case takes less than a second; beyond this its process hangs in
# something that neither takes CPU time nor ends.
PLAYED_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 1.0

_KINDS: Final[Mapping[str, type[DeadstopError]]] = {
    kind.__name__: kind
    for kind in (
        BoardAbsentError,
        ComponentError,
        LinkFaultError,
        ToolchainError,
        UsageError,
        VirtualTimeError,
    )
}


class Stage(Protocol):
    """Where cases are played."""

    @property
    def at_rest(self) -> bool:
        """Whether the rig was confirmed at rest after every case."""

    async def play(
        self, case: Case, repeat: int, profiles: Mapping[str, Profile], trace: Path
    ) -> None:
        """Play *case* and leave its record in the file *trace*.

        Raises:
            DeadstopError: it could not be played.
        """


class RealStage:
    """Plays on a `Bench`: real processes and real time."""

    def __init__(
        self,
        rig: Rig,
        zygote: Zygote,
        boards: RigBoards,
        classes: Mapping[str, ComponentClass],
        harm: Harm | None = None,
        *,
        watch: Watch | None = None,
    ) -> None:
        """Play components of *classes* on *rig*, which does *harm*; *watch* sees it."""
        self.at_rest = True
        self._rig = rig
        self._zygote = zygote
        self._boards = boards
        self._classes = classes
        self._harm = harm or Harm()
        self._watch = watch

    async def play(
        self, case: Case, repeat: int, profiles: Mapping[str, Profile], trace: Path
    ) -> None:
        """Play *case* and leave its record in the file *trace*.

        Raises:
            UsageError: that cannot be written.
            DeadstopError: the case could not be played.
        """
        record = Trace()
        if self._watch is not None:
            record.listen(self._watch(case.id))
        bench = Bench(
            self._rig,
            self._zygote,
            record,
            trace.parent,
            classes=self._classes,
            hosting=by_name(case.trigger).hosting,
            boards=self._boards,
            harm=self._harm.link,
        )
        try:
            async with bench:
                self._harm.begin(bench)
                await CaseRun(bench, case, repeat, profiles).run()
        finally:
            self.at_rest = self.at_rest and bench.at_rest
            with writing(trace):
                record.write(trace)
                shorten_log(trace.with_name("component.log"))


class VirtualStage:
    """Plays each case in a process forked for it, all of it on virtual time."""

    def __init__(self, config: PlayConfig, zygote: Zygote) -> None:
        """Play as *config* says, in processes forked from *zygote*."""
        self.at_rest = True
        self._config = config
        self._zygote = zygote

    async def play(
        self, case: Case, repeat: int, profiles: Mapping[str, Profile], trace: Path
    ) -> None:
        """Play *case* and leave its record in the file *trace*.

        What was recorded of a case that could not be played is removed again.

        Raises:
            VirtualTimeError: the component does what virtual time does not hold for.
            DeadstopError: it could not be played for another reason.
        """
        log = trace.with_name("component.log")
        try:
            config = self._in_words(case, repeat, profiles, trace)
            child = await self._zygote.fork(PLAY, config, log)
            told = await _last_word(child)
            if told is None:
                _tell_end(trace, child)
            elif told["event"] == "failed":
                _raise(told, case, log)
            else:
                self.at_rest = self.at_rest and bool(told["at_rest"])
        except BaseException:
            _remove(trace)
            raise
        finally:
            shorten_log(log)

    def _in_words(
        self, case: Case, repeat: int, profiles: Mapping[str, Profile], trace: Path
    ) -> dict[str, object]:
        return {
            "play": self._config.to_message(),
            "case": asdict(case),
            "repeat": repeat,
            "profiles": {axis: one.as_dict() for axis, one in profiles.items()},
            "trace": str(trace.absolute()),
        }


def _remove(trace: Path) -> None:
    trace.unlink(missing_ok=True)


async def _last_word(child: ChildProcess) -> Message | None:
    """Return what *child* says, and see that it ends; None if it says nothing."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Message | None] = loop.create_future()

    def hear(message: Message | None) -> None:
        if not heard.done():
            heard.set_result(message)

    child.connect(hear)
    # What it said last is read first: there is a look at its channel between the two.
    child.tell_exit(lambda: loop.call_soon(loop.call_soon, hear, None))
    try:
        async with asyncio.timeout(PLAYED_WITHIN_S):
            told = await heard
    except TimeoutError:
        return None
    finally:
        await child.end(ENDS_WITHIN_S if heard.done() else 0.0)
    return told


def _raise(told: Message, case: Case, log: Path) -> NoReturn:
    kind = _KINDS.get(told["kind"])
    if kind is None:
        raise ToolchainError(
            f"virtual time broke down in {case.id} ({told['kind']}: {told['error']}); "
            f"where, is in {log}"
        )
    raise kind(told["error"])


def _tell_end(trace: Path, child: ChildProcess) -> None:
    """Add to the record how the process that played the case went.

    Raises:
        ComponentError: the case had not begun.
    """
    hung = child.exit_code == -signal.SIGKILL
    how = f"ended (exit code {child.exit_code})"
    if hung:
        how = f"gave no sign of life for {PLAYED_WITHIN_S:g} s"
    record = Trace.read(trace) if trace.exists() else Trace()
    events = list(record)
    if not any(event.kind == "case" for event in events):
        raise ComponentError(
            f"the component's process {how} while it was being made; "
            f"its output: {child.output}"
        )
    last_s = events[-1].t_s
    why = {"text": f"its process {how}"}
    record.add(Event(last_s, Source.JUDGE, "unanswered", why))
    if hung:
        silent = {"silent_s": PLAYED_WITHIN_S}
        record.add(Event(last_s, Source.JUDGE, "heartbeat", silent))
    else:
        record.add(Event(last_s, Source.JUDGE, "component-gone", why))
    record.write(trace)
