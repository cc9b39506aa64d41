"""Who ends a run early leaves nothing moving, nothing running, and a record."""

import contextlib
import json
import os
import re
import select
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import Popen
from typing import Final

import pytest

from tests.harness.command_line import TAKES_S, begin, descendants, run

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

MANY: Final = ("run", "--motion", "go_for", "--trigger", "client-c*", "--out", "now")
LOOK_S: Final = 0.01


def wait_begun(running: Popen[str], folder: Path, cases: int) -> None:
    """Return while case number *cases* is under way."""
    until_s = time.monotonic() + TAKES_S
    while len(list(folder.glob("now/cases/*/*/*"))) < cases:
        assert running.poll() is None
        assert time.monotonic() < until_s
        time.sleep(LOOK_S)


def still_alive(pids: Sequence[int], within_s: float) -> set[int]:
    """Return which of *pids* have not ended after *within_s*."""
    until_s = time.monotonic() + within_s
    alive = set(pids)
    while alive and time.monotonic() < until_s:
        for pid in tuple(alive):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
                if stat.rpartition(")")[2].split()[0] not in "ZX":
                    continue
            alive.discard(pid)
        time.sleep(LOOK_S)
    return alive


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Popen[str]]:
    """A run of many cases, whose second one is under way."""
    with begin(tmp_path, *MANY) as running:
        try:
            wait_begun(running, tmp_path, 2)
            yield running
        finally:
            running.kill()


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGINT],
        [signal.SIGTERM],
        [signal.SIGHUP],
        [signal.SIGINT, signal.SIGINT, signal.SIGINT],
    ],
    ids=str,
)
def test_a_run_that_is_ended_puts_its_rig_to_rest(
    many: Popen[str], tmp_path: Path, signals: list[signal.Signals]
) -> None:
    """The results so far are written, and no process is left; however often asked."""
    started = list(descendants(many.pid))

    for number in signals:
        many.send_signal(number)
        time.sleep(5 * LOOK_S)
    told, complaint = many.communicate(timeout=TAKES_S)

    assert (many.returncode, complaint) == (130, "")
    assert started
    assert still_alive(started, within_s=5) == set()
    assert "interrupted" in told
    document = json.loads((tmp_path / "now" / "run.json").read_text(encoding="utf-8"))
    assert (document["interrupted"], document["at_rest"]) == (True, True)
    assert document["exit_code"] == 130
    assert len(document["cases"]) >= 1
    traces = [
        path.read_text(encoding="utf-8")
        for path in tmp_path.glob("now/cases/*/*/*/trace.jsonl")
    ]
    for trace in traces:
        (rest,) = [line for line in trace.splitlines() if '"rest"' in line]
        assert json.loads(rest)["at_rest"] is True


def test_an_interrupted_run_can_be_verified(many: Popen[str], tmp_path: Path) -> None:
    """What had been judged is judged the same again."""
    many.send_signal(signal.SIGINT)
    many.communicate(timeout=TAKES_S)

    done = run(tmp_path, "verify", "now")

    assert "all agree" in done.stdout
    assert done.returncode == 130


def test_a_run_that_is_killed_leaves_no_process(many: Popen[str]) -> None:
    """Nobody can clean up after SIGKILL but those who are left."""
    started = list(descendants(many.pid))

    many.kill()
    many.communicate(timeout=TAKES_S)

    assert started
    assert still_alive(started, within_s=10) == set()


def test_the_board_is_served_until_ctrl_c(tmp_path: Path) -> None:
    """A person can open its port and type to it."""
    with begin(tmp_path, "board") as serving:
        try:
            assert serving.stdout is not None
            line = serving.stdout.readline()
            path = re.match(r"/dev/\S+", line)
            assert path, line
            port = os.open(path[0], os.O_RDWR | os.O_NOCTTY)
            os.write(port, b"?")
            assert select.select([port], [], [], TAKES_S)[0]
            assert os.read(port, 1)
            os.close(port)

            serving.send_signal(signal.SIGINT)
            _, complaint = serving.communicate(timeout=TAKES_S)
        finally:
            serving.kill()

    assert (serving.returncode, complaint) == (0, "")
