"""The probe sees what an operation leaves behind, loses or blocks."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from deadstop.hosting.probe import Heartbeat, Probe
from tests.harness.processes import comes_true

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]


class Watched:
    """A probe of this loop, and what it told."""

    def __init__(self) -> None:
        """Watch the running loop."""
        self.told: list[Mapping[str, Any]] = []
        fd = os.memfd_create("heartbeat")
        os.truncate(fd, Heartbeat.SIZE)
        self.probe = Probe(self.told.append)
        self.probe.begin_to_beat(Heartbeat(fd))
        self.heartbeat = Heartbeat(fd)
        os.close(fd)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the events of this kind."""
        return [message["data"] for message in self.told if message["event"] == kind]


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    """Watch this test's loop; give the process its own hooks back."""
    hooks = sys.unraisablehook, threading.excepthook
    gc.collect()  # what other tests left behind is theirs
    yield Watched()
    sys.unraisablehook, threading.excepthook = hooks


async def test_a_task_left_over_is_seen_and_its_end_too(watched: Watched) -> None:
    """By the name of its coroutine."""

    async def keep_alive(gone: asyncio.Event) -> None:
        await gone.wait()

    watched.probe.set_baseline()
    gone = asyncio.Event()
    task = asyncio.create_task(keep_alive(gone))
    await asyncio.sleep(0)
    (left,) = watched.probe.leftovers()
    gone.set()
    await task

    assert left.startswith("task ")
    assert left.endswith("keep_alive")
    assert watched.probe.leftovers() == []


async def test_a_thread_left_over_is_seen(watched: Watched) -> None:
    """By its name."""
    watched.probe.set_baseline()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="pulses")
    thread.start()
    left = watched.probe.leftovers()
    end.set()
    thread.join()

    assert left == ["thread pulses"]
    assert watched.probe.leftovers() == []


async def test_an_idle_worker_of_the_loop_is_no_leftover(watched: Watched) -> None:
    """Asyncio keeps it on purpose."""
    watched.probe.set_baseline()
    await asyncio.to_thread(time.monotonic)

    assert watched.probe.leftovers() == []


async def test_a_descriptor_left_over_is_seen(watched: Watched) -> None:
    """By what it is open on."""
    watched.probe.set_baseline()
    fd = os.open("/dev/null", os.O_RDONLY)
    left = watched.probe.leftovers()
    os.close(fd)

    assert left == ["descriptor /dev/null"]
    assert watched.probe.leftovers() == []


async def test_a_connection_of_the_server_is_no_leftover(watched: Watched) -> None:
    """Clients come and go."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        watched.probe.own_port = server.getsockname()[1]
        with socket.create_connection(server.getsockname()):
            watched.probe.set_baseline()
            accepted, _ = server.accept()
            with accepted:
                assert watched.probe.leftovers() == []


async def test_a_timer_left_over_is_seen_and_a_cancelled_one_is_not(
    watched: Watched,
) -> None:
    """It would call the component later."""

    def feed() -> None:
        """Feed the deadman."""

    watched.probe.set_baseline()
    timer = asyncio.get_running_loop().call_later(600, feed)
    (left,) = watched.probe.leftovers()
    timer.cancel()

    assert left.startswith("timer ")
    assert left.endswith("feed")
    assert watched.probe.leftovers() == []


async def test_what_lived_before_is_the_components_own(watched: Watched) -> None:
    """A link that stays open is no leftover of an operation."""
    fd = os.open("/dev/null", os.O_RDONLY)
    watched.probe.set_baseline()

    assert watched.probe.leftovers() == []
    os.close(fd)


async def test_waiting_until_clean_ends_when_it_is(watched: Watched) -> None:
    """And says whether there was anything to wait for."""
    watched.probe.set_baseline()
    at_once = await watched.probe.wait_clean(30.0)
    task = asyncio.create_task(asyncio.sleep(0.05))
    later = await watched.probe.wait_clean(30.0)
    await task

    assert (at_once["leftovers"], at_once["waited_s"]) == ([], 0.0)
    assert later["leftovers"] == []
    assert isinstance(later["waited_s"], float)
    assert 0.02 < later["waited_s"] < 29.0


async def test_waiting_until_clean_is_bounded(watched: Watched) -> None:
    """And says what was left."""
    watched.probe.set_baseline()
    task = asyncio.create_task(asyncio.sleep(600))
    report = await watched.probe.wait_clean(0.02)
    task.cancel()

    assert report["leftovers"] == ["task sleep"]


def start_busy_process() -> subprocess.Popen[bytes]:
    """Start a process that computes until it is killed, on this one's cores."""
    return subprocess.Popen([sys.executable, "-c", "while True: pass"])


