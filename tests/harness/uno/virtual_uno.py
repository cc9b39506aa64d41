"""`deadstop board --rig avr --link` as a process, for the tests of it and on it."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deadstop.trace import Event, Source, Trace
from deadstop.uno.control import Order, UnoControl
from deadstop.uno.state import UnoState
from tests.harness.command_line import begin

__all__ = ["CASE_REV_S", "PATIENCE_S", "PREFLIGHT_REV_S", "Uno", "virtual_uno"]

CASE_REV_S: Final = 1.0  # a tenth of what the board allows is 0.3, a case 2.5
PREFLIGHT_REV_S: Final = 0.1
PATIENCE_S: Final = 60.0  # the firmware may have to be built first


@dataclass(frozen=True, slots=True)
class Uno:
    """One that runs."""

    process: subprocess.Popen[str]
    link: Path
    pins: Path

    def ask(self, order: Order = Order.STATE) -> UnoState:
        """Have *order* done."""
        return UnoControl(self.link).ask(order)

    def wait_rest(self) -> UnoState:
        """Wait until drives and shafts are at rest, at the simulator's pins."""
        until_s = time.monotonic() + PATIENCE_S
        while not (state := self.ask()).at_rest:
            assert time.monotonic() < until_s, state
            time.sleep(0.01)
        return state

    def wait_case(
        self, run: subprocess.Popen[str], speed_rev_s: float = CASE_REV_S
    ) -> None:
        """Wait until *run* moves axis a in a case: faster than the pre-flight does."""
        until_s = time.monotonic() + PATIENCE_S
        while abs(self.ask().axes["a"].speed_rev_s) < speed_rev_s:
            assert run.poll() is None, run.communicate()
            assert time.monotonic() < until_s
            time.sleep(0.01)

    def drives(self, axis: str) -> list[Event]:
        """Return each change of a drive so far, as the pins' file tells it."""
        trace = Trace.read(self.pins)
        return [
            event
            for event in trace
            if event.source is Source.PINS
            and event.kind == "drive"
            and event.data["axis"] == axis
        ]


@contextlib.contextmanager
def virtual_uno(folder: Path, rig: str = "avr") -> Iterator[Uno]:
    """Serve one at ``uno`` in *folder*; it is ended at the end, if it still runs."""
    link, pins = folder / "uno", folder / "pins.jsonl"
    words = ["--rig", rig, "--link", str(link), "--pins", str(pins)]
    process = begin(folder, "board", *words)
    assert process.stdout is not None
    told = process.stdout.readline()
    try:
        assert told.startswith(f"{link} -> /dev/pts/"), process.communicate()
        yield Uno(process, link, pins)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
