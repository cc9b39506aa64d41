"""Every way in which `deadstop run` can end in mid-motion: its board is at rest.

Judged at the pins of the virtual Uno, which outlives its users. `EXITS` is the table.
"""

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from deadstop.boards.serial.lock import PortLock
from deadstop.uno.control import Order
from tests.harness.command_line import DEADSTOP, begin, descendants
from tests.harness.guardian.moving import one_motor
from tests.harness.test_cli_interrupt import still_alive
from tests.harness.uno.virtual_uno import (
    CASE_REV_S,
    PATIENCE_S,
    PREFLIGHT_REV_S,
    Uno,
    virtual_uno,
)

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

# From the strike to the drives off at the pins. The component's lease is 300 ms, and
# the guardian is quicker than that where it is not waiting for a sign of life.
REST_WITHIN_S: Final = 2.0
AGAIN_S: Final = 0.1  # between two Ctrl-C of somebody impatient
UNPLUGGED_S: Final = 0.3
# A bug of the harness's own, anywhere in its main thread.
FAULTY: Final = """
import signal
from deadstop.cli import main
def fail(*_):
    raise RuntimeError("on purpose")
signal.signal(signal.SIGUSR1, fail)
main()
"""
# A session without a terminal gets the first one that it opens.
IN_TERMINAL: Final = 'there=$1; shift; exec "$0" "$@" <>"$there" >"$there" 2>&1'


@dataclass(slots=True)
class Scene:
    """A run on the board, and what can be done to both."""

    uno: Uno
    run: subprocess.Popen[str]
    terminal: int
    started: list[int] = field(default_factory=list)

    def signal(self, *numbers: signal.Signals) -> None:
        """Send signals to the harness, one after the other."""
        for number in numbers:
            os.kill(self.run.pid, number)
            time.sleep(AGAIN_S if len(numbers) > 1 else 0.0)

    def signal_guardian(self, number: int) -> None:
        """Kill it, or freeze it, as nothing else would."""
        for pid in self.started:
            if b"deadstop.guardian" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, number)
                return
        raise AssertionError(self.started)

    def kill_both(self) -> None:
        """Kill the harness and its guardian: only the board itself is left."""
        os.kill(self.run.pid, signal.SIGSTOP)  # or it would see the other's end
        self.signal_guardian(signal.SIGKILL)
        os.kill(self.run.pid, signal.SIGKILL)

    def close_terminal(self) -> None:
        """Close the window that the run was started in."""
        os.close(self.terminal)
        self.terminal = -1

    def fill_disk(self) -> None:
        """Let nothing more be written to any file."""
        resource.prlimit(self.run.pid, resource.RLIMIT_FSIZE, (0, 0))

    def fill_disk_and_unplug(self) -> None:
        """Both: what cannot be written must not hide what cannot be stopped."""
        self.fill_disk()
        self.uno.ask(Order.UNPLUG)

    def unplug_and_replug(self) -> None:
        """Take the port away for a moment; somebody may wait for its name."""
        self.uno.ask(Order.UNPLUG)
        time.sleep(UNPLUGGED_S)
        self.uno.ask(Order.REPLUG)


@dataclass(frozen=True, slots=True)
class Exit:
    """One row.

    Attributes:
        strike: what ends the run.
        code: its exit code; negative: the signal that ended it.
        said: what is on standard error, in full, but for ``deadstop: ``.
        guardian: what the guardian wrote down: whether the board stood; None if it
            had nothing to do.
        at_once: whether that ends the motion, too; else the case goes on to its end.
        amid: how fast the motor is then at least: in the pre-flight, or in a case.
        program: what takes ``run ...`` in place of ``deadstop``, given a terminal.
    """

    name: str
    strike: Callable[[Scene], object]
    code: int
    said: tuple[str, ...] = ()
    guardian: bool | None = None
    at_once: bool = True
    amid: float = CASE_REV_S
    program: Callable[[str], Sequence[str]] = lambda _: (DEADSTOP,)


