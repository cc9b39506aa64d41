"""Where a virtual Uno is found: a link to its port, and a control socket beside it.

The link comes and goes as those in /dev/serial/by-id do when a board is plugged in.
"""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deadstop.errors import RigBusyError, UsageError

__all__ = ["Place", "control_path", "socket_address"]

_PTYS: Final = "/dev/pts/"


def control_path(link: Path) -> Path:
    """Return where the control socket of the virtual Uno at *link* is."""
    return link.with_name(f"{link.name}.control")


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Return a name for the socket at *path* that is never too long.

    A Unix socket's address has room for 107 bytes (unix(7)).
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Place:
    """The link and the socket; those of one that was killed are taken over."""

    def __init__(self, link: Path) -> None:
        """Take the place at *link*; there is no link yet.

        Raises:
            RigBusyError: a virtual Uno is there, and alive.
            UsageError: something else is there, or nothing can be made there.
        """
        self.link = Path(os.path.abspath(link))  # noqa: PTH100 - a link is not followed
        self.control = control_path(self.link)
        self._target = ""
        try:
            self._make_room()
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                with socket_address(self.control) as address:
                    self.socket.bind(address)
                self.socket.listen()
                self.socket.setblocking(False)
            except BaseException:
                self.socket.close()
                raise
        except OSError as error:
            raise UsageError(
                f"cannot serve a board at {link}: {error.strerror}; "
                "--link wants a path in a folder that can be written to"
            ) from error

    def point_at(self, port: str) -> None:
        """Let the link lead to *port*, in one step where there is one already."""
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        fresh.symlink_to(port)
        fresh.replace(self.link)
        self._target = port

    def take_link_away(self) -> None:
        """Remove the link, if it is ours; a second call does nothing."""
        with contextlib.suppress(OSError):
            if self._target and str(self.link.readlink()) == self._target:
                self.link.unlink()
        self._target = ""

    def close(self) -> None:
        """Remove all that was made."""
        self.take_link_away()
        self.socket.close()
        self.control.unlink(missing_ok=True)

    def _make_room(self) -> None:
        had_control = self._had_control()
        try:
            target = str(self.link.readlink())
        except FileNotFoundError:
            target = ""
        except OSError:
            raise UsageError(
                f"{self.link} is there and no link to a board; it is left as it is: "
                "give --link a path that is free"
            ) from None
        if target:
            ours = target.startswith(_PTYS) and (
                had_control or not Path(target).exists()
            )
            if not ours:
                raise UsageError(
                    f"{self.link} links to {target}, which no `deadstop board` left; "
                    "it is left as it is: give --link a path that is free"
                )
            self.link.unlink()
        if had_control:
            self.control.unlink()

    def _had_control(self) -> bool:
        """Whether the socket of one that has died is there.

        Raises:
            RigBusyError: it is alive.
            UsageError: something else is there.
        """
        try:
            mode = self.control.lstat().st_mode
        except FileNotFoundError:
            return False
        if not stat.S_ISSOCK(mode):
            raise UsageError(
                f"{self.control} is there and no socket; it is left as it is: "
                "give --link another path"
            )
        with socket.socket(socket.AF_UNIX) as probe, socket_address(self.control) as at:
            try:
                probe.connect(at)
            except ConnectionRefusedError:
                return True
        raise RigBusyError(
            f"a virtual board is served at {self.link} already; end it with "
            f"`deadstop board --control {self.link} quit`"
        )
