"""The probe: what the component's process tells of itself, over the side channel.

It reports when calls begin, are cancelled and end; how late the event loop runs; and
what an operation left behind: tasks, timers, threads, descriptors, lost exceptions.
It changes nothing for the component: it watches from the loop's own hooks.
"""

import asyncio
import gc
import mmap
import os
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextvars import Context
from pathlib import Path
from typing import Any, Final

from deadstop.hosting.channel import Message

__all__ = ["CallTask", "Heartbeat", "Leftovers", "Probe"]

TICK_S: Final = 0.010
# A tick later than this is told at once; the judge's limit is the rig's.
LAG_TOLD_S: Final = 0.020
CLEAN_LOOK_S: Final = 0.005


class CallTask(asyncio.Task[Any]):
    """A call's task that says when it is cancelled, the moment it is."""

    call: str = ""
    on_cancel: Callable[[str], None] | None = None

    def cancel(self, msg: Any | None = None) -> bool:  # noqa: ANN401 - as in asyncio
        """Tell, then cancel."""
        if self.on_cancel is not None and not self.done():
            self.on_cancel(self.call)
        return super().cancel(msg)


class Runqueue:
    """How long this thread has been ready to run, on a machine too busy to let it."""

    def __init__(self) -> None:
        """Open the kernel's account of this thread; without one it is always 0."""
        try:
            self._fd = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:  # a kernel built without CONFIG_SCHED_INFO
            self._fd = -1

    def waited_s(self) -> float:
        """Seconds since the thread began."""
        if self._fd < 0:
            return 0.0
        # Three numbers: ns on the CPU, ns waiting for it, slices (sched-stats.rst).
        return int(os.pread(self._fd, 64, 0).split()[1]) / 1e9


class Heartbeat:
    """The instant of the loop's last tick, in memory shared with the judge."""

    SIZE: Final = 8

    def __init__(self, fd: int) -> None:
        """Map the shared page behind *fd*, a memfd of at least 8 bytes."""
        self._page = mmap.mmap(fd, self.SIZE)

    def close(self) -> None:
        """Let go of the page."""
        self._page.close()

    def beat(self, t_s: float) -> None:
        """Note that the loop ran at *t_s* (CLOCK_MONOTONIC)."""
        struct.pack_into("d", self._page, 0, t_s)

    def last_s(self) -> float:
        """When the loop last ran; 0 if it never did."""
        return float(struct.unpack_from("d", self._page, 0)[0])


class Leftovers:
    """A count of what lives in this process, to be compared with a later one."""

    def __init__(
        self, own_port: int | None, tasks: Iterable[asyncio.Task[Any]]
    ) -> None:
        """Count *tasks* and what else lives now.

        Sockets of *own_port* (the server's) do not count, nor does the present task.
        """
        self.counts: Counter[str] = Counter()
        self.counts.update(_names(tasks))
        self.counts.update(_timers())
        self.counts.update(_threads())
        self.counts.update(_descriptors(own_port))

    def beyond(self, baseline: "Leftovers") -> list[str]:
        """What there is now and was not in *baseline*."""
        return sorted((self.counts - baseline.counts).elements())


def _names(tasks: Iterable[asyncio.Task[Any]]) -> list[str]:
    current = asyncio.current_task()
    return [
        f"task {_coroutine_name(task)}"
        for task in tasks
        if task is not current and not task.done()
    ]


def _coroutine_name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return str(getattr(coroutine, "__qualname__", type(coroutine).__name__))


def _timers() -> list[str]:
    # asyncio's own callbacks (sleep, timeout) belong to a task, which is counted.
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", ())
    found = []
    for handle in list(scheduled):
        callback = getattr(handle, "_callback", None)
        module = getattr(callback, "__module__", "") or ""
        ours = module.startswith(("asyncio", "deadstop.", "grpclib"))
        if not handle.cancelled() and not ours:
            found.append(f"timer {getattr(callback, '__qualname__', callback)}")
    return found


def _threads() -> list[str]:
    # Idle workers of asyncio's default executor stay by design.
    return [
        f"thread {thread.name}"
        for thread in threading.enumerate()
        if not thread.name.startswith("asyncio_")
    ]


def _descriptors(own_port: int | None) -> list[str]:
    own = _sockets_of(own_port) if own_port is not None else frozenset()
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # the descriptor of the listing itself
        if target.startswith("/proc/") or target in own:
            continue
        found.append(f"descriptor {target}")
    return found


def _sockets_of(port: int) -> frozenset[str]:
    # /proc/net/tcp: local address is ADDR:PORT in hex (field 1), inode is field 9.
    inodes = set()
    for line in Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port:
            inodes.add(f"socket:[{fields[9]}]")
    return frozenset(inodes)


