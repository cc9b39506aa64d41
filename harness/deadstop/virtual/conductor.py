"""Plays a motion once, and from each of its steps on every case that strikes there.

At a step the process is forked. The child strikes, plays the case to its end, judges
the trace and says what it found; then it is gone, and the parent, which saw nothing of
that, goes on to the next step.
"""

import asyncio
import ctypes
import json
import math
import os
import random
import select
import signal
import time
import traceback
from asyncio import events
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from deadstop.cases import Case
from deadstop.judgement import judged
from deadstop.moments import Moment, Profile
from deadstop.trace import Event, Source
from deadstop.triggers import Hosting, by_name
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.course import Cleanup, Course, TraceHash, strike_again
from deadstop.virtual.faults import Crossing, count_bytes
from deadstop.virtual.outside import allowing
from deadstop.virtual.player import Player

__all__ = ["Conductor", "Finding"]

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
# Of real time: a case takes some 10 ms. Beyond that the component spins in one step.
CASE_WITHIN_S: Final = 30.0
STEP: Final = Moment.STEP.value
_COUNTING: Final = "counting"  # no fault: what one could harm is counted
_REPORTED: Final = 79  # the exit code of a child that has said what it found

Finding = Mapping[str, Any]

_prctl = ctypes.CDLL(None).prctl
_perf_counter = time.perf_counter  # before it is the loop's


