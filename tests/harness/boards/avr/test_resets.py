"""Resets leave the traces in the chip that silicon leaves; crashes end the board."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardClosedError, BoardCrashedError
from deadstop.boards.avr import AvrCore
from deadstop.errors import ToolchainError
from deadstop.trace import Event
from tests.harness.boards.avr.bench import Bench
from tests.harness.boards.avr.conftest import MakeBench

MILLISECOND = 16_000
# MCUSR, data sheet section 11.9.1; software leaves it empty.
FLAGS = {
    BootCause.POWER: b"01",
    BootCause.EXTERNAL: b"02",
    BootCause.BROWNOUT: b"04",
    BootCause.WATCHDOG: b"08",
    BootCause.SOFTWARE: b"00",
}


def boots(bench: Bench) -> list[object]:
    """The causes on the trace."""
    return [event.data["cause"] for event in bench.of_kind("boot")]


def test_power_up_is_seen_by_the_program_and_on_the_trace(power_up: MakeBench) -> None:
    """RAM holds nonsense then, and not zeros."""
    bench = power_up("resets")
    assert bench.core.take() == b"R01a5"
    (boot,) = bench.of_kind("boot")
    assert boot.data == {"cause": "power", "cycle": 0}


@pytest.mark.parametrize("cause", list(BootCause))
def test_a_reset_leaves_its_flag(power_up: MakeBench, cause: BootCause) -> None:
    """RAM survives all but the loss of power."""
    bench = power_up("resets")
    bench.core.take()
    reset_cycle = bench.core.now_cycle
    bench.core.reset(cause)
    bench.run(MILLISECOND)
    kept = b"a5" if cause is BootCause.POWER else b"42"
    assert bench.core.take() == b"R" + FLAGS[cause] + kept
    assert bench.of_kind("boot")[-1].data == {
        "cause": cause.value,
        "cycle": reset_cycle,
    }


def test_the_watchdog_resets_a_program_that_hangs(power_up: MakeBench) -> None:
    """With interrupts off, in a jump to itself; at the end of its 16 ms."""
    bench = power_up("resets")
    bench.core.take()
    bench.send(b"w")
    hung_cycle = bench.core.now_cycle
    bench.run(30 * MILLISECOND)
    assert bench.core.take() == b"R0842"
    assert boots(bench) == ["power", "watchdog"]
    cycle = bench.of_kind("boot")[-1].data["cycle"]
    assert isinstance(cycle, int)
    assert 15 * MILLISECOND < cycle - hung_cycle < 17 * MILLISECOND


def test_a_reset_cuts_the_byte_on_its_way(power_up: MakeBench) -> None:
    """The host never gets it."""
    bench = power_up("resets", settle=False)
    bench.run(1000)  # amid the first letter
    bench.core.reset(BootCause.EXTERNAL)
    bench.run(MILLISECOND)
    assert bench.core.take().startswith(b"R02")


@pytest.mark.parametrize("byte", [b"j", b"i", b"p", b"d"])
def test_a_crash_is_the_end_of_the_board(power_up: MakeBench, byte: bytes) -> None:
    """Erased flash, no instruction, stack underflow, a pin driven twice."""
    bench = power_up("resets")
    bench.core.put(byte)
    with pytest.raises(BoardCrashedError, match=r"^\S+resets\.elf: the firmware crash"):
        bench.run(MILLISECOND)
    with pytest.raises(BoardCrashedError):
        bench.core.at_rest()
    with pytest.raises(BoardCrashedError):
        bench.run(1)
    assert "uart" in {event.kind for event in bench.seen}  # nothing seen is lost


def test_a_program_that_crashes_before_its_first_word_does_not_boot(
    power_up: MakeBench,
) -> None:
    """That is for the toolchain to answer for: exit code 22."""
    with pytest.raises(ToolchainError, match=r"dies\.elf: .*it does not boot$") as info:
        power_up("dies")
    assert "\n" not in str(info.value)


def test_nothing_is_printed_by_the_simulation(
    power_up: MakeBench, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither when it crashes nor when it sleeps for ever."""
    power_up("sleeper").run(MILLISECOND)
    with pytest.raises(BoardCrashedError):
        power_up("resets").send(b"j")
    assert capfd.readouterr() == ("", "")


def test_a_closed_board_says_so(power_up: MakeBench) -> None:
    """A second close does nothing."""
    core = power_up("echo").core
    core.close()
    core.close()
    for ask in (core.at_rest, lambda: core.put(b"x"), lambda: core.advance(1.0)):
        with pytest.raises(BoardClosedError, match=r"echo\.elf is closed"):
            ask()


def test_what_was_said_last_can_be_taken_from_a_closed_board(
    power_up: MakeBench,
) -> None:
    """It has crossed the line."""
    core = power_up("resets").core
    core.close()
    assert core.take() == b"R01a5"


def test_an_error_of_the_observer_comes_through(
    compiled: Callable[[str], Path],
) -> None:
    """It is raised where time was let pass; what it did not see yet is not lost."""

    class ObserverError(Exception):
        pass

    seen: list[str] = []

    def observe(event: Event) -> None:
        seen.append(event.kind)
        if event.kind == "level":
            raise ObserverError

    core = AvrCore(compiled("resets"), observe=observe)
    with pytest.raises(ObserverError):
        core.run_until(MILLISECOND)
    assert seen == ["boot", "level"]
    core.close()
    assert seen == ["boot", "level", "uart"]


def test_a_closed_board_is_freed(compiled: Callable[[str], Path]) -> None:
    """What the simulation holds is out of sight of Python's collector of cycles."""
    core = AvrCore(compiled("counter"))
    core.run_until(MILLISECOND)
    gone = weakref.ref(core)
    core.close()
    del core
    gc.collect()
    assert gone() is None
