"""The firmware as a file that a simulated AVR can run: found, built, kept.

What is built is kept in ``~/.cache/deadstop/firmware``, one folder for each state of
the sources and version of the compiler; it can be thrown away at any time.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from deadstop.boards.avr.elf import read_elf
from deadstop.errors import ToolchainError
from deadstop.resources import resource_folder

__all__ = [
    "firmware_elf",
    "missing_for_avr",
    "require_simulator",
]

# The Makefile's names for what the same sources make of each shield.
ELF_NAMES: Final = {"motor": "controller.elf", "cnc": "arm.elf"}
SYSTEM_PACKAGES: Final = "sudo apt-get install gcc-avr avr-libc make"
SIMULATOR: Final = (
    "pip install 'deadstop[sim]' (it compiles: sudo apt-get install libelf-dev g++)"
)
BUILD_WITHIN_S: Final = 300.0  # it takes two seconds, thirty on a slow machine

_TOOLS: Final = ("avr-g++", "avr-objcopy", "make")
# The startup code of avr-libc for the chip; the compiler tells its path if it is there.
_STARTUP: Final = "crtatmega328p.o"
_ERROR: Final = re.compile(r"^.*\berror: .*$|^make: \*\*\* .*$", re.MULTILINE)


def missing_for_avr() -> str:
    """Return what a rig with an AVR board lacks here, one line; "" for nothing."""
    return _missing_toolchain() or _missing_simulator()


def require_simulator() -> None:
    """Refuse to go on without the AVR simulator.

    Raises:
        ToolchainError: it is not installed.
    """
    _require_none(_missing_simulator())


def firmware_elf(
    tell: Callable[[str], object] = lambda _: None,
    *,
    shield: str = "motor",
    sources: Traversable | None = None,
    cache: Path | None = None,
) -> Path:
    """Return Deadstop's own firmware, built if it was not yet.

    Args:
        shield: ``motor`` for two motors on a motor shield, ``cnc`` for the joints of
            an arm on a CNC shield.
        tell: called with a line before it is really built, which takes a while.
        sources: the folder with its Makefile; default: what travels with Deadstop.
        cache: where what was built is kept; default: in the user's cache folder.

    Raises:
        ToolchainError: the toolchain is missing, or does not build it.
        ValueError: there is no such shield.
    """
    if shield not in ELF_NAMES:
        known = ", ".join(map(repr, ELF_NAMES))
        raise ValueError(f"no firmware for a shield {shield!r}; there are: {known}")
    _require_none(_missing_toolchain())
    sources = sources or resource_folder("firmware")
    files = dict(sorted(_files(sources)))
    kept = (cache or _cache_folder()) / _digest(files)
    elf = kept / ELF_NAMES[shield]
    if not _is_whole(elf):
        tell("building the firmware")
        try:
            _build(files, kept)
        except OSError as error:
            raise ToolchainError(
                f"cannot keep the firmware in {kept}: {error.strerror or error}; "
                "set XDG_CACHE_HOME to a folder that can be written"
            ) from error
    return elf


# What is there


def _require_none(missing: str) -> None:
    if missing:
        raise ToolchainError(missing)


def _missing_toolchain() -> str:
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if (
        not absent
        and not Path(
            _output("avr-g++", "-mmcu=atmega328p", f"-print-file-name={_STARTUP}")
        ).is_absolute()
    ):
        absent = ["avr-libc"]
    if not absent:
        return ""
    return f"cannot build the firmware: no {', '.join(absent)} here: {SYSTEM_PACKAGES}"


def _missing_simulator() -> str:
    if find_spec("yasimavr") is not None:
        return ""
    return f"cannot simulate the AVR: no yasimavr here: {SIMULATOR}"


def _output(*command: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False, env=_environment()
    )
    return done.stdout.strip()


# Building


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield what the Makefile needs: itself, and the sources in their folder."""
    for entry in folder.iterdir():
        name = prefix + entry.name
        if name == "Makefile" or (prefix and entry.is_file()):
            yield name, entry
        elif entry.is_dir() and name == "controller":
            yield from _files(entry, f"{name}/")


def _is_whole(elf: Path) -> bool:
    try:
        read_elf(elf)
    except ToolchainError:
        return False
    return True


def _digest(files: dict[str, Traversable]) -> str:
    digest = hashlib.sha256(_output("avr-g++", "--version").encode())
    for name, file in files.items():
        data = file.read_bytes()
        digest.update(f"\n{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: what is not absolute is to be ignored.
    base = Path(home) if Path(home).is_absolute() else Path("~/.cache").expanduser()
    return base / "deadstop" / "firmware"


def _environment() -> dict[str, str]:
    # Nothing of a make that called us, nor of what else could change the build.
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LC_ALL": "C"}


def _build(files: dict[str, Traversable], kept: Path) -> None:
    """Build into *kept*; several may at once, each leaves a whole file there."""
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=kept) as scratch:
        work = Path(scratch)
        for name, file in files.items():
            copy = work / "firmware" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
        log = work / "build.log"
        code = _make(work, log)
        log.replace(kept / log.name)
        if code:
            text = (kept / log.name).read_text(encoding="utf-8", errors="replace")
            first = _ERROR.search(text)
            what = first[0] if first else f"make failed with {code}"
            raise ToolchainError(
                f"the firmware does not build: {what}; see {kept / log.name}"
            )
        for name in ELF_NAMES.values():
            built = work / "build" / name
            read_elf(built)
            built.replace(kept / name)


def _make(work: Path, log: Path) -> int:
    with log.open("wb") as output:
        try:
            return subprocess.run(  # noqa: S603 - our own words
                ["make", "-C", work / "firmware", "BUILD=../build", "all"],  # noqa: S607 - where it is found is the user's choice
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_environment(),
                # A Ctrl-C is for us: it must not look like a failed build.
                start_new_session=True,
                timeout=BUILD_WITHIN_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            output.write(f"make: *** gave up after {BUILD_WITHIN_S:g} s\n".encode())
            return 1
