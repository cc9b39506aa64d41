"""How much faster than a real Uno the simulated one is, with its plant."""

import time
from collections.abc import Callable, Iterator

import pytest

from arduino_actuators.wire import encode_command, hello, keep, line, spin
from deadstop.boards.avr import AvrCore
from deadstop.toolchain import firmware_elf

pytestmark = pytest.mark.benchmark

ROUNDS = 5
ROUND_S = 1.0
COUNTS_CPS = 2000
CRUISE_S = 0.5


@pytest.fixture
def core() -> Iterator[AvrCore]:
    """The firmware with a session, both shafts at rest."""
    core = AvrCore(firmware_elf())
    core.advance(0.05)
    core.put(encode_command(hello(1)))
    core.advance(0.1)
    yield core
    core.close()


@pytest.fixture
def arm() -> Iterator[AvrCore]:
    """The firmware of the arm with a session, its joints at rest."""
    arm = AvrCore(firmware_elf(shield="cnc"), shield="cnc")
    arm.advance(0.05)
    arm.put(encode_command(hello(1)))
    arm.advance(0.1)
    yield arm
    arm.close()


def best_speed(core: AvrCore, before: Callable[[int], None]) -> float:
    """Return simulated over CPU time, of the round least disturbed."""
    speeds = []
    for turn in range(ROUNDS):
        before(turn)
        start_s = time.process_time()
        core.advance(core.now_s + ROUND_S)
        speeds.append(ROUND_S / (time.process_time() - start_s))
    return max(speeds)


def report(what: str, speed: float) -> None:
    """Print one line."""
    print(f"\n{what:<52}{speed:>7.1f} x real time")


def test_an_idle_board_at_25_times_real_time(core: AvrCore) -> None:
    """It sleeps but for its 1 kHz tick."""
    speed = best_speed(core, lambda _turn: None)
    report("idle", speed)
    assert speed >= 25.0


@pytest.mark.parametrize(
    ("cps_a", "cps_b"), [(COUNTS_CPS, 0), (8000, 0), (8000, -8000)]
)
def test_a_moving_board(core: AvrCore, cps_a: int, cps_b: int) -> None:
    """Print it; a board on the real clock needs more than 1."""
    for seq, (axis, speed_cps) in enumerate((("a", cps_a), ("b", cps_b)), start=2):
        if speed_cps:
            core.put(encode_command(spin(seq, axis, 1, 2000, speed_cps)))
    core.advance(core.now_s + 0.3)

    def renew(turn: int) -> None:
        for i, axis in enumerate("ab" if cps_b else "a"):
            core.put(encode_command(keep(10 + 2 * turn + i, axis, 1)))
            core.advance(core.now_s + 0.01)

    edges = abs(core.encoder_counts("a")) + abs(core.encoder_counts("b"))
    speed = best_speed(core, renew)
    edges = abs(core.encoder_counts("a")) + abs(core.encoder_counts("b")) - edges
    report(f"{edges / ROUNDS / ROUND_S:.0f} encoder edges/s", speed)
    assert speed > 1.0


def test_stepping_a_moving_board_byte_by_byte(core: AvrCore) -> None:
    """Halting at each wake, as a board on the real clock does."""
    core.put(encode_command(spin(2, "a", 1, 2000, COUNTS_CPS)))
    core.advance(core.now_s + 0.3)
    start_s, end_s, halts = time.process_time(), core.now_s + ROUND_S, 0
    while core.now_s < end_s:
        core.advance(core.next_wake_s)
        halts += 1
    speed = ROUND_S / (time.process_time() - start_s)
    report(f"{COUNTS_CPS} edges/s and {halts} halts/s", speed)


def test_an_idle_arm_at_ten_times_real_time(arm: AvrCore) -> None:
    """Its tick does more than that of the other build."""
    speed = best_speed(arm, lambda _turn: None)
    report("idle, cnc shield", speed)
    assert speed >= 10.0


def test_a_moving_arm_at_10000_steps_a_second(arm: AvrCore) -> None:
    """All joints from end to end and back, each round one way at its cruise."""
    ends = ((3200, 3200, 3200), (-3200, -1600, -3200))
    speeds = []
    edges = 0
    for turn in range(2 * ROUNDS):
        motion = turn + 1
        targets = ends[turn % 2]
        arm.put(encode_command(line(10 + turn, motion, 2000, targets, 4000, 40_000)))
        arm.advance(arm.now_s + 0.2)
        start_s, before = time.process_time(), _edges(arm)
        arm.advance(arm.now_s + CRUISE_S)
        speeds.append(CRUISE_S / (time.process_time() - start_s))
        edges = max(edges, _edges(arm) - before)
        arm.advance(arm.now_s + 2.0)
    report(f"{edges / CRUISE_S:.0f} steps/s", max(speeds))
    assert edges / CRUISE_S >= 10_000
    assert max(speeds) > 1.0


def _edges(arm: AvrCore) -> int:
    return sum(arm.edges(axis) for axis in arm.axes)


def test_powering_up(core: AvrCore) -> None:
    """Print how long one board takes to make."""
    start_s = time.process_time()
    for _ in range(10):
        AvrCore(core.elf).close()
    took_ms = (time.process_time() - start_s) / 10 * 1000
    print(f"\n{'making one board':<52}{took_ms:>7.1f} ms")
