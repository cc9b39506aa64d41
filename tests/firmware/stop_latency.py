"""From the end of a stop byte to the drive off at the pins, at chosen cycles.

A board is brought into a state. From there it goes on cycle by cycle, and at each it
is forked: in the child a stop byte begins, and its pins are watched. The model
takes no time to enter an interrupt; silicon takes 4 cycles, and 4 more out of sleep:
they are added to what is measured.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from arduino_actuators.wire import Reply
from tests.harness.boards.host import Host, firmware

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import Change, ShieldName

__all__ = [
    "FLOOD",
    "LIMIT_US",
    "PERIOD_CYCLES",
    "STATES",
    "Bench",
    "Figures",
    "measure",
    "measure_apart",
    "run_state",
]

PERIOD_CYCLES: Final = 16_000  # one control period: 1 ms
CYCLES_PER_US: Final = 16
SILICON_CYCLES: Final = 8
LIMIT_US: Final = 10.0
FLOOD: Final = b":1 stats" + b"?0" * 220
LOOK_AHEAD_CYCLES: Final = 8  # an instruction or two before the byte is there
WATCH_CYCLES: Final = 20_000  # behind the byte: the next control period is in it


@dataclass
class Figures:
    """What was measured in one state.

    Attributes:
        latency_us: by the offset of the stop byte's end in the control period.
        functions: what the CPU was in as the byte ended, and how often.
    """

    state: str
    latency_us: dict[int, float] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)

    @property
    def worst(self) -> tuple[float, int]:
        """The worst latency in us, and its offset in cycles."""
        return max((us, offset) for offset, us in self.latency_us.items())

    def histogram(self) -> dict[int, int]:
        """How many offsets lie in each whole microsecond."""
        bins: dict[int, int] = {}
        for us in self.latency_us.values():
            bins[int(us)] = bins.get(int(us), 0) + 1
        return dict(sorted(bins.items()))


class Bench:
    """One board that is moved and stopped again and again."""

    SHIELD: ClassVar["ShieldName"] = "motor"

    def __init__(self, elf: Path | None = None) -> None:
        """Boot it and open a session."""
        from deadstop.boards.avr.core import AvrCore  # noqa: PLC0415 - needs yasimavr

        self.changes: list[Change] = []
        self.host = Host("avr", elf or firmware(self.SHIELD), shield=self.SHIELD)
        core = self.host.board
        assert isinstance(core, AvrCore)
        self.core = core
        self.core.watch(self.changes.append)
        self.motion = 0
        self.ask("hello 1")
        self.host.settle()

    def ask(self, words: str) -> None:
        """Have a command carried out; MOTION stands for the next number."""
        if "MOTION" in words:
            self.motion = self.motion % 65535 + 1
            words = words.replace("MOTION", str(self.motion))
        answer = self.host.ask(words)
        assert isinstance(answer, Reply), (words, answer)

    def must_be_driven(self) -> None:
        """Fail if there is nothing to stop."""
        assert self.core.drive("a").duty_permille, "axis a is not driven"

    def strike(self) -> tuple[int, int | None, str]:
        """Send a stop byte now, and look on for more than a control period.

        Returns:
            When it ended, when the last of what it has to end was (None: that went
            on), and what function the CPU was in as it ended.
        """
        core = self.core
        self.changes.clear()
        self.host.seen.clear()
        core.put(b"!")
        core.run_until(core.now_cycle + core.byte_cycles - LOOK_AHEAD_CYCLES)
        function = "asleep" if core.sleeping else core.function or "a library routine"
        core.run_until(core.now_cycle + WATCH_CYCLES)
        ended = [e.data["cycle"] for e in self.host.seen if e.kind == "stop-byte"]
        assert len(ended) == 1, "the stop byte was not seen on the line, or not alone"
        assert isinstance(ended[0], int)
        behind = [change for change in self.changes if change.cycle >= ended[0]]
        return ended[0], self.last_of(behind), function

    def last_of(self, behind: "list[Change]") -> int | None:
        """Return when the drive of axis a went off *behind* the stop byte."""
        off: int | None = None
        for change in behind:
            if change.axis == "a":
                driven = change.drive.duty_permille != 0
                assert off is None or not driven, "driven again behind a stop byte"
                if not driven and off is None:
                    off = change.cycle
        return off


def _power(bench: Bench) -> None:
    bench.ask("power a MOTION 2000 500")


def _accelerating(bench: Bench) -> None:
    bench.ask("spin a MOTION 2000 8000")
    bench.host.wait(0.05)


def _both_cruising(bench: Bench) -> None:
    bench.ask("spin b MOTION 2000 -8000")
    bench.ask("spin a MOTION 2000 8000")
    bench.host.wait(0.35)


def _ramping_down(bench: Bench) -> None:
    bench.ask("spin a MOTION 2000 3000")
    bench.host.wait(0.1)
    bench.ask("stop a 0 1")
    bench.host.wait(0.01)


def _mid_frame(bench: Bench) -> None:
    bench.ask("power a MOTION 2000 -700")
    bench.host.send(b":7 power a 1")


def _talking(bench: Bench) -> None:
    # Its transmit buffer is being emptied: an interrupt for each byte.
    bench.ask("power a MOTION 2000 500")
    bench.host.send(b"???")


def _buffer_full(bench: Bench) -> None:
    # Queries keep its transmit buffer full; with no room to answer it reads no frames.
    bench.ask("power a MOTION 2000 500")
    bench.host.send(FLOOD)
    received, taken = (
        int.from_bytes(bench.core.variable(name), "little")
        for name in ("received_count_", "taken_count_")
    )
    assert (received - taken) % 65536 == 128, "the receive buffer is not full"


STATES: Final[dict[str, Callable[[Bench], None]]] = {
    "power": _power,
    "accelerating": _accelerating,
    "both cruising": _both_cruising,
    "ramping down": _ramping_down,
    "mid-frame": _mid_frame,
    "talking": _talking,
    "buffer full": _buffer_full,
}


def _in_a_child(bench: Bench) -> tuple[int, int | None, str] | None:
    """Strike in a forked child, so that the board here goes on undisturbed."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.write(writer, json.dumps(bench.strike()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    told = os.read(reader, 4096)
    os.close(reader)
    os.waitpid(child, 0)
    if not told:
        return None
    ended, off, function = json.loads(told)
    return ended, off, function


