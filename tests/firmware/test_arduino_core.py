"""The sketch as the Arduino IDE builds it, with the real core: it builds, and runs."""

from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import Reply
from tests.firmware.arm import Arm
from tests.firmware.host_build import made
from tests.firmware.stop_latency import LIMIT_US, measure_apart
from tests.harness.boards.host import Host

VARIANTS: Final = {"uno": "standard", "nano": "eightanaloginputs"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it for both boards."""
    build = tmp_path_factory.mktemp("build")
    made("arduino-check", build)
    return build / "ide"


@pytest.mark.parametrize("board", VARIANTS)
def test_the_sketch_builds_and_runs_with_the_arduino_core(
    folder: Path, board: str
) -> None:
    """Which sets up timers of its own before the sketch has its turn."""
    host = Host("avr", folder / f"{VARIANTS[board]}.elf")

    answer = host.ask("hello 1")

    assert isinstance(answer, Reply)
    assert answer.fields[2] == "arduino-ide"
    assert isinstance(host.ask("move a 1 300 640 8000"), Reply)
    host.settle()
    assert host.board.shaft_position_rev("a") == pytest.approx(0.2, abs=0.002)


def test_the_arm_builds_and_runs_with_the_arduino_core(folder: Path) -> None:
    """As with DEADSTOP_ARM in config.h."""
    arm = Arm(folder / "arm.elf")
    arm.ask("line MOTION 2000 300 -200 100 4000 40000")
    arm.settle()

    assert arm.steps == arm.told_steps() == (300, -200, 100)


def test_the_arduino_core_does_not_delay_the_stop(folder: Path) -> None:
    """Its millisecond interrupt is off."""
    elf = folder / "standard.elf"

    (figures,) = measure_apart(["both cruising"], 400, elf).values()

    worst_us, offset = figures.worst
    assert worst_us <= LIMIT_US, f"{worst_us} us at offset {offset}"
