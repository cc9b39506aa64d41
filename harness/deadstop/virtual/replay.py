"""Plays one schedule from power-up, without forking, and writes down each step."""

import asyncio
from asyncio import events
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from deadstop.cases import Case
from deadstop.judgement import judged
from deadstop.moments import Moment, Profile
from deadstop.trace import Trace
from deadstop.triggers import by_name
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.course import Cleanup, Course, TraceHash, strike_again
from deadstop.virtual.faults import LinkFault
from deadstop.virtual.player import Player
from deadstop.virtual.waiting import place_of

__all__ = ["Replay"]

STEP: Final = Moment.STEP.value
MOST_STEPS: Final = 600  # that are told of: far more than an account shows


class Replay:
    """One schedule, played in this process."""

    def __init__(
        self, config: PlayConfig, motion: str, profiles: Mapping[str, Profile]
    ) -> None:
        """Prepare to play *motion*."""
        self._player = Player(config, ask_directly=True)
        self._motion = motion
        self._profiles = profiles
        self._hash = TraceHash()
        self._player.trace.listen(self._hash.add)
        self._steps: list[dict[str, Any]] = []

    def play(self, strikes: Sequence[Mapping[str, Any]], path: Path) -> dict[str, Any]:
        """Play it, and write the trace to *path*.

        Args:
            strikes: the first with `trigger` and `step`, or `after_s` for a timed
                one; perhaps a second, with its `step` counted from the first.
            path: gets the trace.

        Returns:
            `hash`, `failed`, `outcome`, and `steps`: of each, its time, the number
            counted from the calls, what was run, and whether something struck.
        """
        first = strikes[0]
        player = self._player
        trigger = by_name(first["trigger"])
        case = Case(self._motion, trigger.name, STEP)
        if len(strikes) > 1:
            Cleanup(player, self._second(strikes[1]), self._after)
        course: Course

        def visit(step: int, handle: events.Handle | None) -> None:
            strikes_now = not trigger.timed and step == first["step"]
            self._note(step, handle, trigger.name if strikes_now else "")
            if strikes_now:
                course.leave()
                player.loop.before_step = self._after
                if "fault" in first:
                    player.bench.tap.faults.arm(_fault(first["fault"]))
                player.run.strike()

        course = Course(player, visit, over_grpc=trigger.hosting.value == "grpc")
        trace = player.play(case, self._profiles, ends_after_s=first.get("after_s"))
        trace.write(path)
        result = judged(
            case, trace, player.config.rig, repeat=1, folder="", duration_s=0.0
        )
        return {
            "hash": self._hash.of(case),
            "outcome": result.outcome.value,
            "failed": [
                [verdict.invariant, verdict.detail]
                for verdict in result.verdicts
                if verdict.outcome == "fail"
            ],
            "steps": self._around_strike(trace),
        }

    def _around_strike(self, trace: Trace) -> list[dict[str, Any]]:
        """Return the steps about the strike, if any, as many as can be told."""
        strike = next((event for event in trace if event.kind == "strike"), None)
        at = len(self._steps)
        if strike is not None:
            at = sum(step["t_s"] <= strike.t_s for step in self._steps)
        return self._steps[max(at - MOST_STEPS // 2, 0) : at + MOST_STEPS // 2]

    def _second(
        self, strike: Mapping[str, Any]
    ) -> Callable[[int, events.Handle | None], bool]:
        def visit(step: int, handle: events.Handle | None) -> bool:
            strikes_now = step == strike["step"]
            self._note(-1, handle, strike["trigger"] if strikes_now else "")
            if not strikes_now:
                return False
            strike_again(self._player, strike["trigger"])
            return True

        return visit

    def _after(self, handle: events.Handle | None) -> None:
        self._note(-1, handle, "")

    def _note(self, step: int, handle: events.Handle | None, strike: str) -> None:
        self._steps.append(
            {
                "t_s": self._player.loop.time(),
                "step": step,
                "what": _describe(handle),
                "strike": strike,
            }
        )


def _describe(handle: events.Handle | None) -> str:
    """Say what *handle* runs: of a task, the line in which it goes on."""
    if handle is None:
        return "waits: nothing is ready"
    callback = getattr(handle, "_callback", None)  # asyncio offers no other way
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        coroutine = owner.get_coro()
        name = getattr(coroutine, "__qualname__", "a coroutine")
        return f"{name} goes on at {place_of(coroutine)}"
    name = getattr(callback, "__qualname__", repr(callback))
    code = getattr(callback, "__code__", None)
    where = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{name}{where}"


def _fault(text: str) -> LinkFault:
    """Read what `str` gives of a fault."""
    kind, way, byte = text.split()
    return LinkFault.from_message({"kind": kind, "way": way, "byte": byte})