def measure(bench: Bench, state: str, offsets: Iterable[int]) -> Figures:
    """Stop a *bench* in *state* at each of *offsets*, in cycles from some instant.

    An offset amid an instruction counts for the next one: the model cannot begin a
    byte there.
    """
    bench.must_be_driven()
    begin_cycle = bench.core.now_cycle
    figures = Figures(state)
    for offset in sorted(offsets):
        bench.core.run_until(begin_cycle + offset)
        struck = bench.core.now_cycle - begin_cycle
        if struck in figures.latency_us:
            continue
        told = _in_a_child(bench)
        assert told is not None, f"{state}, offset {struck}: no verdict"
        ended, off, function = told
        assert off is not None, f"{state}, offset {struck}: the drive stayed on"
        latency_us = (off - ended + SILICON_CYCLES) / CYCLES_PER_US
        figures.latency_us[struck] = latency_us
        figures.functions[function] = figures.functions.get(function, 0) + 1
    return figures


def measure_apart(
    states: Iterable[str],
    stride: int,
    elf: Path | None = None,
    module: str = __name__,
) -> dict[str, Figures]:
    """Measure *states* in processes of their own, two at a time.

    Args:
        states: some of `STATES`, or of those of *module*.
        stride: 1 for every cycle of a control period, else one of each so many.
        elf: another firmware than the built-in one.
        module: whose `run_state` they are.
    """
    path = str(elf or firmware())

    def run(state: str) -> Figures:
        command = [
            sys.executable,
            "-m",
            module,
            state,
            str(stride),
            path,
        ]
        done = subprocess.run(  # noqa: S603 - ourselves
            command, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told = json.loads(done.stdout)
        latency_us = {int(offset): us for offset, us in told["latency_us"].items()}
        return Figures(state, latency_us, told["functions"])

    with ThreadPoolExecutor(2) as pool:
        return {figures.state: figures for figures in pool.map(run, states)}


_B = TypeVar("_B", bound=Bench)


def run_state(make: type[_B], states: Mapping[str, Callable[[_B], None]]) -> None:
    """Measure what the command line says: a state, a stride, and an ELF file."""
    state, stride, elf = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    seed = int(os.environ.get("DEADSTOP_SEED", "1"))
    choose = random.Random(f"{seed} {state}")  # noqa: S311 - offsets, no secrets
    offsets = [n + choose.randrange(stride) for n in range(0, PERIOD_CYCLES, stride)]
    bench = make(elf)
    states[state](bench)
    sys.stdout.write(json.dumps(asdict(measure(bench, state, offsets))))


if __name__ == "__main__":
    run_state(Bench, STATES)
