"""How much faster than a real board the twin is, on a clock that its caller owns."""

import time

import pytest

from arduino_actuators.wire import encode_command, hello, keep, line, move
from deadstop.boards.loopback import BoardConfig, ClockedLoopback

pytestmark = pytest.mark.benchmark

ROUNDS = 15
LEASE_MS = 300
KEEP_EVERY_S = 0.060


class Session:
    """A motion, its stop, quiet and a second motion, stepped as a host would."""

    def __init__(self, step_s: float) -> None:
        """Power up; time is to pass in steps of *step_s*."""
        self.board = ClockedLoopback(t_s=0.0, observe=lambda _: None)
        self._step_s = step_s
        self._seq = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        until_s = self.board.now_s + seconds
        while self.board.now_s < until_s:
            self.board.advance(min(self.board.now_s + self._step_s, until_s))
            self.board.take()

    def run_motion(self, motion: int, delta_counts: int, keeps: int) -> None:
        """Move axis a, and renew its lease so many times."""
        self._seq += 10
        self.board.put(
            encode_command(move(self._seq, "a", motion, LEASE_MS, delta_counts, 4000))
        )
        for i in range(keeps):
            self.wait(KEEP_EVERY_S)
            self.board.put(encode_command(keep(self._seq + 1 + i, "a", motion)))

    def play(self) -> float:
        """Do it all; return the seconds that passed for the board."""
        self.board.put(encode_command(hello(0)))
        self.wait(0.02)
        self.run_motion(1, 3200, keeps=8)
        self.board.put(b"A")
        self.wait(0.4)  # it brakes, and rests for 0.2 s
        self.run_motion(2, 400, keeps=3)
        self.wait(0.3)
        assert self.board.at_rest()
        return self.board.now_s


@pytest.mark.parametrize("step_ms", [10.0, 1.0, 0.25])
def test_a_motion_and_its_stop(step_ms: float) -> None:
    """Print simulated over CPU time; a host on a USB line steps by 1 ms."""
    speeds = []
    for _ in range(ROUNDS):
        session = Session(step_ms / 1000)
        start_s = time.process_time()
        simulated_s = session.play()
        speeds.append(simulated_s / (time.process_time() - start_s))
    what = f"a motion and its stop, in steps of {step_ms:g} ms"
    print(f"\n{what:<52}{max(speeds):>7.0f} x real time")
    assert max(speeds) > 1.0


def test_a_line_of_three_joints() -> None:
    """Print the same for an arm, of which every joint moves all the time."""
    speeds = []
    for _ in range(ROUNDS):
        config = BoardConfig.of_shield("cnc", "abc")
        board = ClockedLoopback(config, t_s=0.0, observe=lambda _: None)
        board.put(encode_command(hello(0)))
        board.advance(0.05)
        targets = (3000, 2000, -3000)
        board.put(encode_command(line(1, 1, 2000, targets, 3000, 20_000)))
        start_s = time.process_time()
        while board.now_s < 1.4:
            board.advance(board.now_s + 0.001)
            board.take()
        speeds.append(1.35 / (time.process_time() - start_s))
        assert board.at_rest()
    print(f"\n{'a line of three joints, in steps of 1 ms':<52}{max(speeds):>7.0f} x")
    assert max(speeds) > 1.0