async def lose_in_task() -> None:
    """Raise where nobody awaits."""

    async def fail() -> None:
        raise RuntimeError("lost by a task")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()


async def lose_in_thread() -> None:
    """Raise in a thread."""

    def fail() -> None:
        raise RuntimeError("lost by a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


async def lose_in_finalizer() -> None:
    """Raise where Python can only print it."""

    class Fails:
        def __del__(self) -> None:
            raise RuntimeError("lost by a finalizer")

    Fails()


async def lose_in_callback() -> None:
    """Raise in a callback of the loop."""

    def fail() -> None:
        raise RuntimeError("lost by a callback")

    asyncio.get_running_loop().call_soon(fail)


@pytest.mark.parametrize(
    "lose", [lose_in_task, lose_in_thread, lose_in_finalizer, lose_in_callback]
)
async def test_an_exception_that_nobody_sees_is_told(
    watched: Watched, lose: Callable[[], Any]
) -> None:
    """With its text."""
    await lose()

    assert await comes_true(lambda: bool(watched.events("lost-exception")))
    (event,) = watched.events("lost-exception")
    assert (
        f"RuntimeError('lost by a {lose.__name__.rpartition('_')[2]}')"
        in (event["text"])
    )


async def test_a_blocked_loop_is_told_once_it_runs_again(watched: Watched) -> None:
    """With how long it was late."""
    await asyncio.sleep(0.03)
    time.sleep(0.2)  # noqa: ASYNC251 - that is the mistake
    await asyncio.sleep(0.03)

    lags = [event["lag_s"] for event in watched.events("loop-lag")]
    assert max(lags) >= 0.18


async def test_a_loop_that_waits_for_a_busy_machine_is_not_blamed_for_that(
    watched: Watched,
) -> None:
    """Several busy processes share one core with it: only its own share is its own."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    rivals = [start_busy_process() for _ in range(6)]
    try:
        await asyncio.sleep(0.5)  # until they compute
        began_s = time.monotonic()
        while time.monotonic() < began_s + 0.5:
            pass
        took_s = time.monotonic() - began_s
        await asyncio.sleep(0.1)
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
        os.sched_setaffinity(0, allowed)

    # It had a seventh of the core, give or take what the scheduler owed it.
    lags = [event["lag_s"] for event in watched.events("loop-lag")]
    assert max(lags) < 0.7 * took_s


async def test_the_heart_beats_while_the_loop_runs(watched: Watched) -> None:
    """In memory that another process can look at."""
    first_s = watched.heartbeat.last_s()
    assert await comes_true(lambda: watched.heartbeat.last_s() > first_s)

    time.sleep(0.1)  # noqa: ASYNC251 - a blocked loop
    assert time.monotonic() - watched.heartbeat.last_s() >= 0.1


async def test_each_cancellation_of_a_call_is_told(watched: Watched) -> None:
    """By its name, the moment that it happens."""
    task = watched.probe.start_call("left#1", asyncio.sleep(600))
    await asyncio.sleep(0)
    task.cancel()
    assert watched.events("call-cancelled") == [{"call": "left#1"}]

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    task.cancel()  # over: nothing to tell

    assert watched.events("call-cancelled") == [{"call": "left#1"}] * 2
