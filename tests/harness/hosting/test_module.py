"""Hosting `module`: a process of anybody's, with the harness in viam-server's place."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deadstop.bench import Bench
from deadstop.cases import Case, select_cases
from deadstop.errors import ComponentError, UsageError
from deadstop.hosting import Zygote
from deadstop.hosting.inspection import ComponentClass, inspect_rig
from deadstop.hosting.parent import KEPT_BYTES
from deadstop.results import CaseResult, Outcome
from deadstop.rig import ModuleConfig, Rig, load_rig
from deadstop.runner import Runner
from deadstop.trace import Source, Trace
from deadstop.triggers import TRIGGERS
from tests.harness.patient import fails_by, run_patiently
from tests.harness.processes import comes_true, descriptors, is_running

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

FORBIDDEN = {Outcome.FAIL, Outcome.MARGINAL}


def rig_with(**module: object) -> Rig:
    """The built-in rig with another module."""
    rig = load_rig("module-loopback")
    return rig.model_copy(update={"module": ModuleConfig.model_validate(module)})


def rig_of_classes(spec: str) -> Rig:
    """The loopback rig, its components in a module that is made of a class."""
    rig = load_rig("loopback")
    components = {
        name: one.model_copy(update={"class_path": spec})
        for name, one in rig.components.items()
    }
    changed = {"module": ModuleConfig(), "components": components}
    return rig.model_copy(update=changed)


def script(folder: Path, body: str) -> str:
    """Write an executable shell script."""
    file = folder / "module.sh"
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return str(file)


def outcomes(result: CaseResult) -> dict[str, Outcome]:
    """Return the outcome of each invariant."""
    return {verdict.invariant: verdict.outcome for verdict in result.verdicts}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runner(
    zygote: Zygote, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Runner]:
    """One runner for all, so that the reference is run once.

    Its module is started by a shell script: a program in any language.
    """
    folder = tmp_path_factory.mktemp("module")
    words = f'exec {sys.executable} -m arduino_actuators "$@"'
    rig = rig_with(executable=script(folder, words))
    async with Runner(rig, folder, zygote=zygote) as one:
        yield one


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("case", "law"),
    [
        ("sigterm", "stop-commanded"),
        ("sigkill", "deadman"),
        ("client-close", "stop-commanded"),
        ("client-deadline", "stop-commanded"),
        ("server-deadline", "stop-commanded"),
        ("client-drop-many", "stop-commanded"),
        ("client-freeze", "bystanders-unharmed"),
        ("preempt", "bystanders-unharmed"),
        ("remove", "port-released"),
        ("host-freeze", "deadman"),
    ],
)
async def test_a_right_module_passes_and_what_is_inside_stays_unchecked(
    runner: Runner, case: str, law: str
) -> None:
    """Asked to end, it stops; killed, the board does."""
    result = await runner.run(Case("go_for", case, "accelerating"))

    told = outcomes(result)
    assert runner.at_rest
    assert result.hosting == "module"
    assert FORBIDDEN.isdisjoint(told.values()), result.explain()
    trace = Trace.read(runner.folder / result.folder / "trace.jsonl")
    late = any(event.kind == "board-late" for event in trace)
    assert told[law] is Outcome.PASS or (late and law == "deadman"), result.explain()
    assert told["loop-responsive"] is Outcome.UNCHECKED
    ended = told["cleanup-complete"] is Outcome.PASS  # its exit is seen from outside
    assert ended == (case == "sigterm")
    assert not any(e.kind == "killed" for e in trace if e.source is Source.JUDGE)
    log = runner.folder / result.folder / "module.log"
    assert "Serving on" in log.read_text(encoding="utf-8")


async def test_a_module_that_is_made_of_a_broken_class_goes_red(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Its call is never cancelled, whoever goes away; as in a server of ours."""
    rig = rig_of_classes("deadstop.gallery.b02_not_decorated:BrokenMotor")
    async with Runner(rig, tmp_path, zygote=zygote) as runner:
        case = Case("go_for", "client-close", "accelerating")
        result = await run_patiently(runner, case, fails_by("stop-commanded"))

    assert runner.at_rest
    assert fails_by("stop-commanded")(result), result.explain()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo 'no \x1b[31mlibrary'; exit 3", r"ended \(exit code 3\) .*x1b\[31mlib"),
        ("yes & sleep 60", r"did not serve its socket within 0\.5 s of its start"),
        (
            f'exec {sys.executable} -m deadstop.hosting.as_module "$@"',
            r"has no model 'deadstop:arduino:motor'; its: none",
        ),
    ],
    ids=["crashes", "floods", "offers-nothing"],
)
async def test_a_module_that_never_serves_is_one_clear_line(
    zygote: Zygote, tmp_path: Path, body: str, says: str
) -> None:
    """Nothing of it is left, and what it printed is kept up to a limit."""
    ready_ms = 500.0 if "yes" in body else 30_000.0
    rig = rig_with(executable=script(tmp_path, body), ready_ms=ready_ms)
    await zygote.attach()
    before = descriptors()
    try:
        with pytest.raises(ComponentError, match=rf"^the module .*{says}") as caught:
            await inspect_rig(zygote, rig, None, tmp_path / "component.log")
    finally:
        zygote.detach()

    assert "\n" not in str(caught.value)
    assert str(tmp_path / "module.log") in str(caught.value)
    assert descriptors() == before
    kept_bytes = (tmp_path / "module.log").stat().st_size
    assert kept_bytes < KEPT_BYTES + 100
    assert ("yes" in body) == (kept_bytes > KEPT_BYTES)