class Conductor:
    """Forks this process at the steps of one motion."""

    def __init__(
        self,
        config: PlayConfig,
        case: Case,
        profiles: Mapping[str, Profile],
        tell: Callable[[Finding], None],
        *,
        second: str = "",
        faults: int | None = 0,
    ) -> None:
        """Prepare to play *case*, whose trigger is only there to be replaced.

        Args:
            config: of the run.
            case: at the moment `step`.
            profiles: of the motion, by axis.
            tell: called with each finding, in this process.
            second: a trigger that strikes once more, at each step of what follows the
                first; empty for none.
            faults: how many link faults to cross each strike with, chosen by the
                config's seed; None for all of them.
        """
        self._player = Player(config, ask_directly=True)
        self._case = case
        self._profiles = profiles
        self._tell = tell
        self._second = second
        self._faults = faults
        self._unread = b""
        self._heard_s = 0.0
        self._told, self._tell_counts = os.pipe()
        self._over_grpc = by_name(case.trigger).hosting is Hosting.GRPC
        self._read, self._write = os.pipe()  # here, so that it is no leftover
        self._hash = TraceHash()
        self._player.trace.listen(self._hash.add)
        self._label: dict[str, Any] = {}
        self._forked = 0
        self._course: Course
        self._since_s = 0.0

    def scout(self, ends_after_s: float | None = None) -> dict[str, Any]:
        """Play it undisturbed.

        Args:
            ends_after_s: for a timed trigger, beyond the motion's end; 0 for others.

        Returns:
            `steps`, their number; `turns_s`, when each turn of the loop began, in
            seconds from the calls; `offsets_s`, how much later than asked for the
            trigger's timers were set; `outcome` of the call.
        """
        turns_s: dict[int, float] = {}
        loop = self._player.loop

        def visit(_: int, __: events.Handle | None) -> None:
            turns_s.setdefault(loop.turns, loop.time() - self._course.begin_s)

        loop.timers = []
        self._course = Course(self._player, visit, over_grpc=self._over_grpc)
        trace = self._player.play(self._case, self._profiles, ends_after_s=ends_after_s)
        begin_s = self._course.begin_s
        asked_s = begin_s + (ends_after_s or 0.0)
        late_s = {
            round(timer_s - asked_s, 9)
            for timer_s in loop.timers
            if ends_after_s and 0.0 <= timer_s - asked_s < 1.0
        }
        return {
            "steps": self._course.steps,
            "turns_s": [round(turn_s, 9) for turn_s in turns_s.values()],
            "offsets_s": sorted(late_s),
            "hash": self._hash.of(self._case),
            "outcome": judged(
                self._case,
                trace,
                self._player.config.rig,
                repeat=1,
                folder="",
                duration_s=0.0,
            ).outcome.value,
        }

    def sweep_steps(self, triggers: Mapping[int, list[str]]) -> None:
        """Strike with each of *triggers*, by step."""

        def visit(step: int, _: events.Handle | None) -> None:
            for name in triggers.get(step, ()):
                label = {"trigger": name, "step": step}
                if self._fork(label):
                    self._strike_first(name)
                    return

        self._course = Course(self._player, visit, over_grpc=self._over_grpc)
        self._finish(lambda: self._player.play(self._case, self._profiles))

    def sweep_times(self, trigger: str, ends_after_s: Mapping[int, float]) -> None:
        """Let a timed *trigger* end the motion after each of these times."""

        def hear(event: Event) -> None:
            if event.source is Source.JUDGE and event.kind == "begin":
                for step, after_s in ends_after_s.items():
                    label = {"trigger": trigger, "step": step, "after_s": after_s}
                    if self._fork(label):
                        self._player.run.ends_after_s = after_s
                        self._follow()
                        return
                self._leave()  # nothing is left to be learnt from going on

        self._player.trace.listen(hear)
        case = Case(self._case.motion, trigger, STEP)
        self._finish(lambda: self._player.play(case, self._profiles))

    # In the child

    def _strike_first(self, name: str) -> None:
        player = self._player
        player.run.retarget(Case(self._case.motion, name, STEP))
        self._course.leave()
        self._follow()
        if self._faults != 0:
            self._cross_with_faults()
        player.run.strike()

    def _follow(self) -> None:
        """Strike once more at each step of what follows, if that was asked for."""
        if not self._second:
            return
        Cleanup(self._player, self._visit_cleanup)

    def _cross_with_faults(self) -> None:
        """Fork before the strike: once to see what will cross the line, then for each.

        This process goes on without any fault.
        """
        player = self._player
        first = dict(self._label)
        if self._fork({**first, "fault": _COUNTING}):
            self._since_s = player.loop.time()
            return
        crossing = Crossing(**json.loads(os.read(self._told, 65536)))
        faults = list(crossing.faults())
        self._label["faults"] = len(faults)
        if self._faults is not None and self._faults < len(faults):
            seed = f"{player.config.seed} {sorted(first.items())}"
            chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
            faults = chance.sample(faults, self._faults)
        for fault in faults:
            if self._fork({**first, "fault": str(fault)}):
                player.bench.tap.faults.arm(fault)
                return

    def _crossing(self) -> Crossing:
        """What crossed the line from the strike on until the component was asked."""
        trace = self._player.trace
        until_s = next(
            (event.t_s for event in trace if event.kind == "clean"), math.inf
        )
        return count_bytes(trace, self._since_s, until_s)

    def _visit_cleanup(self, step: int, _: events.Handle | None) -> bool:
        first = dict(self._label)
        if not self._fork({**first, "second": self._second, "second_step": step}):
            return False
        strike_again(self._player, self._second)
        return True

    def _finish(self, play: Callable[[], object]) -> None:
        error = ""
        try:
            play()
        except BaseException as problem:
            if not self._forked:
                raise
            error = f"{type(problem).__name__}: {problem}"
            traceback.print_exc()
        if self._forked:
            if self._label.get("fault") == _COUNTING:
                self._tell_crossing(self._crossing())
            else:
                self._report(error)
            os._exit(_REPORTED)

    def _report(self, error: str) -> None:
        player = self._player
        finding: dict[str, Any] = {
            **self._label,
            "virtual_s": round(player.loop.time() - player.loop.epoch_s, 6),
        }
        if error:
            finding["error"] = error
        else:
            case = player.run.case
            result = judged(
                case,
                player.trace,
                player.config.rig,
                repeat=1,
                folder="",
                duration_s=0.0,
            )
            finding["outcome"] = result.outcome.value
            finding["hash"] = self._hash.of(case)
            finding["failed"] = [
                [verdict.invariant, verdict.detail[:300]]
                for verdict in result.verdicts
                if verdict.outcome == "fail"
            ]
        self._send(finding)

    def _tell_crossing(self, crossing: Crossing) -> None:
        os.write(self._tell_counts, json.dumps(asdict(crossing)).encode())

    def _send(self, finding: Finding) -> None:
        os.write(self._write, json.dumps(finding).encode() + b"\n")

    # Forking

    def _fork(self, label: dict[str, Any]) -> bool:
        """Fork; True in the child. The parent returns when the child has ended."""
        # Without gc.freeze: the child's own collection has to find what the step before
        # lost, and the bench has frozen what is older than the motion.
        chance = random.getstate()
        with allowing():
            pid = os.fork()
        if pid:
            self._await_child(pid, label)
            return False
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        random.setstate(chance)  # a child is seeded anew by Python
        loop = self._player.loop
        asyncio._set_running_loop(None)  # noqa: SLF001 - it remembers the process
        asyncio._set_running_loop(loop)  # noqa: SLF001
        self._forked += 1
        self._label = label
        return True

    def _await_child(self, pid: int, label: Finding) -> None:
        """Hand on what the child finds until it has ended."""
        if self._forked:  # whoever forked us reads what our children write
            self._await_grandchild(pid, label)
            return
        until_s = _perf_counter() + CASE_WITHIN_S
        while not self._hand_on(label, 0.5):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                if not self._hand_on(label, 0.0):
                    self._fail(label, _ended_early(os.waitstatus_to_exitcode(status)))
                return
            if self._heard_s > until_s - CASE_WITHIN_S:
                until_s = self._heard_s + CASE_WITHIN_S
            if _perf_counter() > until_s:
                os.kill(pid, signal.SIGKILL)
                why = f"one step of the event loop did not end in {CASE_WITHIN_S:g} s"
                self._fail(label, why)
                break
        os.waitpid(pid, 0)

    def _hand_on(self, label: Finding, wait_s: float) -> bool:
        """Tell what can be read; return whether the last of it has been told."""
        ended = False
        while not ended and select.select([self._read], [], [], wait_s)[0]:
            self._unread += os.read(self._read, 65536)
            *lines, self._unread = self._unread.split(b"\n")
            self._heard_s = _perf_counter()
            for line in lines:
                self._tell(json.loads(line))
                ended = ended or self._is_last(line, label)
        return ended

    def _await_grandchild(self, pid: int, label: Finding) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code == _REPORTED:
            return
        if label.get("fault") == _COUNTING:
            self._tell_crossing(Crossing(0, 0, 0, 0))
        self._send({**label, "error": _ended_early(code), "virtual_s": 0.0})

    def _fail(self, label: Finding, why: str) -> None:
        self._tell({**label, "error": why, "virtual_s": 0.0})

    @staticmethod
    def _is_last(line: bytes, label: Finding) -> bool:
        found = json.loads(line)
        nested = "second_step" in found or "fault" in found
        return not nested and found["step"] == label["step"]

    def _leave(self) -> None:
        os._exit(0)


def _ended_early(code: int) -> str:
    return f"its process ended by itself (exit code {code})"
