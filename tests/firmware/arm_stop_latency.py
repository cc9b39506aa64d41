"""From the end of a stop byte to the last step edge of an arm, at chosen cycles.

As `stop_latency`, whose benches these are: what a stop byte has to end here are the
steps of all joints, and the power of their drivers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from tests.firmware.stop_latency import Bench, run_state

if TYPE_CHECKING:
    from deadstop.boards.avr.pins import Change, ShieldName

__all__ = ["ARM_STATES", "LAST_STEP_LIMIT_US", "ArmBench"]

LAST_STEP_LIMIT_US: Final = 20.0  # PROTOCOL.md, section 1
_LEASE_MS: Final = 2000


class ArmBench(Bench):
    """One arm that is moved and stopped again and again."""

    SHIELD: ClassVar["ShieldName"] = "cnc"

    def last_of(self, behind: "list[Change]") -> int | None:
        """Return when the last step was, or the drivers went off if that was later."""
        last: int | None = None
        for change in behind:
            if change.signal == "enable":
                assert change.level, "enabled again behind a stop byte"
                last = change.cycle
            elif change.signal == "step" and change.level:
                last = max(last or 0, change.cycle)
        off = not self.core.drive("a").duty_permille
        return last if off else None

    def go(self, axis: str, target: int, speed_cps: int = 8000) -> None:
        """Begin to move an axis by itself."""
        self.ask(f"goto {axis} MOTION {_LEASE_MS} {target} {speed_cps}")


def _three_cruising(bench: ArmBench) -> None:
    for axis, target in (("a", -3200), ("b", -1600), ("c", -3200)):
        bench.go(axis, target)
    bench.host.wait(1.3)
    for axis in "abc":
        bench.go(axis, 3200)
    bench.host.wait(0.3)


def _accelerating(bench: ArmBench) -> None:
    bench.go("b", 3200)
    bench.go("a", 3200)
    bench.host.wait(0.08)


def _turning_round(bench: ArmBench) -> None:
    bench.go("a", 3200)
    bench.host.wait(0.05)
    bench.go("a", -3200)
    bench.host.wait(0.05)


def _line(bench: ArmBench) -> None:
    bench.ask(f"line MOTION {_LEASE_MS} 3000 2400 -1999 8000 40000")
    bench.host.wait(0.25)


def _corners(bench: ArmBench) -> None:
    bench.ask(f"line MOTION {_LEASE_MS} 100 0 0 4000 40000")
    motion = bench.motion
    for number in range(7):
        bench.ask(f"via {motion} {100 + number} {40 * number} {-9 * number} 4000")
    bench.host.wait(0.06)


def _ramping_down(bench: ArmBench) -> None:
    _line(bench)
    bench.ask("stop b 0 1")
    bench.host.wait(0.05)


def _holding(bench: ArmBench) -> None:
    bench.go("a", 100)
    bench.host.wait(0.05)
    bench.ask("stop a 0 2")
    bench.host.wait(0.2)


def _homing(bench: ArmBench) -> None:
    bench.ask(f"home a MOTION {_LEASE_MS} 4000")
    bench.host.wait(0.3)


def _mid_frame(bench: ArmBench) -> None:
    _line(bench)
    bench.host.send(b":7 goto a 1")


def _talking(bench: ArmBench) -> None:
    _three_cruising(bench)
    bench.host.send(b"???")


ARM_STATES: Final[dict[str, Callable[[ArmBench], None]]] = {
    "three cruising": _three_cruising,
    "accelerating": _accelerating,
    "turning round": _turning_round,
    "on a line": _line,
    "round corners": _corners,
    "ramping down": _ramping_down,
    "holding": _holding,
    "homing": _homing,
    "mid-frame": _mid_frame,
    "talking": _talking,
}

if __name__ == "__main__":
    run_state(ArmBench, ARM_STATES)
