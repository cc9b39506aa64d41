"""Broken firmware: the real one with a single mistake, and the law that must fail.

Each is told as edits to the sources, so that nothing but the mistake differs; a text
to be replaced must be there, or the mistake has gone with the code it was made of.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deadstop.toolchain import firmware_elf

__all__ = ["BROKEN_FIRMWARES", "BrokenFirmware", "build", "build_edited"]

SOURCES: Final = Path(__file__).parents[2] / "firmware"


@dataclass(frozen=True)
class BrokenFirmware:
    """One mistake.

    Attributes:
        edits: file of the sketch, what is there, what comes in its place.
        case: a case in which it must be caught.
        invariant: the law that it breaks.
    """

    name: str
    mistake: str
    edits: tuple[tuple[str, str, str], ...]
    case: str
    invariant: str


_CUT: Final = "        pins::cut(hit);\n"

_RESTART: Final = """uint16_t lease_stops() { return lease_stops_; }

void restart() {
    if (axes_[0].state == State::idle && axes_[0].cause == Cause::byte) {
        drive::power(0, 300);
    }
}
"""

BROKEN_FIRMWARES: Final = (
    BrokenFirmware(
        "late-stop",
        "the stop byte is looked at in the main loop, not in the receive interrupt",
        (("hardware.cpp", _CUT, ""),),
        "go_for/client-close/cruise",
        "motion-ceased",
    ),
    BrokenFirmware(
        "no-lease",
        "a motion that nobody renews goes on",
        (
            (
                "axis.cpp",
                "    if (a.lease_left_ticks == 0) {\n",
                "    if (false) {\n",
            ),
        ),
        "go_for/sigkill/accelerating",
        "deadman",
    ),
    BrokenFirmware(
        "drive-stays-on",
        "the stop is reported, but the PWM is left on",
        (
            ("hardware.cpp", _CUT, ""),
            (
                "motor_shield.cpp",
                "        turn_off<Axis>();\n        return;\n",
                "        return;\n",
            ),
        ),
        "go_for/client-close/cruise",
        "motion-ceased",
    ),
    BrokenFirmware(
        "restarts",
        "the frame after the standstill starts the motor again",
        (
            (
                "session.cpp",
                "    Command c;\n",
                "    axis::restart();\n    Command c;\n",
            ),
            (
                "axis.h",
                "uint16_t lease_stops();\n",
                "uint16_t lease_stops();\n\nvoid restart();\n",
            ),
            (
                "axis.cpp",
                "uint16_t lease_stops() { return lease_stops_; }\n",
                _RESTART,
            ),
        ),
        "go_for/client-close/cruise",
        "stays-stopped",
    ),
)


def build(broken: BrokenFirmware, folder: Path) -> Path:
    """Build it below *folder*; return the ELF."""
    return build_edited(broken.edits, folder)


def build_edited(edits: tuple[tuple[str, str, str], ...], folder: Path) -> Path:
    """Build the firmware with *edits* below *folder*; return the ELF."""
    sources = folder / "firmware"
    shutil.copytree(SOURCES / "controller", sources / "controller")
    shutil.copy(SOURCES / "Makefile", sources)
    for name, old, new in edits:
        path = sources / "controller" / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{name} no longer has {old!r}"
        path.write_text(text.replace(old, new), "utf-8")
    return firmware_elf(sources=sources, cache=folder / "cache")
