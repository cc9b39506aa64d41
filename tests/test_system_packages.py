"""What building and testing needs of a system is installed, or told to be typed.

The system is made of a few real programs and of an apt-get that only writes down.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
SYSTEM_PACKAGES: Final = ROOT / "firmware" / "system-packages"
NEEDED: Final = ("sh", "sed", "tr", "env", "true")


def system(tmp_path: Path, *, user: int, sudo: bool, works: bool = True) -> Path:
    """Make a system without any of the packages; return its folder of programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in NEEDED:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    programs = {
        "apt-get": f'echo "$@" >> {tmp_path}/log; {"true" if works else "false"}',
        "id": f"echo {user}",
        "sudo": 'shift; exec "$@"' if sudo else "exit 1",
        "apt-cache": "case $1 in depends) echo '  Depends: clang-14';; esac",
    }
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return folder


def install(programs: Path) -> subprocess.CompletedProcess[str]:
    """Run the script where only *programs* are found."""
    return subprocess.run(  # noqa: S603 - our own script
        ["sh", SYSTEM_PACKAGES, sys.executable],  # noqa: S607 - the one that is on the path
        env={**os.environ, "PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_system_that_has_everything_is_left_alone(tmp_path: Path) -> None:
    """No word, no apt-get."""
    done = subprocess.run(  # noqa: S603 - our own script
        [SYSTEM_PACKAGES, sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "log").exists()


def test_where_nothing_may_be_installed_the_line_to_type_is_told(
    tmp_path: Path,
) -> None:
    """All of it, and nothing is tried."""
    done = install(system(tmp_path, user=1000, sudo=False))

    assert done.returncode == 2
    assert done.stderr.startswith(
        "the firmware and the tests need system packages; type: sudo apt-get install "
        "g++ make gcc-avr avr-libc"
    )
    assert done.stderr.count("\n") == 1
    assert "chromium clang libclang-rt-14-dev" in done.stderr
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(("user", "sudo"), [(0, False), (1000, True)])
def test_where_it_may_it_installs_what_is_missing(
    tmp_path: Path, *, user: int, sudo: bool
) -> None:
    """Lists first; and if it is still not there, it says so."""
    done = install(system(tmp_path, user=user, sudo=sudo))

    update, packages = (tmp_path / "log").read_text().splitlines()
    assert update.endswith(" update")
    assert " install -y --no-install-recommends g++ make gcc-avr avr-libc" in packages
    assert done.returncode == 2  # this apt-get installs nothing
    assert "type: sudo apt-get install g++ make" in done.stderr


def test_an_install_that_fails_is_told(tmp_path: Path) -> None:
    """With the line to try again."""
    done = install(system(tmp_path, user=0, sudo=False, works=False))

    assert done.returncode == 2
    assert "type: sudo apt-get install g++ make" in done.stderr
