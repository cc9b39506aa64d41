"""However a bench is left: what moved is at rest, nothing runs, nothing is open."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deadstop.bench import Bench
from deadstop.case_run import CaseRun
from deadstop.cases import case_by_id
from deadstop.errors import ComponentError
from deadstop.hosting import Zygote
from deadstop.hosting.inspection import ComponentClass
from deadstop.rig import load_rig
from deadstop.trace import Event, Source, Trace
from deadstop.triggers import Hosting
from tests.harness.processes import comes_true, descendants, descriptors

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

MOTOR_API = "rdk:component:motor"


class LostControlError(Exception):
    """Something went wrong in the midst of a motion."""


class Left:
    """What there was before a bench, to be compared with what there is after it."""

    def __init__(self) -> None:
        """Look now."""
        gc.collect()
        self._processes = descendants()
        self._descriptors = descriptors()

    async def assert_nothing(self) -> None:
        """See that no more is left than there was."""
        assert await comes_true(lambda: descendants() <= self._processes)
        assert descriptors() == self._descriptors


@asynccontextmanager
async def attached(zygote: Zygote) -> AsyncIterator[Left]:
    """Hear the parent process on this loop; look at what there is before."""
    await zygote.attach()
    try:
        yield Left()
    finally:
        zygote.detach()


def bench_on(
    zygote: Zygote,
    trace: Trace,
    folder: Path,
    hosting: Hosting = Hosting.GRPC,
    component: str | None = None,
) -> Bench:
    """A bench of the built-in rig."""
    rig = load_rig("loopback")
    return Bench(
        rig,
        zygote,
        trace,
        folder,
        classes={
            name: ComponentClass(component or one.made_of, MOTOR_API)
            for name, one in rig.components.items()
        },
        hosting=hosting,
    )


async def run_reference(bench: Bench) -> None:
    """Run the motion that nothing disturbs."""
    case = case_by_id(bench.rig, "go_for/none/idle")
    async with bench:
        await CaseRun(bench, case, 1, {}).run()


async def lose_control(bench: Bench, *, frozen: bool = False) -> None:
    """Start a long motion, perhaps freeze its caller, and fail."""
    async with bench:
        order = {"id": "left#1", "component": "left", "method": "go_for"}
        args = {"rpm": 150, "revolutions": 50}
        bench.caller.peer.post({"do": "call", **order, "args": args})
        moving = await bench.wait_for(lambda e: e.kind == "moving", 20.0)
        assert moving is not None
        if frozen:
            bench.freeze_caller()
        raise LostControlError


def kinds(trace: Trace, source: Source) -> list[str]:
    """Return the kinds of events that *source* told."""
    return [event.kind for event in trace if event.source is source]


def assert_stopped(trace: Trace) -> None:
    """See the stop of the harness on the wire, and the shaft at rest."""
    (injected, *_) = [event for event in trace if event.kind == "injected"]
    assert injected.data["text"] == "!"
    assert "forced-stop" in kinds(trace, Source.JUDGE)
    shaft = [kind for kind in kinds(trace, Source.SHAFT) if kind != "sample"]
    assert shaft[-2:] == ["moving", "standstill"] or shaft[-1] == "moving"
    (rest,) = [event for event in trace if event.kind == "rest"]
    assert rest.data["at_rest"] is True


@pytest.mark.parametrize(
    ("hosting", "frozen"),
    [(Hosting.GRPC, False), (Hosting.DIRECT, False), (Hosting.GRPC, True)],
    ids=["grpc", "direct", "frozen-client"],
)
async def test_an_exception_in_mid_motion_leaves_all_at_rest(
    zygote: Zygote, tmp_path: Path, hosting: Hosting, *, frozen: bool
) -> None:
    """The harness itself has failed, and a motor is turning."""
    trace = Trace()
    async with attached(zygote) as left:
        bench = bench_on(zygote, trace, tmp_path, hosting)
        with pytest.raises(LostControlError):
            await lose_control(bench, frozen=frozen)

        assert bench.at_rest
        assert_stopped(trace)
        await left.assert_nothing()


async def test_a_cancellation_in_mid_case_stops_the_motor_and_ends_soon(
    zygote: Zygote, tmp_path: Path
) -> None:
    """As Ctrl-C does: the stop goes out at once, and all is over in about 2 s."""
    trace = Trace()
    async with attached(zygote) as left:
        bench = bench_on(zygote, trace, tmp_path)
        case = asyncio.create_task(run_reference(bench))
        loop = asyncio.get_running_loop()
        cancelled_s: list[float] = []

        def cancel() -> None:
            cancelled_s.append(time.monotonic())
            case.cancel()

        def watch(event: Event) -> None:
            if event.kind == "moving":
                loop.call_soon_threadsafe(cancel)

        trace.listen(watch)
        with pytest.raises(asyncio.CancelledError):
            await case
        over_s = time.monotonic()

        assert bench.at_rest
        assert_stopped(trace)
        injected = next(event for event in trace if event.kind == "injected")
        assert injected.t_s - cancelled_s[0] < 1.0  # a few ms when nothing else runs
        assert over_s - cancelled_s[0] < 10.0  # about 1 s when nothing else runs
        await left.assert_nothing()


async def test_a_second_cancellation_still_stops_the_motor_and_is_not_called_rest(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Ctrl-C twice: nobody has seen the rig at rest, and nobody says so."""
    trace = Trace()
    async with attached(zygote):
        bench = bench_on(zygote, trace, tmp_path)
        case = asyncio.create_task(run_reference(bench))
        loop = asyncio.get_running_loop()

        def watch(event: Event) -> None:
            if event.kind in ("moving", "injected"):
                loop.call_soon_threadsafe(case.cancel)

        trace.listen(watch)
        with pytest.raises(asyncio.CancelledError):
            await case

        assert "injected" in kinds(trace, Source.LINK)
        assert not bench.at_rest
        for child in (bench.host, bench.caller, bench.other):
            child.kill_nowait()
            await child.end()


@pytest.mark.parametrize("after_s", [0.0, 0.003, 0.01, 0.03, 0.06])
async def test_a_cancellation_while_the_bench_comes_to_life_leaves_nothing(
    zygote: Zygote, tmp_path: Path, after_s: float
) -> None:
    """Wherever in its making it strikes."""
    async with attached(zygote) as left:
        bench = bench_on(zygote, Trace(), tmp_path)
        case = asyncio.create_task(run_reference(bench))
        await asyncio.sleep(after_s)
        case.cancel()
        with pytest.raises(asyncio.CancelledError):
            await case

        assert bench.at_rest
        await left.assert_nothing()


async def test_a_component_that_cannot_be_made_leaves_nothing(
    zygote: Zygote, tmp_path: Path
) -> None:
    """The bench never comes to life."""
    async with attached(zygote) as left:
        bench = bench_on(zygote, Trace(), tmp_path, component="tests.nowhere:Motor")
        with pytest.raises(ComponentError, match=r"^component 'tests\.nowhere:Motor'"):
            await run_reference(bench)

        assert bench.at_rest
        await left.assert_nothing()


async def test_a_case_that_ends_well_leaves_nothing(
    zygote: Zygote, tmp_path: Path
) -> None:
    """And had no need of a stop by the harness."""
    trace = Trace()
    async with attached(zygote) as left:
        bench = bench_on(zygote, trace, tmp_path)
        await run_reference(bench)

        assert bench.at_rest
        assert "forced-stop" not in kinds(trace, Source.JUDGE)
        assert "killed" not in kinds(trace, Source.JUDGE)
        await left.assert_nothing()
