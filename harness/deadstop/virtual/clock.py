"""An event loop whose time is that of a simulated board.

Nothing here waits. When nothing is ready, the board is let run to the next timer, or
to what it says or does before that. Every callback that is run takes `STEP_S` of this
time, so that what happens has an order in time, and a loop that spins gets somewhere.
"""

import asyncio
import contextvars
import functools
import heapq
import math
import weakref
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextvars import Context
from enum import Enum, auto
from typing import Any, Final, Protocol, TypeVar, TypeVarTuple

from deadstop.virtual.descriptors import DESCRIPTORS
from deadstop.virtual.network import MemoryNetwork
from deadstop.virtual.refusal import DeadlockError, refuse
from deadstop.virtual.waiting import describe_waiting

__all__ = [
    "EPOCH_S",
    "STEP_S",
    "Owner",
    "VirtualLoop",
    "World",
    "context_of",
    "is_running",
]

# Not 0, which reads as "never" in many a program; a double holds it to 0.2 ps.
EPOCH_S: Final = 1024.0
# A callback of an ordinary asyncio program, to order of magnitude: a cancellation is
# some 15 of them, and takes 0.3 ms (tests/benchmarks).
STEP_S: Final = 20e-6
LAG_TOLD_S: Final = 0.020  # as on the real clock: hosting/probe.py
# For so long nobody has a timer set and the board says nothing: nobody ever will.
SILENT_S: Final = 60.0


class Owner(Enum):
    """Whose a callback or a task is: what would be processes on the real clock."""

    HOST = auto()  # the component's, and whatever has no owner
    CLIENT = auto()
    JUDGE = auto()  # the harness's own: takes no time, and is no step


_OWNER: Final[contextvars.ContextVar[Owner]] = contextvars.ContextVar(
    "deadstop_owner", default=Owner.HOST
)


class World(Protocol):
    """What lives in the same time as the loop."""

    @property
    def next_wake_s(self) -> float:
        """When something may happen by itself, at the earliest; infinity if never."""

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*."""


class Empty:
    """A world in which nothing happens."""

    next_wake_s: float = math.inf

    def advance(self, _: float) -> None:
        """Let time pass."""


def is_running(context: Context) -> bool:
    """Whether what runs at present is of the same owner as *context*."""
    return _OWNER.get() is context.get(_OWNER, Owner.HOST)


def context_of(owner: Owner) -> Context:
    """Return a new context that makes what runs in it *owner*'s."""
    context = Context()
    context.run(_OWNER.set, owner)
    return context


