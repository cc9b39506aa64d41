"""What a process forked from the zygote does to play one case on virtual time.

The judge's side is `deadstop.stage`. Each event is in the trace's file as soon as it
has happened: whatever the component does to this process, what it did is on record.
"""

import json
import os
import signal
import socket
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from deadstop.cases import Case
from deadstop.errors import DeadstopError
from deadstop.moments import Profile
from deadstop.trace import Event, Scalar, Source, as_line
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.player import CASE_WITHIN_S, Player
from deadstop.virtual.refusal import DeadlockError, VirtualTimeError, refused

__all__ = ["main"]

# CPU time, far above what a whole case takes: a callback that does not end within
# this never will.
SPINS_S: Final = 2.0


def main(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Play the case in *config* into a file, and tell how it went.

    Args:
        sock: gets one packet: the event ``played`` with `at_rest`, or ``failed`` with
            `kind` (the error's class) and `error`. There is none if the component has
            ended this process.
        config: `play` (a `PlayConfig`), `case`, `repeat`, `profiles` (by axis), and
            `trace`, the path of that file.
    """
    playing = _Playing(sock, Player(PlayConfig.from_message(config["play"])))
    path = Path(config["trace"])
    with path.open("wb", buffering=0) as file:

        def record(event: Event) -> None:
            file.write(as_line(event).encode())

        playing.player.trace.listen(record)
        signal.signal(signal.SIGPROF, lambda *_: playing.look())
        signal.setitimer(signal.ITIMER_PROF, SPINS_S, SPINS_S)
        told = playing.play(
            Case(**config["case"]),
            {axis: Profile(**values) for axis, values in config["profiles"].items()},
            config["repeat"],
        )
        signal.setitimer(signal.ITIMER_PROF, 0)
    playing.player.trace.write(path)  # once more, in the order of the stamps
    playing.tell(told)


class _Playing:
    """A case that is being played, and an eye on whether it gets anywhere."""

    def __init__(self, sock: socket.socket, player: Player) -> None:
        self.player = player
        self._sock = sock
        self._seen: tuple[int, float] | None = None

    def play(
        self, case: Case, profiles: Mapping[str, Profile], repeat: int
    ) -> dict[str, Any]:
        error: Exception | None = None
        try:
            self.player.play(case, profiles, repeat=repeat)
        except DeadlockError as deadlock:
            # What the component has done until then is judged like any other case.
            self._note("unanswered", text=str(deadlock))
        except DeadstopError as problem:
            error = problem
        except Exception as problem:  # noqa: BLE001 - the judge is told of it
            traceback.print_exc()
            error = problem
        if refused():  # whatever came of it
            error = VirtualTimeError(refused())
        if error is None:
            return self._played()
        return {
            "event": "failed",
            "kind": type(error).__name__,
            "error": str(error),
        }

    def tell(self, told: Mapping[str, Any]) -> None:
        self._sock.send(json.dumps(told).encode())

    def look(self) -> None:
        """End a case in which one callback never ends; called now and then."""
        loop = self.player.loop
        before, self._seen = self._seen, (loop.steps, loop.time())
        if before is None or loop.steps != before[0] or not self._is_served():
            return
        passes = loop.advancing or loop.time() != before[1]
        if passes and loop.time() < loop.epoch_s + CASE_WITHIN_S:
            return
        self._note("unanswered", text="a callback of the event loop never ends")
        silent_s = self.player.config.rig.limits.call_ms / 1000
        if not loop.advancing:
            # What happens by itself while the loop is blocked, for as long as the
            # judge of the real clock would wait for an answer.
            loop.block(silent_s)
        self._note("heartbeat", silent_s=silent_s)
        self._note("rest", at_rest=self.player.bench.board.at_rest())
        self.tell(self._played())
        os._exit(0)

    def _is_served(self) -> bool:
        # Before that it is being imported, which may take its time.
        return any(event.kind == "serving" for event in self.player.trace)

    def _note(self, kind: str, **data: Scalar) -> None:
        now_s = self.player.loop.time()
        self.player.trace.add(Event(now_s, Source.JUDGE, kind, data))

    def _played(self) -> dict[str, Any]:
        rests = [event for event in self.player.trace if event.kind == "rest"]
        at_rest = all(event.data["at_rest"] for event in rests)
        return {"event": "played", "at_rest": at_rest}
