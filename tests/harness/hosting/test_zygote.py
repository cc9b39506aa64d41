"""The warmed-up parent: what it forks is told of, and never outlives it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deadstop.errors import ToolchainError
from deadstop.hosting import PeerGoneError, Zygote
from tests.harness.hosting.conftest import fork_body
from tests.harness.processes import comes_true, descriptors, is_running, parent_of

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

SLEEPS = "import time; time.sleep(600)"
REFUSES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("import os; os._exit(7)", 7),
        ("import os; os._exit(0)", 0),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("raise KeyboardInterrupt", 1),
    ],
)
async def test_the_exit_code_of_a_process_is_told(
    attached: Zygote, tmp_path: Path, body: str, code: int
) -> None:
    """Negative for a signal, as in `subprocess`."""
    child = await fork_body(attached, tmp_path, body)

    async with asyncio.timeout(20):
        assert await child.wait_exited() == code
    assert not child.alive
    assert await child.end()


async def test_processes_that_end_at_once_are_all_told_of(
    attached: Zygote, tmp_path: Path
) -> None:
    """Some end before their birth has been told."""
    children = [
        await fork_body(attached, tmp_path, "import os; os._exit(3)") for _ in range(12)
    ]

    async with asyncio.timeout(20):
        assert [await child.wait_exited() for child in children] == [3] * 12
    for child in children:
        await child.end()


async def test_who_waits_for_the_end_is_told_also_when_it_is_over(
    attached: Zygote, tmp_path: Path
) -> None:
    """Once each, and not when taken back."""
    told = []
    child = await fork_body(attached, tmp_path, SLEEPS)
    child.tell_exit(lambda: told.append("before"))
    child.tell_exit(lambda: told.append("taken back"))()
    child.kill_nowait()
    await child.end()
    child.tell_exit(lambda: told.append("after"))

    assert await comes_true(lambda: told == ["before", "after"])


async def test_a_message_to_a_process_that_has_ended_is_refused(
    attached: Zygote, tmp_path: Path
) -> None:
    """The sender learns of it, without waiting for the answer."""
    child = await fork_body(attached, tmp_path, "import os; os._exit(0)")
    await child.wait_exited()
    assert await comes_true(lambda: child.peer.gone)

    assert not child.peer.post({"do": "leave"})
    with pytest.raises(PeerGoneError, match=r"^ask: the process is gone$"):
        await child.peer.request({"do": "ask"}, 5.0)
    await child.end()


async def test_who_waits_for_an_answer_learns_that_the_process_died(
    attached: Zygote, tmp_path: Path
) -> None:
    """At once, and not when the time is up."""
    child = await fork_body(attached, tmp_path, SLEEPS)
    asyncio.get_running_loop().call_later(0.05, child.kill_nowait)

    with pytest.raises(PeerGoneError, match="the process is gone"):
        await child.peer.request({"do": "ask"}, 30.0)
    await child.end()


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(
    attached: Zygote, tmp_path: Path
) -> None:
    """The process lives, and hangs."""
    child = await fork_body(attached, tmp_path, SLEEPS)

    with pytest.raises(PeerGoneError, match=r"^ask: no answer within 0\.05 s$"):
        await child.peer.request({"do": "ask"}, 0.05)
    child.kill_nowait()
    await child.end()


async def test_a_process_that_refuses_to_end_is_killed(
    attached: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ignores SIGTERM; it cannot ignore SIGKILL."""
    monkeypatch.chdir(tmp_path)
    body = REFUSES + f"open({str(tmp_path / 'ready')!r}, 'w').close(); " + SLEEPS
    child = await fork_body(attached, tmp_path, body)
    assert await comes_true((tmp_path / "ready").exists)
    child.signal(signal.SIGTERM)

    assert not await child.end(within_s=0.1)
    assert child.exit_code == -signal.SIGKILL
    assert not is_running(child.pid)


async def test_a_fork_that_is_cancelled_leaves_nothing_behind(
    attached: Zygote, tmp_path: Path
) -> None:
    """Ctrl-C while a process is being made."""
    before = descriptors()
    fork = asyncio.create_task(
        attached.fork(
            "client",
            {"port": 1, "components": {}},
            tmp_path / "log",
        )
    )
    await asyncio.sleep(0)
    fork.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fork

    child = await fork_body(attached, tmp_path, "import os; os._exit(5)")
    assert await child.wait_exited() == 5  # it goes on to serve
    await child.end()
    assert descriptors() == before


async def test_closing_the_parent_ends_what_it_forked(tmp_path: Path) -> None:
    """Also what refuses to."""
    async with Zygote() as zygote:
        body = REFUSES + f"open({str(tmp_path / 'ready')!r}, 'w').close(); " + SLEEPS
        child = await fork_body(zygote, tmp_path, body)
        assert await comes_true((tmp_path / "ready").exists)

    assert not is_running(child.pid)


async def test_a_parent_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    """Somebody killed it; its children died with it."""
    async with Zygote() as zygote:
        child = await fork_body(zygote, tmp_path, SLEEPS)
        os.kill(parent_of(child.pid), signal.SIGKILL)
        async with asyncio.timeout(20):
            await child.wait_exited()

        with pytest.raises(ToolchainError, match=r"^cannot fork a inspect: "):
            await fork_body(zygote, tmp_path, SLEEPS)
        assert await comes_true(lambda: not is_running(child.pid))
        await child.end()


REPORTS = (
    "import pathlib, signal; signal.signal(signal.SIGTERM, lambda *_: "
    "(pathlib.Path('asked').touch(), exit())); "
)
JUDGE = f"""
import asyncio, sys
from pathlib import Path
from deadstop.hosting import Zygote

async def main():
    folder = Path.cwd()
    async with Zygote() as zygote:
        for number, prefix in enumerate([{REPORTS!r}, {REFUSES!r}]):
            ready = folder / f"ready_{{number}}"
            body = prefix + f"open({{str(ready)!r}}, 'w').close(); " + {SLEEPS!r}
            (folder / f"judged_{{number}}.py").write_text(body)
            config = {{"class": f"judged_{{number}}:X", "folder": str(folder)}}
            child = await zygote.fork("inspect", config, folder / "log")
            child.connect(lambda _: None)
            print(child.pid, flush=True)
            while not ready.exists():
                await asyncio.sleep(0.01)
        print("ready", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def start_and_kill_judge(folder: Path) -> list[int]:
    """Run a judge with two processes, kill it, and return theirs."""
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", JUDGE], stdout=subprocess.PIPE, text=True, cwd=folder
    ) as judge:
        assert judge.stdout is not None
        lines = []
        while (line := judge.stdout.readline().strip()) not in ("ready", ""):
            lines.append(line)
        judge.kill()
    return [int(line) for line in lines]


async def test_killing_the_judge_leaves_no_process_behind(tmp_path: Path) -> None:
    """SIGKILL: it could not clean up. Who can, gets the time to stop its motor."""
    pids = start_and_kill_judge(tmp_path)

    assert len(pids) == 2
    assert await comes_true(lambda: not any(map(is_running, pids)))
    assert (tmp_path / "asked").exists()
