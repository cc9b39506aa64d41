"""Motor and encoder at the chip's pins, to the cycle."""

import math

import pytest

from deadstop.plant import POLOLU_37D_50, Motor
from deadstop.plant.forecast import next_count_s
from tests.harness.boards.avr.bench import Bench
from tests.harness.boards.avr.conftest import MakeBench

SECOND = 16_000_000
PER_REV = POLOLU_37D_50.encoder_counts_per_rev


def counted(bench: Bench) -> tuple[int, int]:
    """Ask the program for its counts of both axes."""
    bench.core.take()
    bench.core.put(b"p")
    bench.run(SECOND // 500)
    text = bench.core.take().decode()
    signed = [int(text[i : i + 4], 16) for i in (0, 4)]
    a, b = ((value + 0x8000) % 0x10000 - 0x8000 for value in signed)
    return a, b


def test_an_interrupt_counts_every_edge_of_both_encoders(power_up: MakeBench) -> None:
    """Both shafts turn at full speed, in opposite directions."""
    bench = power_up("counter")
    bench.send(b"g")
    bench.run(SECOND // 2)
    bench.send(b"s")
    bench.run(SECOND)
    assert bench.core.at_rest()
    a, b = counted(bench)
    assert a == bench.core.encoder_counts("a") > 1000
    assert b == bench.core.encoder_counts("b") < -1000
    assert a == math.floor(bench.core.shaft_position_rev("a") * PER_REV + 0.5)


def test_the_shaft_goes_where_the_closed_form_says(power_up: MakeBench) -> None:
    """From the cycle of the drive to any later one, in one step."""
    bench = power_up("counter")
    bench.send(b"g")
    on = next(c for c in bench.changes if c.axis == "a" and c.drive.duty_permille)
    bench.run(SECOND // 3)
    alone = Motor(POLOLU_37D_50)
    alone.step((bench.core.now_cycle - on.cycle) / SECOND, 1.0, brake=False)
    assert bench.core.shaft_position_rev("a") == pytest.approx(
        alone.position_rev, abs=1e-9
    )


def test_motion_is_witnessed_as_on_the_twin(power_up: MakeBench) -> None:
    """Moving, samples every 2 ms, standstill with the stamp of its beginning."""
    bench = power_up("counter")
    bench.send(b"g")
    bench.run(SECOND // 2)
    bench.send(b"s")
    bench.run(SECOND)
    kinds = [
        event.kind
        for event in bench.seen
        if event.source == "shaft" and event.data["axis"] == "a"
    ]
    assert kinds[0] == "moving"
    assert kinds[-1] == "standstill"
    assert set(kinds[1:-1]) == {"sample"}
    (still,) = bench.of_kind("standstill", axis="a")
    assert still.data["position_rev"] == bench.core.shaft_position_rev("a")
    last = bench.of_kind("sample", axis="a")[-1]
    assert still.t_s == pytest.approx(last.t_s, abs=0.003)
    assert all(event.data["cycle"] == round(event.t_s * SECOND) for event in bench.seen)


def test_a_jammed_shaft_stands_until_it_is_let_go(power_up: MakeBench) -> None:
    """Whatever the drive."""
    bench = power_up("counter")
    bench.send(b"g")
    bench.run(SECOND // 10)
    bench.core.jam_shaft("a", jammed=True)
    at_rev = bench.core.shaft_position_rev("a")
    bench.run(SECOND // 10)
    assert bench.core.shaft_position_rev("a") == at_rev
    assert not bench.core.at_rest()  # it is still driven
    bench.core.jam_shaft("a", jammed=False)
    bench.run(SECOND // 10)
    assert bench.core.shaft_position_rev("a") > at_rev
    bench.send(b"s")
    bench.run(SECOND)
    assert counted(bench)[0] == bench.core.encoder_counts("a")


def test_a_broken_encoder_stands_while_the_shaft_turns(power_up: MakeBench) -> None:
    """The other one is not touched."""
    bench = power_up("counter")
    bench.send(b"g")
    bench.run(SECOND // 10)
    bench.core.break_encoder("a")
    before, at_rev = bench.core.encoder_counts("a"), bench.core.shaft_position_rev("a")
    bench.run(SECOND // 10)
    assert bench.core.encoder_counts("a") == before
    assert bench.core.shaft_position_rev("a") > at_rev + 0.1
    bench.send(b"s")
    bench.run(SECOND)
    a, b = counted(bench)
    assert (a, b) == (before, bench.core.encoder_counts("b"))


def test_an_axis_that_is_not_there_is_named(power_up: MakeBench) -> None:
    """With those there are."""
    core = power_up("counter").core
    with pytest.raises(KeyError, match=r"no axis 'c'; this board has 'ab'"):
        core.shaft_position_rev("c")
    with pytest.raises(KeyError, match=r"no axis 'c'"):
        core.jam_shaft("c", jammed=True)


@pytest.mark.parametrize("duty", [1.0, -0.4, 0.12, 0.0, -1.0])
@pytest.mark.parametrize("brake", [True, False])
@pytest.mark.parametrize("started", [0.0, 0.7, -0.2])
def test_the_next_count_is_foreseen_to_the_nanosecond(
    duty: float, started: float, *, brake: bool
) -> None:
    """Just before it the count is the old one, just after it the next."""
    motor = Motor(POLOLU_37D_50)
    motor.step(0.05, started, brake=False)
    for _ in range(200):
        wait_s = next_count_s(motor, duty, brake=brake)
        before = motor.counts
        if math.isinf(wait_s):
            motor.step(60.0, duty, brake=brake)
            assert motor.counts == before
            return
        motor.step(max(0.0, wait_s - 1e-9), duty, brake=brake)
        assert motor.counts == before
        motor.step(2e-9, duty, brake=brake)
        assert abs(motor.counts - before) == 1


def test_nothing_is_foreseen_of_a_shaft_that_stands() -> None:
    """Jammed, undriven, not driven enough, or with a dead encoder."""
    motor = Motor(POLOLU_37D_50)
    assert math.isinf(next_count_s(motor, 0.0, brake=True))
    assert math.isinf(next_count_s(motor, 0.01, brake=False))
    motor.jammed = True
    assert math.isinf(next_count_s(motor, 1.0, brake=False))
    motor.jammed = False
    assert next_count_s(motor, 1.0, brake=False) < 0.01
    motor.break_encoder()
    assert math.isinf(next_count_s(motor, 1.0, brake=False))
