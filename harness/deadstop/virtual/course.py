"""The course of one play: its steps, what follows a strike, its trace's hash."""

import hashlib
import marshal
from asyncio import events
from collections.abc import Callable

from deadstop.case_run import call_id
from deadstop.cases import Case
from deadstop.trace import Event, Source
from deadstop.triggers import Hosting, by_name
from deadstop.virtual.player import Player

__all__ = ["Cleanup", "Course", "TraceHash", "strike_again"]


def hash_event(event: Event) -> bytes:
    """Return *event* in bytes that are the same in every process and version."""
    row = (event.t_s, event.source.value, event.kind, dict(event.data))
    return marshal.dumps(row, 2)  # format 2 has no references


class TraceHash:
    """The hash of a trace, kept up as events are added."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, event: Event) -> None:
        """Take one more event."""
        # What a case is may be said anew when it is forked: it is added at the end.
        if not (event.source is Source.JUDGE and event.kind in ("case", "call")):
            self._hash.update(hash_event(event))

    def of(self, case: Case) -> str:
        """Return the hash of all that was added, and of what *case* it was."""
        final = self._hash.copy()
        final.update(case.id.encode())
        return final.hexdigest()


class Course:
    """Follows a motion: from its calls to the end of the struck one, step by step."""

    def __init__(
        self,
        player: Player,
        visit: Callable[[int, events.Handle | None], None],
        *,
        over_grpc: bool,
    ) -> None:
        """Call *visit* with the number of each step, from 0, and what is to be run."""
        self.begin_s = 0.0
        self.steps = 0
        self._player = player
        self._visit = visit
        self._over = False  # also in a child, for which another hook is set
        # Before the request has left, a stop from elsewhere may overtake it, and a
        # channel that is closed is opened again for it.
        self._from = "request-sent" if over_grpc else "call-sent"
        player.trace.listen(self._hear)

    def _hear(self, event: Event) -> None:
        if event.source is Source.JUDGE and event.kind == "begin":
            self.begin_s = event.t_s
        if event.kind not in (self._from, "call-returned") or self._over:
            return
        if _is_of_struck(event, self._player):
            self._over = event.kind == "call-returned"
            self._player.loop.before_step = None if self._over else self._step

    def leave(self) -> None:
        """Visit nothing more."""
        self._over = True
        self._player.loop.before_step = None

    def _step(self, handle: events.Handle | None) -> None:
        number, self.steps = self.steps, self.steps + 1
        self._visit(number, handle)


class Cleanup:
    """Follows what comes after a strike, to the end of the struck call."""

    def __init__(
        self,
        player: Player,
        visit: Callable[[int, events.Handle | None], bool],
        then: Callable[[events.Handle | None], None] | None = None,
    ) -> None:
        """Call *visit* with the number of each step and what is to be run.

        Until it returns True, or the call has ended; *then* is called instead from
        there on, with what is to be run.
        """
        self._then = then
        self._player = player
        self._visit = visit
        self._steps = 0
        self._from_s = 0.0
        self._over_kind = ""
        player.trace.listen(self._hear)

    def _hear(self, event: Event) -> None:
        if event.source is Source.JUDGE and event.kind == "strike" and not self._steps:
            self._from_s = event.t_s  # a timed trigger's lies ahead
            self._player.loop.before_step = self._step
            self._over_kind = _over_kind(self._player)
        elif event.kind == self._over_kind and _is_of_struck(event, self._player):
            self._player.loop.before_step = self._then

    def _step(self, handle: events.Handle | None) -> None:
        if self._player.loop.time() < self._from_s:
            if self._then is not None:
                self._then(handle)
            return
        step, self._steps = self._steps, self._steps + 1
        if self._visit(step, handle):
            self._player.loop.before_step = self._then


def _over_kind(player: Player) -> str:
    """Which event says that the struck call is over on the component's side."""
    grpc = player.run.trigger.hosting is Hosting.GRPC
    return "call-ended" if grpc else "call-returned"


def strike_again(player: Player, second: str) -> None:
    """Strike a second time, with the trigger called *second*."""
    if second == "second-cancel":
        player.bench.cancel_in_host(call_id(player.run.struck))
    else:
        player.run.strike(by_name(second))


def _is_of_struck(event: Event, player: Player) -> bool:
    return event.data.get("call") == call_id(player.run.struck)