class Probe:
    """Watches one event loop and tells the judge."""

    def __init__(self, tell: Callable[[Message], object]) -> None:
        """Watch the running loop; *tell* sends one message to the judge."""
        self.own_port: int | None = None
        self._tell = tell
        self._heartbeat: Heartbeat
        self._loop = asyncio.get_running_loop()
        self._due_s = 0.0
        self._runqueue = Runqueue()
        self._waited_s = 0.0
        self._baseline: Leftovers | None = None
        self._loop.set_task_factory(self._make_task)
        self._loop.set_exception_handler(self._lost)
        threading.excepthook = self._lost_in_thread
        sys.unraisablehook = self._lost_unraisable

    def begin_to_beat(self, heartbeat: Heartbeat) -> None:
        """Tick on the loop from now on, and tell of what holds a tick up."""
        self._heartbeat = heartbeat
        self._tick()

    def event(
        self,
        kind: str,
        *,
        source: str = "server",
        t_s: float | None = None,
        **data: object,
    ) -> None:
        """Tell one event, stamped now unless *t_s* (CLOCK_MONOTONIC) is given."""
        stamp_s = time.monotonic() if t_s is None else t_s
        self._tell({"event": kind, "source": source, "t_s": stamp_s, "data": data})

    def start_call(self, call: str, body: Coroutine[Any, Any, object]) -> CallTask:
        """Run *body* as the task of *call*, so that its cancellation is seen."""
        task = CallTask(body, loop=self._loop, name=f"call {call}")
        self.claim(task, call)
        return task

    def claim(self, task: CallTask, call: str) -> None:
        """Tell of cancellations of *task* as those of *call*."""
        task.call = call
        task.on_cancel = self._cancelled

    def set_baseline(self) -> None:
        """What lives now is the component's own, and no leftover."""
        gc.collect()
        self._baseline = self._count()
        self._skip_lag()

    def leftovers(self) -> list[str]:
        """What lives now beyond the baseline."""
        if self._baseline is None:
            return []
        return self._count().beyond(self._baseline)

    def _count(self) -> Leftovers:
        return Leftovers(self.own_port, asyncio.all_tasks())

    async def wait_clean(self, within_s: float) -> dict[str, object]:
        """Wait until nothing is left over, or *within_s* has passed.

        Nothing announces the end of a thread or the closing of a descriptor, so
        this looks again and again; it is the harness's clock, not the component's.
        """
        began_s = time.monotonic()
        until_s = began_s + within_s
        waited = False
        while (left := self.leftovers()) and time.monotonic() < until_s:
            waited = True
            await asyncio.sleep(CLEAN_LOOK_S)
        clean_s = time.monotonic()
        gc.collect()  # a lost exception is told when its task is collected
        self._skip_lag()
        waited_s = clean_s - began_s if waited else 0.0
        return {"t_s": clean_s, "leftovers": left[:20], "waited_s": waited_s}

    def _cancelled(self, call: str) -> None:
        self.event("call-cancelled", call=call)

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
        **options: Any,  # noqa: ANN401 - 3.13 passes name and more through here
    ) -> asyncio.Task[Any]:
        if getattr(coro, "__qualname__", "") == "request_handler":  # grpclib's
            kind: type[asyncio.Task[Any]] = CallTask
        else:
            kind = asyncio.Task
        task = kind(coro, loop=loop, context=context, **options)
        if isinstance(task, CallTask):
            task.on_cancel = self._cancelled
        return task

    def _tick(self) -> None:
        now_s = time.monotonic()
        self._heartbeat.beat(now_s)
        # What the machine owes to others is not the component's doing.
        starved_s, self._waited_s = self._waited_s, self._runqueue.waited_s()
        starved_s = self._waited_s - starved_s
        lag_s = now_s - self._due_s - starved_s if self._due_s else 0.0
        if lag_s > LAG_TOLD_S:
            self.event("loop-lag", lag_s=round(lag_s, 6))
        self._due_s = now_s + TICK_S
        self._loop.call_later(TICK_S, self._tick)

    def _skip_lag(self) -> None:
        # The probe's own garbage collection is not the component's doing.
        self._due_s = 0.0

    def _lost(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        text = f"{context.get('message')}: {error!r}"
        self.event("lost-exception", text=text[:500])

    def _lost_in_thread(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "?"
        text = f"thread {name}: {args.exc_value!r}"
        self._loop.call_soon_threadsafe(
            lambda: self.event("lost-exception", text=text[:500])
        )

    def _lost_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        self.event("lost-exception", text=f"{args.err_msg}: {args.exc_value!r}"[:500])
