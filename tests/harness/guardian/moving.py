"""A run of one motor, which is soon in mid-motion."""

import re
import subprocess
from pathlib import Path
from typing import Final

from deadstop.uno.control import Order
from tests.harness.command_line import begin
from tests.harness.test_cli_serial import rig
from tests.harness.uno.virtual_uno import Uno

__all__ = ["SILENT_MS", "begin_moving", "one_motor"]

SILENT_MS: Final = 1000.0  # the least that a rig may say


def one_motor(folder: Path, uno: Uno, **board: object) -> str:
    """Write a rig whose board is *uno*, with motor a and the motion `go_for` alone."""
    name = rig(folder, uno, guardian_ms=SILENT_MS, **board)
    file = folder / name
    text = file.read_text(encoding="utf-8")
    for left_out in ("components.right", "motions.go_to", "motions.both"):
        pattern = rf"^\[{left_out}\]\n.*?(?=^\[(?!{left_out}))"
        text, times = re.subn(pattern, "", text, flags=re.MULTILINE | re.DOTALL)
        assert times == 1, left_out
    file.write_text(text, encoding="utf-8")
    return name


def begin_moving(folder: Path, uno: Uno) -> subprocess.Popen[str]:
    """Start a run, and return once its motor turns in a case."""
    uno.ask(Order.AUTO_RESET_ON)
    process = begin(folder, "run", "--rig", one_motor(folder, uno), "--out", "out")
    uno.wait_case(process)
    return process