@pytest.mark.parametrize(
    ("body", "mode", "says"),
    [
        (None, 0, r"there is no such file; give `executable` relative"),
        (b"#!/bin/sh\n", 0o644, r"is not executable; `chmod \+x` it"),
        (b"not a program", 0o755, r"cannot be started: Exec format error; it must be"),
    ],
    ids=["missing", "not-executable", "no-program"],
)
async def test_what_cannot_be_executed_is_one_clear_line(
    zygote: Zygote, tmp_path: Path, body: bytes | None, mode: int, says: str
) -> None:
    """It names the file, and what to do."""
    file = tmp_path / "module"
    if body is not None:
        file.write_bytes(body)
        file.chmod(mode)
    rig = rig_with(executable=str(file))
    await zygote.attach()
    try:
        with pytest.raises(ComponentError, match=rf"^module '{file}'.*{says}"):
            await inspect_rig(zygote, rig, None, tmp_path / "component.log")
    finally:
        zygote.detach()


async def test_a_module_and_what_it_started_end_with_their_zygote(
    tmp_path: Path,
) -> None:
    """Even one that is in the midst of a motion when the harness itself goes away."""
    words = f"""sleep 86397 &
echo $! > {tmp_path}/helper
exec {sys.executable} -m arduino_actuators "$@"
"""
    rig = rig_with(executable=script(tmp_path, words))
    model = ComponentClass("deadstop:arduino:motor", "rdk:component:motor")
    zygote = Zygote()
    zygote.start()
    await zygote.attach()
    trace = Trace()
    classes = dict.fromkeys(rig.components, model)
    bench = Bench(rig, zygote, trace, tmp_path, classes=classes)
    async with bench:
        order = {"id": "left#1", "component": "left", "method": "go_for"}
        args = {"rpm": 150, "revolutions": 50}
        bench.caller.peer.post({"do": "call", **order, "args": args})
        assert await bench.wait_for(lambda e: e.kind == "moving", 20.0)
        helper = int((tmp_path / "helper").read_text(encoding="ascii"))
        assert is_running(helper)
        zygote.detach()
        await asyncio.to_thread(zygote.close)

        assert await comes_true(lambda: not is_running(bench.host.pid))
        assert await comes_true(lambda: not is_running(helper))
        assert await comes_true(bench.is_still)  # by its stop, or by the lease
        for child in bench._processes:  # noqa: SLF001 - nobody is left to tell it
            child.exited(-signal.SIGKILL)
    assert bench.at_rest
    assert not Path(bench._address["path"]).parent.exists()  # noqa: SLF001


def test_only_what_can_be_done_to_a_module_is_done_to_it() -> None:
    """The rest is left out, and refused when it is asked for by name."""
    rig = load_rig("module-loopback")

    played = {case.trigger for case in select_cases(rig)}

    reach = {one.name for one in TRIGGERS if one.reaches_module and not one.streams}
    assert played == reach
    assert {"sigterm", "sigkill", "remove", "client-close"} <= reach
    assert reach.isdisjoint({"outer-cancel", "loop-teardown", "client-reset"})
    with pytest.raises(UsageError, match=r"out of reach for: outer-cancel; use a rig"):
        select_cases(rig, triggers=["outer-cancel"])


async def test_a_class_cannot_take_the_place_of_a_model(
    zygote: Zygote, tmp_path: Path
) -> None:
    """The module's executable says what there is."""
    rig = load_rig("module-loopback")
    with pytest.raises(ComponentError, match=r"^component 'a:B' cannot take the place"):
        await inspect_rig(zygote, rig, "a:B", tmp_path / "component.log")
