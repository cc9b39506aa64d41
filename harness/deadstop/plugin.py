"""The pytest plugin: a rig, a living bench, and whole cases as fixtures.

Installed as the entry point ``pytest11``. Nothing is opened at collection; without
``--rig`` the built-in loopback rig is used.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from deadstop.clocks import Clock

if TYPE_CHECKING:
    from deadstop.bench import Bench
    from deadstop.boards.maker import RigBoards
    from deadstop.hosting import Zygote
    from deadstop.results import CaseResult
    from deadstop.rig import Rig
    from deadstop.sweep.results import SweepResult
    from deadstop.trace import Trace

__all__ = ["ComponentProxy", "RunCase"]

RunCase = Callable[[str], Awaitable["CaseResult"]]

_DEFAULT_RIG: Final = "loopback"
_RIG: Final = pytest.StashKey["Rig"]()
_BROKEN: Final = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--rig`` and its companions."""
    group = parser.getgroup("deadstop", "motors that must stop")
    group.addoption(
        "--rig",
        default=_DEFAULT_RIG,
        metavar="NAME_OR_PATH",
        help="the rig to test on: a built-in name or a path to a .toml "
        "(default: loopback; `deadstop rigs` lists them)",
    )
    group.addoption(
        "--component",
        default=None,
        metavar="MODULE:CLASS",
        help="a component class to use in place of the rig's",
    )
    group.addoption(
        "--deadstop-clock",
        default=Clock.REAL.value,
        choices=[clock.value for clock in Clock],
        help="whose time `run_case` plays in (default: real); virtual is faster, and "
        "has no processes to kill",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and read the rig file if one was named."""
    if config.getoption("--rig") != _DEFAULT_RIG:
        _rig_of(config)  # a mistake in it ends the session before it begins
    config.addinivalue_line(
        "markers",
        "rig(requires): skip unless the rig has what is listed, such as "
        "requires=['loopback'] for a board, ['cnc'] for a shield, or ['two-axes']",
    )
    config.addinivalue_line(
        "markers", "hardware: moves a real board; skipped on a simulated one"
    )


def _rig_of(config: pytest.Config) -> "Rig":
    from deadstop.errors import DeadstopError  # noqa: PLC0415 - only when used
    from deadstop.rig import load_rig  # noqa: PLC0415

    if _RIG not in config.stash:
        try:
            config.stash[_RIG] = load_rig(config.getoption("--rig"))
        except DeadstopError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_RIG]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the rig and its board, if one was asked for."""
    component = config.getoption("--component")
    clock = Clock(config.getoption("--deadstop-clock"))
    told = component or clock is not Clock.REAL
    if config.getoption("--rig") == _DEFAULT_RIG and not told:
        return None
    rig = _rig_of(config)
    of = f", component {component!r}" if component else ""
    on = "" if clock is Clock.REAL else f", {clock} clock"
    return f"deadstop: rig {rig.name!r}, board {rig.kinds!r}{of}{on}"


def _offers(rig: "Rig") -> set[str]:
    offers = {rig.name}
    for board in rig.all_boards.values():
        offers |= {board.kind, getattr(board, "shield", board.kind)}
    if len(rig.components) > 1:
        offers.add("two-axes")
    return offers


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this rig cannot run, and everything on a rig that is broken."""
    if item.get_closest_marker("hardware") and _rig_of(item.config).simulated:
        pytest.skip("moves hardware, and the rig's board is simulated")
    for marker in item.iter_markers("rig"):
        missing = set(marker.kwargs.get("requires", ())) - _offers(_rig_of(item.config))
        if missing:
            pytest.skip(f"the rig does not offer {', '.join(sorted(missing))}")
    broken = item.config.stash.get(_BROKEN, None)
    if broken is not None and "rig" in getattr(item, "fixturenames", ()):
        pytest.skip(f"the rig is broken: {broken}")


@pytest.fixture(scope="session")
def rig(request: pytest.FixtureRequest) -> "Rig":
    """The rig of this session, as its file says; nothing is opened."""
    return _rig_of(request.config)


@pytest.fixture(scope="session")
def _zygote() -> "Iterator[Zygote]":
    from deadstop.hosting import Zygote  # noqa: PLC0415

    zygote = Zygote()
    zygote.start()
    yield zygote
    zygote.close()


@pytest.fixture(scope="session")
def _boards(rig: "Rig") -> "Iterator[RigBoards]":
    from deadstop.boards.maker import RigBoards  # noqa: PLC0415

    with RigBoards(rig) as boards:
        yield boards


@asynccontextmanager
async def _noting_broken(config: pytest.Config) -> AsyncIterator[None]:
    from deadstop.errors import DeadstopError  # noqa: PLC0415

    try:
        yield
    except DeadstopError as error:
        config.stash[_BROKEN] = str(error)
        raise


@pytest.fixture
def sweep(
    request: pytest.FixtureRequest, rig: "Rig", tmp_path: Path
) -> Callable[..., "SweepResult"]:
    """End motions at every step of the event loop, on virtual time, and judge.

    Call it with `motion` and `trigger` (a name or a glob each; default: all), `depth`,
    `max_cases`, `faults`, `max_faults` and `seed`, as `deadstop sweep` has them; it
    returns a `deadstop.sweep.results.SweepResult`.
    """
    from deadstop.sweep.fixture import run_sweep  # noqa: PLC0415 - only when used

    component = request.config.getoption("--component")
    return partial(run_sweep, rig, component, tmp_path)


@pytest.fixture
def trace() -> "Trace":
    """Everything that happens on this test's bench, on one clock."""
    from deadstop.trace import Trace  # noqa: PLC0415

    return Trace()


@pytest_asyncio.fixture
async def bench(
    rig: "Rig",
    trace: "Trace",
    _zygote: "Zygote",
    _boards: "RigBoards",
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> "AsyncIterator[Bench]":
    """The rig brought to life: board, link, and the component behind its server."""
    from deadstop.bench import Bench  # noqa: PLC0415
    from deadstop.hosting.inspection import inspect_rig  # noqa: PLC0415

    component = request.config.getoption("--component")
    await _zygote.attach()
    try:
        async with _noting_broken(request.config):
            log = tmp_path / "component.log"
            classes = await inspect_rig(_zygote, rig, component, log)
            bench = Bench(
                rig,
                _zygote,
                trace,
                tmp_path,
                classes=classes,
                boards=_boards,
            )
            await bench.__aenter__()
        try:
            yield bench
        finally:
            await bench.__aexit__(None, None, None)
    finally:
        _zygote.detach()


class ComponentProxy:
    """Asks the rig's component through a client that outlives yours.

    Every method of the component's API is here: ``await component.is_moving()``.
    """

    def __init__(self, bench: "Bench", name: str) -> None:
        """Speak to *name* on *bench*."""
        self._bench = bench
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        """Return a coroutine function that calls *method* and returns its result."""

        async def call(**args: Any) -> Any:  # noqa: ANN401 - whatever the API returns
            outcome = await self._bench.ask(self._name, method, **args)
            if outcome["outcome"] != "returned":
                raise RuntimeError(
                    f"{self._name}.{method}: {outcome['outcome']}: "
                    f"{outcome.get('error')}"
                )
            return outcome["result"]

        return call


@pytest.fixture
def component(bench: "Bench") -> ComponentProxy:
    """The rig's first component, asked through a client of the harness's own."""
    return ComponentProxy(bench, next(iter(bench.rig.components)))


@pytest_asyncio.fixture
async def client(bench: "Bench") -> AsyncIterator[Any]:
    """The SDK's own client of the rig's first component, in this test's process."""
    async with bench.connect_client() as resource:
        yield resource


@pytest_asyncio.fixture
async def run_case(
    rig: "Rig",
    _zygote: "Zygote",
    _boards: "RigBoards",
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[RunCase]:
    """Run a whole case by its id and return what it was judged.

    Example::

        async def test_it_stops(run_case):
            result = await run_case("go_for/client-close/cruise")
            assert result.outcome == "pass", result.explain()

    With ``--deadstop-clock virtual`` it is played on virtual time, and a case that
    needs a process to strike at is skipped.
    """
    from deadstop.cases import case_by_id  # noqa: PLC0415
    from deadstop.runner import Runner  # noqa: PLC0415
    from deadstop.triggers import by_name  # noqa: PLC0415

    clock = Clock(request.config.getoption("--deadstop-clock"))
    runner = Runner(
        rig,
        tmp_path,
        component=request.config.getoption("--component"),
        zygote=_zygote,
        boards=_boards,
        clock=clock,
    )
    async with _noting_broken(request.config):
        await runner.__aenter__()
    try:

        async def run(case_id: str) -> "CaseResult":
            case = case_by_id(rig, case_id)
            if clock is Clock.VIRTUAL and by_name(case.trigger).needs_process:
                pytest.skip(f"{case.trigger} has no process to strike in virtual time")
            return await runner.run(case)

        yield run
    finally:
        await runner.__aexit__()
        await asyncio.sleep(0)
