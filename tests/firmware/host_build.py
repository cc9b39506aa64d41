"""Builds the firmware's sources for this machine."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

__all__ = ["FIRMWARE", "copied", "made", "make"]

FIRMWARE: Final = Path(__file__).parents[2] / "firmware"


def copied(folder: Path, edits: tuple[tuple[str, str, str], ...] = ()) -> Path:
    """Copy the sources, with *edits*: the file, what is there, what comes."""
    sources = folder / "firmware"
    for name in ("controller", "host"):
        shutil.copytree(FIRMWARE / name, sources / name)
    shutil.copy(FIRMWARE / "Makefile", sources)
    for name, old, new in edits:
        path = sources / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{name} no longer has {old!r}"
        path.write_text(text.replace(old, new), "utf-8")
    return sources


def make(
    target: str, build: Path, *variables: str, sources: Path = FIRMWARE
) -> subprocess.CompletedProcess[str]:
    """Make *target* of the firmware's Makefile in *build*, whatever comes of it."""
    command = ["make", "-s", "-j2", "-C", str(sources), f"BUILD={build}", *variables]
    return subprocess.run(  # noqa: S603 - our own Makefile
        [*command, target], capture_output=True, text=True, check=False
    )


def made(target: str, build: Path, sources: Path = FIRMWARE) -> Path:
    """Make *target* of the firmware's Makefile in *build*; return the host's folder."""
    done = make(target, build, sources=sources)
    assert done.returncode == 0, done.stderr[-3000:]
    return build / "host"
