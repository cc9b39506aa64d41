"""The firmware onto a real board, by avrdude through the board's own bootloader."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deadstop.errors import (
    BoardAbsentError,
    DeadstopError,
    LinkFaultError,
    RigBusyError,
    ToolchainError,
)

__all__ = ["FLASH_BAUD", "flash_board"]

FLASH_BAUD: Final = 115_200  # Optiboot on an Uno; an old Nano's bootloader has 57600
FLASH_WITHIN_S: Final = 120.0  # it takes five seconds, thirty with an old bootloader
AVRDUDE: Final = "avrdude"  # the Debian packages
BINUTILS: Final = "binutils-avr"
# What avrdude says, and who must act. The first that is found counts.
_COMPLAINTS: Final[tuple[tuple[str, type[DeadstopError], str], ...]] = (
    (
        r"verif\w* (error|mismatch)|mismatch at|content mismatch",
        LinkFaultError,
        "what was read back is not what was written; try another cable, then again",
    ),
    (
        r"busy",
        RigBusyError,
        "another program has the port open; close that first",
    ),
    (
        r"ermission denied",
        BoardAbsentError,
        "you may not open the port; `deadstop doctor` says what to do",
    ),
    (
        r"can'?t open device|cannot open (port|device)|unable to open (port|device)",
        BoardAbsentError,
        "the port cannot be opened; is the board plugged in?",
    ),
    (
        r"not in sync|not responding|protocol error|unable to open programmer|timeout",
        BoardAbsentError,
        "no bootloader answers; is it an Uno, and is the bootloader's speed right?",
    ),
    (
        r"signature",
        BoardAbsentError,
        "the chip is no ATmega328P",
    ),
)


def flash_board(
    elf: Path,
    port: str,
    *,
    baud: int = FLASH_BAUD,
    tell: Callable[[str], object] = lambda _: None,
) -> None:
    """Write the firmware in *elf* into the board at *port*, and read it back.

    Args:
        elf: for an ATmega328P.
        port: path of the serial port; nobody may have it open.
        baud: of the board's bootloader.
        tell: called with a line before the writing begins.

    Raises:
        ToolchainError: a program is missing, or fails in a way not known here.
        BoardAbsentError: no bootloader answers at *port*.
        RigBusyError: somebody has *port* open.
        LinkFaultError: what was read back differs.
    """
    avrdude, objcopy = _program("avrdude", AVRDUDE), _program("avr-objcopy", BINUTILS)
    tell(f"writing {elf.stem} to {port}; this takes some five seconds")
    with tempfile.TemporaryDirectory(prefix="deadstop-") as folder:
        image = Path(folder, f"{elf.stem}.hex")
        made = _run(objcopy, "-O", "ihex", "-R", ".eeprom", str(elf), str(image))
        if made.returncode:
            raise ToolchainError(f"{elf} cannot be converted: {_last(made.stderr)}")
        # -D: without the chip erase that a bootloader cannot do.
        command = [avrdude, "-p", "m328p", "-c", "arduino", "-P", port, "-b", str(baud)]
        try:
            done = _run(*command, "-D", "-U", f"flash:w:{image}:i")
        except subprocess.TimeoutExpired as error:
            raise BoardAbsentError(
                f"{port}: avrdude did not end within {FLASH_WITHIN_S:g} s"
            ) from error
    if done.returncode:
        raise _complaint(done.stderr + done.stdout, port)


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolchainError(
            f"cannot flash: no {name} here: sudo apt-get install {package}"
        )
    return found


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=FLASH_WITHIN_S,
        # A Ctrl-C amid the writing would leave half a firmware.
        start_new_session=True,
    )


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return ascii(lines[-1])[1:-1][:200] if lines else "nothing"


def _complaint(said: str, port: str) -> DeadstopError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for pattern, kind, advice in _COMPLAINTS:
        for line in lines:
            if re.search(pattern, line, re.IGNORECASE):
                return kind(f"{port}: {advice} (avrdude: {ascii(line)[1:-1][:200]})")
    return ToolchainError(f"{port}: avrdude failed; it said last: {_last(said)}")