STOPPED: Final = "the board was told to stop, and confirmed standstill [0-9]+ ms later"
EXITS: Final = (
    Exit(
        "exception",
        lambda it: it.signal(signal.SIGUSR1),
        70,
        ("internal error: RuntimeError: on purpose; set DEADSTOP_TRACEBACK=1 .*",),
        program=lambda _: (sys.executable, "-c", FAULTY),
    ),
    Exit("Ctrl-C", lambda it: it.signal(signal.SIGINT), 130),
    Exit("Ctrl-C twice", lambda it: it.signal(signal.SIGINT, signal.SIGINT), 130),
    Exit("SIGTERM", lambda it: it.signal(signal.SIGTERM), 130),
    Exit(
        "terminal closed",
        Scene.close_terminal,
        130,
        program=lambda terminal: ("sh", "-c", IN_TERMINAL, DEADSTOP, terminal),
    ),
    Exit(
        "SIGKILL",
        lambda it: it.signal(signal.SIGKILL),
        -signal.SIGKILL,
        (f"guardian: the harness ended; {STOPPED}",),
        guardian=True,
    ),
    Exit(
        "SIGSTOP",
        lambda it: it.signal(signal.SIGSTOP),
        -signal.SIGKILL,
        (f"guardian: the harness gave no sign of life for 1 s .* {STOPPED}",),
        guardian=True,
    ),
    Exit(
        "disk full",
        Scene.fill_disk,
        2,
        ("cannot write .*/trace.jsonl: File too large; make room there, or give .*",),
        at_once=False,
    ),
    Exit(
        "port lost, and there again",
        Scene.unplug_and_replug,
        30,
        (
            r"guardian: .* did NOT CONFIRM THAT IT STANDS \(its port .*: CUT ITS POWER",
            "b'!' was not sent to /.*: the board's side was unplugged; .* cut motor .*",
        ),
        guardian=False,
    ),
    Exit(
        "port lost on a full disk",
        Scene.fill_disk_and_unplug,
        30,
        (
            r"guardian: .* did NOT CONFIRM THAT IT STANDS \(its port .*: CUT ITS POWER",
            "cannot write .*/trace.jsonl: File too large; make room there, or give .*",
        ),
        guardian=False,
    ),
    # Nobody has asked for its motion to end: that is a verdict, and no mishap.
    Exit("brown-out", lambda it: it.uno.ask(Order.BROWN_OUT), 1, at_once=False),
    Exit(
        "guardian killed",
        lambda it: it.signal_guardian(signal.SIGKILL),
        22,
        ("the guardian, .* has ended or .*: nothing may move without it; begin .*",),
    ),
    Exit(
        "guardian frozen",
        lambda it: it.signal_guardian(signal.SIGSTOP),
        22,
        ("the guardian, .* has ended or .*: nothing may move without it; begin .*",),
    ),
    Exit("harness and guardian killed", Scene.kill_both, -signal.SIGKILL),
    Exit(
        "Ctrl-C in the pre-flight",
        lambda it: it.signal(signal.SIGINT),
        130,
        (f"guardian: the harness ended; {STOPPED}",),
        guardian=True,
        amid=PREFLIGHT_REV_S,
    ),
    Exit(
        "SIGKILL in the pre-flight",
        lambda it: it.signal(signal.SIGKILL),
        -signal.SIGKILL,
        (f"guardian: the harness ended; {STOPPED}",),
        guardian=True,
        amid=PREFLIGHT_REV_S,
    ),
)


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


@contextlib.contextmanager
def begun(folder: Path, uno: Uno, row: Exit) -> Iterator[Scene]:
    """Start a run, and return while its motor turns."""
    if not uno.ask(Order.AUTO_RESET_ON).port:
        uno.ask(Order.REPLUG)
    words = ["--rig", one_motor(folder, uno), "--trigger", "none", "--out", "out"]
    terminal, theirs = os.openpty()
    program = row.program(os.ttyname(theirs))
    with begin(folder, "run", *words, program=program) as run:
        os.close(theirs)
        scene = Scene(uno, run, terminal)
        try:
            uno.wait_case(run, row.amid)
            scene.started = list(descendants(run.pid))
            yield scene
        finally:
            run.kill()
            if scene.terminal >= 0:
                os.close(scene.terminal)


@pytest.mark.parametrize("row", EXITS, ids=lambda row: row.name)
def test_whatever_ends_a_run_its_board_is_at_rest(
    tmp_path: Path, uno: Uno, row: Exit
) -> None:
    """Its port is free, no process is left, and one clear line says what to do."""
    with begun(tmp_path, uno, row) as scene:
        struck_s = time.monotonic()
        row.strike(scene)
        _, err = scene.run.communicate(timeout=PATIENCE_S)

    assert scene.run.returncode == row.code, err
    assert re.fullmatch("".join(f"deadstop: {x}\n" for x in row.said), err), err
    assert still_alive(scene.started, within_s=10) == set()
    assert uno.wait_rest().users == 0
    if row.at_once:
        driven = [
            event.data["duty_permille"] != 0
            for event in uno.drives("a")
            if event.t_s > struck_s
        ]
        assert driven == sorted(driven, reverse=True)  # once off, it stays off
        assert uno.drives("a")[-1].t_s - struck_s < REST_WITHIN_S
    PortLock(str(uno.link.resolve()), "another run").close()
    record = tmp_path / "out" / "guardian.json"
    told = json.loads(record.read_text())["at_rest"] if record.exists() else None
    assert told == row.guardian
