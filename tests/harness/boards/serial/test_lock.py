"""One harness at a time, and the others are told who it is."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from deadstop.boards.serial.lock import PortLock, lock_folder
from deadstop.errors import RigBusyError

# Takes the lock in the folder that it is given, says so, and waits to be killed.
HOLDER: Final = """
import sys, signal
from pathlib import Path
from deadstop.boards.serial.lock import PortLock
lock = PortLock("/dev/ttyACM0", "uno-motor", Path(sys.argv[1]))
print("held", flush=True)
signal.pause()
"""


def test_a_second_one_hears_who_has_the_port(tmp_path: Path) -> None:
    """Process, command, rig, since when; and what that was killed with is free."""
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(
                RigBusyError,
                match=rf"^/dev/ttyACM0 is held by process {holder.pid} \(.+\), rig "
                r"uno-motor, since 20\d\d-\d\d-\d\dT\S+; wait for its end, or end it$",
            ):
                PortLock("/dev/ttyACM0", "other", tmp_path)
            PortLock("/dev/ttyACM1", "other", tmp_path).close()
        finally:
            holder.kill()

    lock = PortLock("/dev/ttyACM0", "next", tmp_path)
    assert (lock.holder.pid, lock.holder.rig) == (os.getpid(), "next")
    lock.close()


def test_the_locks_are_where_only_the_user_may_write() -> None:
    """Whatever the environment says."""
    folder = lock_folder()
    assert folder == lock_folder()
    assert folder.stat().st_uid == os.getuid()
    assert folder.stat().st_mode & 0o077 == 0