T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class HasFileno(Protocol):
    """What has a descriptor."""

    def fileno(self) -> int:
        """Return it."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop on virtual time, for one thread.

    Attributes:
        world: what passes time together with the loop.
        network: the servers and connections that live in it.
        steps: how many there were: callbacks that were run, and waits that began.
        turns: how many times round the loop went.
        timers: if not None, gets the instant of every timer that is set.
        before_step: called before each step, with the callback's handle or, before a
            wait, None; it may schedule more. The harness's own callbacks are no steps.
        on_lag: called with the seconds for which a callback has blocked the loop.
        advancing: whether time is passing, so that the world must be left alone.
    """

    # BaseEventLoop's own, and what makes it turn.
    _ready: deque[events.Handle]
    _scheduled: list[Any]  # of TimerHandle, whose `_when` is no public attribute
    _stopping: bool

    def __init__(self, world: World | None = None) -> None:
        """Begin at `EPOCH_S`, in *world*, or in one in which nothing happens."""
        super().__init__()
        self.world: World = Empty() if world is None else world
        self.network = MemoryNetwork(self)
        self.steps = 0
        self.turns = 0
        self.timers: list[float] | None = None
        self.before_step: Callable[[events.Handle | None], None] | None = None
        self.on_lag: Callable[[float], None] | None = None
        self.advancing = False
        self._clock_resolution = 0.0
        self.epoch_s = self._now_s = EPOCH_S
        self._readers: dict[int, events.Handle] = {}
        self._writers: dict[int, events.Handle] = {}
        self._has_data: set[int] = set()
        self._readable: set[int] = set()  # those of them that somebody reads
        self._wait_counts = True  # whether the next wait is a step
        self._ended: set[Owner] = set()
        self._owners: weakref.WeakKeyDictionary[asyncio.Task[Any], Owner] = (
            weakref.WeakKeyDictionary()
        )

    # Time.

    def time(self) -> float:
        """The instant in seconds, on the one clock of all that lives here."""
        return self._now_s

    def block(self, duration_s: float) -> None:
        """Let *duration_s* pass within the present callback, which blocks the loop."""
        self._pass(self._now_s + max(duration_s, 0.0))

    def block_until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Block the loop until *condition* holds; False if it did not in time.

        Raises:
            DeadlockError: it never will.
        """
        until_s = self._now_s + within_s
        while not condition():
            if self._now_s >= until_s:
                return False
            t_s = min(until_s, self.world.next_wake_s)
            if t_s == math.inf:
                self._pass(self._now_s + SILENT_S)  # the loop is seen to be blocked
                raise DeadlockError("a call blocks the event loop for ever")
            self._pass(max(t_s, self._now_s))
        return True

    def _pass(self, t_s: float) -> None:
        self.advancing = True
        try:
            self.world.advance(t_s)
        finally:
            self.advancing = False
        self._now_s = t_s

    # Turning. This is BaseEventLoop's `_run_once` of 3.11 to 3.13 with another clock,
    # and with something said before each step.

    def _run_once(self) -> None:
        """Run one turn: what is ready now, and nothing that becomes so meanwhile."""
        ready = self._ready
        self.turns += 1
        if not ready and not self._stopping:
            self._wait()
        if self._readable:
            ready.extend(self._readers[fd] for fd in sorted(self._readable))
        if self._writers:
            ready.extend(self._writers[fd] for fd in sorted(self._writers))
        now_s = self._now_s
        scheduled = self._scheduled
        while scheduled and (scheduled[0]._cancelled or scheduled[0]._when <= now_s):
            handle = heapq.heappop(scheduled)
            handle._scheduled = False
            if not handle._cancelled:
                ready.append(handle)
        for _ in range(len(ready)):
            self._step(ready.popleft())
        if self._now_s > now_s:
            self._pass(self._now_s)

    def _step(self, handle: Any) -> None:
        if handle._cancelled:
            return
        owner = handle._context.get(_OWNER, Owner.HOST)
        if owner is Owner.JUDGE:
            handle._run()
            return
        if owner in self._ended:
            return
        if self.before_step is not None:
            self.before_step(handle)
            if handle._cancelled:
                return
        began_s = self._now_s
        self.steps += 1
        self._wait_counts = True
        handle._run()
        self._now_s += STEP_S
        if self._now_s - began_s > LAG_TOLD_S and self.on_lag is not None:
            self.on_lag(self._now_s - began_s)

    def _wait(self) -> None:
        """Let time pass until there is something to do."""
        if self._wait_counts:
            self._wait_counts = False
            if self.before_step is not None:
                self.before_step(None)
            self.steps += 1
        ready, scheduled, world = self._ready, self._scheduled, self.world
        silent_s = self._now_s + SILENT_S
        self.advancing = True
        try:
            while not (ready or self._writers or self._readable):
                while scheduled and scheduled[0]._cancelled:
                    heapq.heappop(scheduled)._scheduled = False
                timer_s = scheduled[0]._when if scheduled else math.inf
                wake_s = max(min(timer_s, world.next_wake_s), self._now_s)
                if timer_s == math.inf and wake_s > silent_s:
                    raise DeadlockError(
                        "nothing is ready and no timer is set; "
                        + describe_waiting(self, "nobody waits for anything")
                    )
                world.advance(wake_s)
                self._now_s = wake_s
                if wake_s >= timer_s:
                    return
        finally:
            self.advancing = False

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer, as on any loop."""
        if self.timers is not None:
            self.timers.append(when)
        return super().call_at(when, callback, *args, context=context)

    # Owners.

    def create_task(
        self,
        coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        *,
        context: Context | None = None,
        **options: Any,
    ) -> asyncio.Task[Any]:
        """Make a task, as on any loop; it is its context's owner's."""
        task = super().create_task(coro, context=context, **options)
        owner = _OWNER.get() if context is None else context.get(_OWNER, Owner.HOST)
        if owner is not Owner.HOST:
            self._owners[task] = owner
        return task

    def tasks_of(self, owner: Owner) -> list[asyncio.Task[Any]]:
        """Return *owner*'s tasks that are not over, by name."""
        found = [
            task
            for task in asyncio.all_tasks(self)
            if self._owners.get(task, Owner.HOST) is owner
        ]
        return sorted(found, key=lambda task: task.get_name())

    def end_owner(self, owner: Owner) -> None:
        """Run nothing of *owner*'s any more: its process has ended."""
        self._ended.add(owner)

    # Descriptors: only those of deadstop.virtual.descriptors.

    def set_readable(self, fd: int, *, readable: bool) -> None:
        """Say whether *fd* can be read."""
        if readable:
            self._has_data.add(fd)
            if fd in self._readers:
                self._readable.add(fd)
        else:
            self._has_data.discard(fd)
            self._readable.discard(fd)

    def add_reader(
        self,
        fd: int | HasFileno,
        callback: Callable[[*Ts], Any],
        *args: *Ts,
    ) -> None:
        """Call *callback* in each turn in which *fd* can be read."""
        number = self._number(fd)
        self._readers[number] = events.Handle(callback, args, self)
        if number in self._has_data:
            self._readable.add(number)

    def remove_reader(self, fd: int | HasFileno) -> bool:
        """Call it no more; return whether it was called."""
        number = self._number(fd)
        self._readable.discard(number)
        return _cancelled(self._readers.pop(number, None))

    def add_writer(
        self,
        fd: int | HasFileno,
        callback: Callable[[*Ts], Any],
        *args: *Ts,
    ) -> None:
        """Call *callback* in each turn: there is always room."""
        self._writers[self._number(fd)] = events.Handle(callback, args, self)

    def remove_writer(self, fd: int | HasFileno) -> bool:
        """Call it no more; return whether it was called."""
        return _cancelled(self._writers.pop(self._number(fd), None))

    def _number(self, fd: int | HasFileno) -> int:
        number = fd if isinstance(fd, int) else fd.fileno()
        if not DESCRIPTORS.holds(number):
            refuse(f"watching descriptor {number}, which is a real one")
        return int(number)

    # The network: see there.

    async def create_server(
        self,
        protocol_factory: Any,
        host: Any = None,
        port: Any = None,
        **options: Any,
    ) -> Any:
        """Listen in memory."""
        return self.network.listen(protocol_factory, host, port, options)

    async def create_connection(
        self,
        protocol_factory: Any,
        host: Any = None,
        port: Any = None,
        **options: Any,
    ) -> Any:
        """Connect to a server in memory."""
        return self.network.connect(protocol_factory, host, port, options)

    # What virtual time does not hold for.

    def _write_to_self(self) -> None:
        """Wake nobody: there is one thread."""

    def run_in_executor(
        self,
        executor: Executor | None,  # noqa: ARG002 - refused, whichever it is
        func: Callable[[*Ts], T],
        *_: *Ts,
    ) -> asyncio.Future[T]:
        """Refuse: a thread lives on the real clock."""
        # asyncio.to_thread hands over the run of a context, and what to run in it.
        called = func.args[0] if isinstance(func, functools.partial) else func
        name = getattr(called, "__qualname__", repr(called))
        refuse(f"a thread for {name}() (run_in_executor, to_thread)")


def _cancelled(handle: events.Handle | None) -> bool:
    if handle is None:
        return False
    handle.cancel()
    return True
