"""The lock over a port: one harness at a time, and the others are told who has it.

It is in a folder of the user's own, the same for all that he runs, and held for as long
as the run lasts; the kernel lets go of it with the process. Programs that know nothing
of it are kept out by the port's own exclusive mode while it is open.
"""

import contextlib
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from filelock import FileLock, Timeout

from deadstop.errors import RigBusyError, UsageError
from deadstop.port_users import command_of, port_users

__all__ = ["HeldError", "Holder", "PortLock", "held_by_others", "lock_folder"]

_READABLE_NAME: Final = 40


def lock_folder() -> Path:
    """Return where the locks are: of the session's user, gone with the next boot.

    It does not depend on the environment, which differs from shell to shell.

    Raises:
        UsageError: somebody else has put something in its place.
    """
    user = os.getuid()
    runtime = Path(f"/run/user/{user}")
    folder = (
        runtime / "deadstop"
        if os.access(runtime, os.W_OK)
        else Path(f"/tmp/deadstop-{user}")  # noqa: S108 - checked to be ours
    )
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if folder.is_symlink() or not folder.is_dir() or status.st_uid != user:
        raise UsageError(f"{folder} is somebody else's: remove it, it is for locks")
    return folder


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a port.

    Attributes:
        pid: the process.
        command: what was typed to start it.
        since: UTC, ISO 8601; "" if that is not known.
        rig: that it runs; "" if it is not Deadstop's.
        port: that it holds.
    """

    pid: int
    command: str
    since: str
    rig: str
    port: str

    def __str__(self) -> str:
        rig = f", rig {self.rig}" if self.rig else ""
        since = f", since {self.since}" if self.since else ""
        return f"process {self.pid} ({self.command or 'unknown'}){rig}{since}"

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Read what a holder has written; None if there is nothing sensible."""
        try:
            row = json.loads(file.read_bytes())
            pid = row["pid"]
            texts = {key: str(row[key]) for key in ("command", "since", "rig", "port")}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return cls(pid, **texts) if isinstance(pid, int) else None


class HeldError(RigBusyError):
    """Another Deadstop holds the port; *stop_path* is where its guardian listens."""

    def __init__(self, message: str, stop_path: Path) -> None:
        """Say who, and remember where."""
        super().__init__(message)
        self.stop_path = stop_path


class PortLock:
    """Holds a port for this process, from its making until `close`.

    At `stop_path`, a socket, whoever guards the board can be asked to stop it.
    """

    def __init__(self, identity: str, rig: str, folder: Path | None = None) -> None:
        """Take the lock.

        Args:
            identity: what the port is: a device's own path, or a URL.
            rig: its name, for whoever wants to know.
            folder: where the locks are; default: `lock_folder`.

        Raises:
            RigBusyError: somebody has it; the message says who.
        """
        readable = "".join(c if c.isalnum() else "-" for c in identity)
        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        name = f"{readable.strip('-')[-_READABLE_NAME:]}-{digest}"
        base = (folder or lock_folder()) / name
        self.stop_path: Final = base.with_name(f"{name}.stop")
        self._told = base.with_name(f"{name}.json")
        self._lock = FileLock(base.with_name(f"{name}.lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            holder = Holder.read(self._told)
            raise HeldError(
                f"{identity} is held by {holder or 'a process that has just begun'}; "
                "wait for its end, or end it",
                self.stop_path,
            ) from None
        except OSError as error:
            raise _unwritable(error) from error
        self.holder: Final = Holder(
            pid=os.getpid(),
            command=command_of(os.getpid()) or " ".join(sys.argv),
            since=datetime.now(UTC).isoformat("T", "seconds"),
            rig=rig,
            port=identity,
        )
        try:
            fresh = base.with_name(f"{name}.{os.getpid()}")
            fresh.write_text(json.dumps(asdict(self.holder)), encoding="utf-8")
            fresh.replace(self._told)
        except BaseException as error:
            self._lock.release()
            if isinstance(error, OSError):
                raise _unwritable(error) from error
            raise

    def close(self) -> None:
        """Let go of it; a second call does nothing."""
        if self._lock.is_locked:
            self._told.unlink(missing_ok=True)
            self._lock.release()


def _unwritable(error: OSError) -> UsageError:
    return UsageError(
        f"cannot write {error.filename}: {error.strerror}; who holds the port is kept "
        "there: make room, and see that the folder is yours"
    )


def held_by_others(path: str) -> str:
    """Say which other processes have the port at *path* open; "" if none is seen."""
    pids = {user.pid for user in port_users(path)} - {os.getpid()}
    return ", ".join(
        str(Holder(pid, command_of(pid), "", "", path)) for pid in sorted(pids)
    )
