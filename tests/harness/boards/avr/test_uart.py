"""The UART's wires are simulated bit by bit, to the cycle."""

import pytest

from tests.harness.boards.avr.bench import BYTE_CYCLES
from tests.harness.boards.avr.conftest import MakeBench


def test_a_stop_bit_ends_ten_bit_times_after_the_byte_was_put(
    power_up: MakeBench,
) -> None:
    """The chip sleeps, so its interrupt comes at that very cycle: `jmp`, 3 pushes."""
    bench = power_up("echo")
    put_cycle = bench.core.now_cycle
    bench.send(b"x")
    (edge,) = [c for c in bench.changes if c.signal == "direction" and c.level]
    assert 0 < edge.cycle - (put_cycle + BYTE_CYCLES) < 20


def test_bytes_follow_one_another_without_a_gap(power_up: MakeBench) -> None:
    """Awake, the chip ends each byte at an instruction's boundary."""
    bench = power_up("echo")
    put_cycle = bench.core.now_cycle
    bench.send(b"deadstop")
    edges = [c.cycle for c in bench.changes if c.signal == "direction"]
    late_cycles = [
        cycle - (put_cycle + i * BYTE_CYCLES) for i, cycle in enumerate(edges, start=1)
    ]
    assert len(late_cycles) == 8
    assert max(late_cycles) < 60
    bench.run(2 * BYTE_CYCLES)
    assert bench.of_kind("uart", line="rx")[0].data["hex"] == b"deadstop".hex()


def test_every_byte_comes_back_as_it_was_sent(power_up: MakeBench) -> None:
    """All 256 of them, with their own start and stop bits."""
    bench = power_up("echo")
    every = bytes(range(256))
    bench.send(every)
    bench.run(2 * BYTE_CYCLES)
    assert bench.core.take() == every
    assert bench.core.overruns == 0


def test_a_byte_is_taken_by_the_host_at_the_end_of_its_stop_bit(
    power_up: MakeBench,
) -> None:
    """Not when the chip begins to send it."""
    bench = power_up("echo")
    bench.core.put(b"x")
    begin_cycle = bench.core.now_cycle + BYTE_CYCLES
    bench.core.run_until(begin_cycle + BYTE_CYCLES)
    assert bench.core.take() == b""
    bench.run(60)
    assert bench.core.take() == b"x"


def test_queued_bytes_cross_one_by_one(power_up: MakeBench) -> None:
    """So a host's program may still take back what has not."""
    bench = power_up("echo")
    bench.core.put(b"abc")
    queued = []
    for _ in range(4):
        queued.append(bench.core.queued_bytes)
        bench.run(BYTE_CYCLES)
    assert queued == [3, 2, 1, 0]


def test_a_silent_reader_keeps_two_bytes_and_the_shift_register(
    power_up: MakeBench,
) -> None:
    """The next start bit overwrites the third byte; the chip is told so."""
    bench = power_up("overrun")
    bench.send(b"x123456")
    bench.run(16_000 * 4)
    assert bench.core.overruns == 3
    # Status (08 is DOR) and byte, three times.
    assert bench.core.take() == b"081002006\n"


def test_a_chip_at_another_rate_hears_and_says_nonsense(power_up: MakeBench) -> None:
    """9600 baud against 115,200."""
    bench = power_up("slow")
    bench.send(b"deadstop")
    bench.run(16_000 * 20)
    heard = bench.core.take()
    assert heard
    assert b"d" not in heard


def test_a_chip_at_the_rate_of_the_rig_is_understood(power_up: MakeBench) -> None:
    """9600 baud against 9600."""
    bench = power_up("slow", baud=9600)
    bench.core.put(b"stop")
    bench.run(16_000 * 8)
    assert bench.core.take() == b"stop"


def test_a_byte_sent_meanwhile_does_not_hide_the_one_received(
    power_up: MakeBench,
) -> None:
    """Data sent and received share an address, not a register."""
    bench = power_up("overrun")
    bench.send(b"xab")
    bench.run(16_000 * 4)
    assert bench.core.take() == b"00a00b\n"


def test_unplugging_loses_both_directions(power_up: MakeBench) -> None:
    """What is half across comes to the chip as noise above ASCII."""
    bench = power_up("echo")
    bench.core.put(b"ab!")
    bench.run(BYTE_CYCLES + BYTE_CYCLES // 2)
    bench.core.unplug()
    bench.run(4 * BYTE_CYCLES)
    assert all(byte >= 0x80 for byte in bench.core.take().removeprefix(b"a"))
    assert bench.core.queued_bytes == 0


def test_a_mute_board_listens_and_is_not_heard(power_up: MakeBench) -> None:
    """Its words are still seen at the pin."""
    bench = power_up("echo")
    bench.core.mute(silent=True)
    bench.send(b"ab")
    bench.run(2 * BYTE_CYCLES)
    assert bench.core.take() == b""
    bench.core.mute(silent=False)
    bench.send(b"c")
    bench.run(2 * BYTE_CYCLES)
    assert bench.core.take() == b"c"
    said = "".join(str(e.data["hex"]) for e in bench.of_kind("uart", line="tx"))
    assert said == b"abc".hex()


def test_runs_of_bytes_are_reported_with_their_first_start_bit(
    power_up: MakeBench,
) -> None:
    """A gap of one byte ends a run; the events of both wires are kept apart."""
    bench = power_up("echo")
    first_cycle = bench.core.now_cycle
    bench.send(b"abc")
    bench.run(2 * BYTE_CYCLES)
    second_cycle = bench.core.now_cycle
    bench.send(b"de")
    bench.run(4 * BYTE_CYCLES)
    runs = [(e.data["cycle"], e.data["hex"]) for e in bench.of_kind("uart", line="rx")]
    assert runs == [(first_cycle, b"abc".hex()), (second_cycle, b"de".hex())]
    said = [e.data["hex"] for e in bench.of_kind("uart", line="tx")]
    assert said == [b"abc".hex(), b"de".hex()]


def test_a_long_run_is_reported_in_pieces(power_up: MakeBench) -> None:
    """A board that never falls silent is reported all the same."""
    bench = power_up("echo")
    bench.send(b"x" * 600)
    bench.run(4 * BYTE_CYCLES)
    sizes = [len(str(e.data["hex"])) // 2 for e in bench.of_kind("uart", line="rx")]
    assert sizes == [256, 256, 88]


@pytest.mark.parametrize("name", ["echo", "sleeper"])
def test_the_next_wake_is_never_after_the_next_byte(
    power_up: MakeBench, name: str
) -> None:
    """Who steps from wake to wake takes each byte within a cycle or so of its end."""
    bench = power_up(name)
    bench.core.put(b"ab")
    taken = []
    for _ in range(200):
        wake_s = bench.core.next_wake_s
        if wake_s == float("inf"):
            break
        assert wake_s > bench.core.now_s
        bench.core.advance(wake_s)
        if data := bench.core.take():
            taken.append((data, bench.core.now_cycle))
    assert [data for data, _ in taken] == ([b"a", b"b"] if name == "echo" else [])
    assert name == "echo" or bench.core.next_wake_s == float("inf")
