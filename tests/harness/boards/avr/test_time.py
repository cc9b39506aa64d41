"""The same bytes at the same cycles give the same events, however time is cut."""

import random

import pytest

from deadstop.trace import Event
from tests.harness.boards.avr.bench import Bench
from tests.harness.boards.avr.conftest import MakeBench

SECOND = 16_000_000
SCRIPT = ((20_011, b"g"), (900_003, b"s"), (1_000_001, b"gp"), (1_500_000, b"ss"))
END_CYCLE = 2_400_000


def play(bench: Bench, steps: random.Random | None = None) -> list[Event]:
    """Play the script; with *steps*, halting wherever they say."""
    core = bench.core
    for cycle, data in SCRIPT:
        while steps and core.now_cycle < cycle - 20_000:
            core.run_until(core.now_cycle + steps.randrange(1, 20_000))
            core.at_rest()
            core.shaft_position_rev("a")
        core.run_until(cycle)
        core.put(data)
    core.run_until(END_CYCLE)
    return bench.seen


def test_two_runs_are_alike_to_the_cycle(power_up: MakeBench) -> None:
    """To the last digit of every angle."""
    first = play(power_up("counter", settle=False))
    assert len(first) > 150
    assert play(power_up("counter", settle=False)) == first


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_halting_has_no_influence(power_up: MakeBench, seed: int) -> None:
    """Nor has asking."""
    whole = play(power_up("counter", settle=False))
    bench = power_up("counter", settle=False)
    cut = play(bench, random.Random(seed))  # noqa: S311 - a test's steps
    assert sorted(cut, key=str) == sorted(whole, key=str)


def test_halting_after_every_instruction_has_no_influence(power_up: MakeBench) -> None:
    """Not even on a program that is busy."""

    def run(step_cycles: int) -> tuple[bytes, list[Event]]:
        bench = power_up("resets", settle=False)
        while bench.core.now_cycle < 30_000:
            bench.run(step_cycles)
        bench.core.run_until(40_000)
        return bench.core.take(), bench.seen

    assert run(1) == run(40_000)


def test_two_boards_in_one_process_do_not_disturb_each_other(
    power_up: MakeBench,
) -> None:
    """Not even turn by turn."""
    alone = play(power_up("counter", settle=False))
    one, other = (power_up("counter", settle=False) for _ in range(2))
    for cycle, data in SCRIPT:
        for bench in (other, one):
            bench.core.run_until(cycle)
            bench.core.put(data)
    for bench in (one, other):
        bench.core.run_until(END_CYCLE)
        assert bench.seen == alone


def test_time_is_told_in_seconds_from_its_epoch(power_up: MakeBench) -> None:
    """A cycle is 62.5 ns; the present is at most a few cycles past what was asked."""
    core = power_up("echo", t_s=1000.0, settle=False).core
    assert core.now_s == 1000.0
    core.advance(1000.5)
    assert 1000.5 <= core.now_s < 1000.5 + 1e-6
    core.advance(1000.5)
    with pytest.raises(ValueError, match="time went back"):
        core.advance(1000.4)


def test_a_sleeping_chip_halts_at_the_very_cycle(power_up: MakeBench) -> None:
    """Nothing has to be finished first."""
    bench = power_up("sleeper")
    bench.core.run_until(123_456)
    assert bench.core.now_cycle == 123_456
    assert bench.core.sleeping


def test_the_inside_can_be_looked_at(power_up: MakeBench) -> None:
    """For tests that want to strike in an interrupt, or asleep."""
    core = power_up("counter").core
    assert core.sleeping
    assert core.interrupts_enabled
    assert core.function == "main"
    assert core.stack_pointer < 0x900
    assert core.variable("counts_a") == b"\0\0"
    assert core.ram(0x8FF, 1)
    core.put(b"p")
    core.run_until(core.now_cycle + 1360 + 20)
    assert core.function == "__vector_18"
    assert not core.interrupts_enabled
    assert not core.sleeping
    with pytest.raises(KeyError, match="no one variable 'counts_'"):
        core.variable("counts_")
    with pytest.raises(ValueError, match="no RAM from 0x0020"):
        core.ram(0x20, 1)
